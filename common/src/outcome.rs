//! How attempts and tasks end.

use crate::ids::{AttemptId, WorkerId};
use crate::memo::Produced;
use crate::task::RetryOn;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// How a task ended, for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It did what was asked.
    Succeeded,
    /// It failed and is not tried again.
    Failed(Failure),
    /// Somebody cancelled it, or the workflow's failure rule did.
    Cancelled,
    /// A task that it needs did not succeed.
    Skipped,
}

/// Why an attempt failed, with what a person needs to see at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The cause.
    pub cause: Cause,
    /// The last bytes of standard error, at most [`STDERR_TAIL_BYTES_MAX`](crate::limits::STDERR_TAIL_BYTES_MAX).
    pub stderr_tail: Vec<u8>,
}

/// The cause of a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// A non-zero exit code.
    Exit(i32),
    /// Killed by this signal, which Godwit did not send.
    Signal(i32),
    /// Ran longer than this time limit.
    Timeout(Duration),
    /// Killed for want of memory, by the kernel or because it used more than it had asked for.
    OutOfMemory,
    /// The process could not be started; the sentence says why.
    NotStarted(String),
    /// This declared output does not exist.
    MissingOutput(String),
    /// Its value could not be captured; the sentence says why.
    Value(String),
    /// So many workers were lost under the task that it is taken to be the reason.
    NodeLosses(u32),
}

/// How one attempt ended on its worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// The task succeeded.
    Succeeded,
    /// The task failed.
    Failed(Failure),
    /// Godwit stopped it, or gave it back unstarted; nobody is to blame.
    Stopped,
}

/// All that a worker tells of an ended attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Which attempt.
    pub id: AttemptId,
    /// How it ended.
    pub end: End,
    /// What it used; nothing if it was never started.
    pub usage: Option<Usage>,
    /// What it left behind, if it succeeded and somebody may want to know. Not part of a record: see
    /// [`Memo`](crate::memo::Memo).
    pub produced: Option<Box<Produced>>,
}

/// What an attempt used and where its output is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// When the process started, by the worker's clock.
    pub started: Time,
    /// From start to end.
    pub wall: Duration,
    /// User and system time of the process and its children that it waited for.
    pub cpu: Duration,
    /// Largest resident set of the process, bytes.
    pub memory_max: u64,
    /// Where its output is in the spools of the worker's slot.
    pub output: SpoolOutput,
}

/// Two stretches of a slot's spool files. `godwit logs` reads them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpoolOutput {
    /// The slot, which names the spool files.
    pub slot: u32,
    /// Standard output.
    pub stdout: Span,
    /// Standard error.
    pub stderr: Span,
}

/// A stretch of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Bytes before it.
    pub offset: u64,
    /// Bytes in it.
    pub length: u64,
}

/// An ended attempt together with the worker that ran it, as history keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptHistory {
    /// The attempt.
    pub id: AttemptId,
    /// The worker.
    pub worker: WorkerId,
    /// How it ended.
    pub end: End,
    /// What it used, if it was started.
    pub usage: Option<Usage>,
}

impl Outcome {
    /// Whether tasks that need this one may run.
    pub fn is_success(&self) -> bool {
        matches!(self, Outcome::Succeeded)
    }
}

impl Cause {
    /// The kind by which `retry_on` names this cause; none for what has a budget of its own.
    pub fn kind(&self) -> Option<RetryOn> {
        match self {
            Cause::Exit(_) | Cause::NotStarted(_) => Some(RetryOn::Exit),
            Cause::Signal(_) => Some(RetryOn::Signal),
            Cause::Timeout(_) => Some(RetryOn::Timeout),
            Cause::OutOfMemory => Some(RetryOn::Oom),
            Cause::MissingOutput(_) | Cause::Value(_) => Some(RetryOn::Output),
            Cause::NodeLosses(_) => None,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Exit(code) => write!(f, "exit code {code}"),
            Cause::Signal(number) => match signal_name(*number) {
                Some(name) => write!(f, "killed by signal {number} ({name})"),
                None => write!(f, "killed by signal {number}"),
            },
            Cause::Timeout(limit) => {
                write!(f, "ran longer than its time limit of {}", crate::duration::Human(*limit))
            }
            Cause::OutOfMemory => f.write_str("out of memory"),
            Cause::NotStarted(why) => write!(f, "could not be started: {why}"),
            Cause::MissingOutput(path) => write!(f, "declared output {path} is missing"),
            Cause::Value(why) => write!(f, "its value could not be captured: {why}"),
            Cause::NodeLosses(losses) => {
                write!(f, "{losses} workers were lost while it ran; it may be what brings them down")
            }
        }
    }
}

/// The name of a signal on Linux, for those that end processes in practice.
fn signal_name(number: i32) -> Option<&'static str> {
    Some(match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        10 => "SIGUSR1",
        11 => "SIGSEGV",
        12 => "SIGUSR2",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        _ => return None,
    })
}
