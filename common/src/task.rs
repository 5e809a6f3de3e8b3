//! What a task is: its command and everything that says how to run it. One spec serves all tasks of a group.

use crate::outcome::Cause;
use crate::resources::Request;
use crate::template::Template;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How to run the tasks of one group. Paths are absolute or relative to `cwd`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSpec {
    /// What to run.
    pub command: Command,
    /// Variables added to the worker's environment, each name once.
    pub env: Vec<(String, Template)>,
    /// Where the process gets its standard input from.
    pub stdin: Stdin,
    /// The folder in which the process starts; absolute.
    pub cwd: Template,
    /// A file of the task's own for standard output, instead of the worker's spool.
    pub stdout: Option<Template>,
    /// A file of the task's own for standard error, instead of the worker's spool.
    pub stderr: Option<Template>,
    /// Files that the task reads.
    pub inputs: Vec<Template>,
    /// Files that the task must have made when it ends.
    pub outputs: Vec<Template>,
    /// What the task needs, in order of preference; at least one.
    pub requests: Vec<Request>,
    /// How its cpus are bound to it.
    pub pin: Pin,
    /// Higher goes first.
    pub priority: i32,
    /// The process is stopped when it has run this long.
    pub time_limit: Option<Duration>,
    /// The task is not placed on a worker that has less time left than this.
    pub time_request: Option<Duration>,
    /// From SIGTERM to SIGKILL when the task is stopped.
    pub kill_grace: Duration,
    /// What happens after a failure.
    pub retry: RetryPolicy,
    /// Whether an earlier result may serve instead of running it.
    pub caching: Caching,
    /// What of its output is kept as its value, for tasks that need it.
    pub capture: Capture,
}

/// Memoization of the tasks of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caching {
    /// Whether.
    pub policy: CachePolicy,
    /// Part of the key: to be changed when the result would be another though nothing else in the key says so.
    pub version: String,
    /// What is left out of the key, sorted: `env.NAME`, `stdin`, a word of the command or a path of `inputs` as
    /// written.
    pub ignore: Vec<String>,
    /// How words of the command that name files count.
    pub arguments: Arguments,
}

/// Whether an earlier result may serve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CachePolicy {
    /// If the task says what it depends on: it declares inputs or outputs.
    #[default]
    Auto,
    /// Yes, it depends on nothing that is not declared.
    Always,
    /// No.
    Never,
}

/// How words of a command that name existing regular files count in the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arguments {
    /// By the content of the file, so that a changed script is noticed.
    #[default]
    Content,
    /// By their text alone.
    Text,
}

/// What becomes the value of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Capture {
    /// Nothing.
    #[default]
    No,
    /// Its standard output, without trailing newlines; at most
    /// [`VALUE_BYTES_MAX`](crate::limits::VALUE_BYTES_MAX) of UTF-8.
    Stdout,
}

/// The program of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// A program and its arguments, started without a shell; at least the program.
    Argv(Vec<Template>),
    /// Text for `sh -c`.
    Shell(Template),
}

/// Standard input of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stdin {
    /// `/dev/null`
    #[default]
    Null,
    /// This text.
    Text(Template),
    /// The content of this file.
    File(Template),
}

/// Binding of a task's cpus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pin {
    /// The kernel moves the task as it likes.
    #[default]
    No,
    /// Whole cpus, close together.
    Compact,
    /// Whole cpus, far apart.
    Spread,
}

/// When and how often a failed task is tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryPolicy {
    /// Failures of the task itself that are forgiven.
    pub retries: u32,
    /// Lost workers under the task that are forgiven.
    pub node_losses_max: u32,
    /// Wait before the first retry; doubled for each further one.
    pub delay: Duration,
    /// The wait is never longer than this.
    pub delay_max: Duration,
    /// The failures that are retried; sorted, each once.
    pub on: Vec<RetryOn>,
}

/// A kind of failure, as `retry_on` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RetryOn {
    /// A non-zero exit code, or a program that could not be started.
    Exit,
    /// Killed by a signal that Godwit did not send.
    Signal,
    /// Ran longer than its time limit.
    Timeout,
    /// Killed for want of memory.
    Oom,
    /// A declared output is missing.
    Output,
}

impl RetryOn {
    /// Every kind, sorted: the default of `retry_on`.
    pub const ALL: [RetryOn; 5] =
        [RetryOn::Exit, RetryOn::Signal, RetryOn::Timeout, RetryOn::Oom, RetryOn::Output];

    /// The name of this kind in a workflow file.
    pub fn name(self) -> &'static str {
        match self {
            RetryOn::Exit => "exit",
            RetryOn::Signal => "signal",
            RetryOn::Timeout => "timeout",
            RetryOn::Oom => "oom",
            RetryOn::Output => "output",
        }
    }
}

impl RetryPolicy {
    /// Whether a task that failed in this way, and had failed `failures` times in all with it, is tried again.
    pub fn forgives(&self, cause: &Cause, failures: u32) -> bool {
        failures <= self.retries && cause.kind().is_some_and(|kind| self.on.contains(&kind))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy {
            retries: 0,
            node_losses_max: 5,
            delay: Duration::from_secs(1),
            delay_max: Duration::from_secs(300),
            on: RetryOn::ALL.to_vec(),
        }
    }
}

impl TaskSpec {
    /// A spec that runs `command` in `cwd` and is otherwise as if nothing had been said.
    pub fn new(command: Command, cwd: &str) -> TaskSpec {
        TaskSpec {
            command,
            env: Vec::new(),
            stdin: Stdin::Null,
            cwd: Template::literal(cwd),
            stdout: None,
            stderr: None,
            inputs: Vec::new(),
            outputs: Vec::new(),
            requests: vec![Request::default()],
            pin: Pin::No,
            priority: 0,
            time_limit: None,
            time_request: None,
            kill_grace: Duration::from_secs(10),
            retry: RetryPolicy::default(),
            caching: Caching::default(),
            capture: Capture::No,
        }
    }

    /// Whether a success is recorded under a key, so that it may serve again.
    pub fn is_memoized(&self) -> bool {
        match self.caching.policy {
            CachePolicy::Auto => !self.inputs.is_empty() || !self.outputs.is_empty(),
            CachePolicy::Always => true,
            CachePolicy::Never => false,
        }
    }

    /// Every template of the spec with the key under which a workflow file has it.
    pub fn templates(&self) -> impl Iterator<Item = (&'static str, &Template)> {
        let command: Vec<(&str, &Template)> = match &self.command {
            Command::Argv(words) => words.iter().map(|word| ("command", word)).collect(),
            Command::Shell(text) => vec![("shell", text)],
        };
        let stdin = match &self.stdin {
            Stdin::Null => None,
            Stdin::Text(text) => Some(("stdin", text)),
            Stdin::File(path) => Some(("stdin_file", path)),
        };
        command
            .into_iter()
            .chain(self.env.iter().map(|(_, value)| ("env", value)))
            .chain(stdin)
            .chain([("cwd", &self.cwd)])
            .chain(self.stdout.iter().map(|path| ("stdout", path)))
            .chain(self.stderr.iter().map(|path| ("stderr", path)))
            .chain(self.inputs.iter().map(|path| ("inputs", path)))
            .chain(self.outputs.iter().map(|path| ("outputs", path)))
    }
}
