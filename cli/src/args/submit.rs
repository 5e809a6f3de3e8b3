//! `godwit submit`

use super::values::{amount, duration, size, some_amount};
use super::{Assignment, Indices, NamedAmount, Output, ReuseArgs};
use clap::{Args, ValueEnum};
use godwit_common::resources::Hundredths;
use godwit_common::task::{CachePolicy, Capture, Pin};
use godwit_common::workflow::Need;
use godwit_common::workflow_file::earlier;
use std::path::PathBuf;
use std::time::Duration;

/// Send a workflow to the coordinator: a file, or one command
///
/// It is recorded before its number is printed. With --array or --items the command is run for each, and {index} and
/// {item} in it stand for the task's own ('{{' for a brace); without them its words are taken as they are.
#[derive(Debug, Args)]
#[command(
    override_usage = "godwit submit [OPTIONS] FILE\n       godwit submit [OPTIONS] -- COMMAND ARG...",
    after_help = "\
Examples:
  godwit submit workflow.toml --wait --progress
  godwit submit --cpus 4 --memory 8GiB -- ./simulate --steps 1000
  godwit submit --array 0-999 --retries 2 -- ./simulate.sh '{index}'"
)]
pub(crate) struct SubmitArgs {
    /// The workflow: a TOML or JSON file
    #[arg(value_name = "FILE", required_unless_present = "command", conflicts_with = "command")]
    pub(crate) file: Option<PathBuf>,

    /// A program and its arguments, after '--'
    #[arg(value_name = "COMMAND", last = true)]
    pub(crate) command: Vec<String>,

    /// Wait until it has ended; the exit code then says whether all succeeded
    #[arg(long)]
    pub(crate) wait: bool,

    /// Show how far it is, until it has ended
    #[arg(long)]
    pub(crate) progress: bool,

    /// Print what its task writes, until it has ended; for a single task
    #[arg(long, conflicts_with_all = ["array", "items", "items_from", "progress", "file"])]
    pub(crate) follow: bool,

    /// How to print the workflow's number, and with --wait how it ended
    #[arg(
        long,
        value_name = "table|json|quiet",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(crate) output: Output,

    /// Which earlier results may serve.
    #[command(flatten)]
    pub(crate) reuse: ReuseArgs,

    /// The task, if a command was given.
    #[command(flatten)]
    pub(crate) task: TaskArgs,
}

/// How to run the one command.
#[derive(Debug, Args)]
#[command(next_help_heading = "With a command")]
pub(crate) struct TaskArgs {
    /// Name of the workflow and of its task [default: the program's]
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    pub(crate) name: Option<String>,

    /// One task per index, such as 0-999, 0-100:10 or 1,5,9
    #[arg(long, value_name = "INDICES", conflicts_with = "file")]
    pub(crate) array: Option<Indices>,

    /// One task per item, separated by commas
    #[arg(
        long,
        value_name = "ITEMS",
        value_delimiter = ',',
        conflicts_with_all = ["array", "items_from", "file"]
    )]
    pub(crate) items: Option<Vec<String>>,

    /// One task per line of this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["array", "file"])]
    pub(crate) items_from: Option<PathBuf>,

    /// What each task needs.
    #[command(flatten)]
    pub(crate) resources: ResourceArgs,

    /// Variable for the task: a value, or a name alone to pass on the one here; can be given several times
    #[arg(long, value_name = "NAME[=VALUE]", conflicts_with = "file")]
    pub(crate) env: Vec<Assignment>,

    /// Folder to run in [default: this one]
    #[arg(long, value_name = "DIR", conflicts_with = "file")]
    pub(crate) cwd: Option<String>,

    /// File to read as standard input
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    pub(crate) stdin_file: Option<String>,

    /// File for standard output, instead of the worker's spool
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    pub(crate) stdout: Option<String>,

    /// File for standard error, instead of the worker's spool
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    pub(crate) stderr: Option<String>,

    /// Tries after a failure
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        allow_negative_numbers = true,
        conflicts_with = "file"
    )]
    pub(crate) retries: u32,

    /// Stop the task when it has run this long
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "file")]
    pub(crate) time_limit: Option<Duration>,

    /// Use only workers that have this much time left
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "file")]
    pub(crate) time_request: Option<Duration>,

    /// Higher goes first
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        allow_negative_numbers = true,
        conflicts_with = "file"
    )]
    pub(crate) priority: i32,

    /// Bind the task to whole cpus
    #[arg(long, value_name = "HOW", value_enum, conflicts_with = "file")]
    pub(crate) pin: Option<PinName>,

    /// Wait for this earlier workflow, or a group of it, to succeed; can be given several times
    #[arg(long, value_name = "WORKFLOW[/GROUP]", value_parser = earlier, conflicts_with = "file")]
    pub(crate) after: Vec<Need>,

    /// What its result depends on and what it makes.
    #[command(flatten)]
    pub(crate) caching: CachingArgs,
}

/// What the result of a task depends on.
#[derive(Debug, Args)]
pub(crate) struct CachingArgs {
    /// Whether an earlier result may serve: auto is if there is an --input or --output-file
    #[arg(long, value_name = "WHEN", value_enum, conflicts_with = "file")]
    pub(crate) cache: Option<CacheName>,

    /// To be changed when earlier results are not to serve any more
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    pub(crate) cache_version: Option<String>,

    /// File that the task reads; can be given several times
    #[arg(long = "input", value_name = "PATH", conflicts_with = "file")]
    pub(crate) inputs: Vec<String>,

    /// File that the task makes: it has failed if it is not there in the end; can be given several times
    #[arg(long = "output-file", value_name = "PATH", conflicts_with = "file")]
    pub(crate) outputs: Vec<String>,

    /// Keep what it writes to standard output as its value
    #[arg(long, value_name = "WHAT", value_enum, conflicts_with = "file")]
    pub(crate) capture: Option<CaptureName>,
}

/// Whether an earlier result may serve, as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CacheName {
    /// If it says what it reads or makes
    Auto,
    /// It depends on nothing else than its command
    Always,
    /// No
    Never,
}

impl From<CacheName> for CachePolicy {
    fn from(name: CacheName) -> CachePolicy {
        match name {
            CacheName::Auto => CachePolicy::Auto,
            CacheName::Always => CachePolicy::Always,
            CacheName::Never => CachePolicy::Never,
        }
    }
}

/// What becomes the value of a task, as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CaptureName {
    /// Its standard output, without the newline at its end
    Stdout,
}

impl From<CaptureName> for Capture {
    fn from(name: CaptureName) -> Capture {
        match name {
            CaptureName::Stdout => Capture::Stdout,
        }
    }
}

/// What one task needs.
#[derive(Debug, Args)]
pub(crate) struct ResourceArgs {
    /// Cpus of each task; fractions share a cpu
    #[arg(long, value_name = "N", value_parser = some_amount, default_value = "1", conflicts_with = "file")]
    pub(crate) cpus: Hundredths,

    /// Memory of each task
    #[arg(long, value_name = "SIZE", value_parser = size, conflicts_with = "file")]
    pub(crate) memory: Option<u64>,

    /// Gpus of each task; whole ones, or a fraction of one
    #[arg(long, value_name = "N", value_parser = amount, conflicts_with = "file")]
    pub(crate) gpus: Option<Hundredths>,

    /// Anything else that workers were started with; can be given several times
    #[arg(long = "resource", value_name = "NAME=N", conflicts_with = "file")]
    pub(crate) named: Vec<NamedAmount>,
}

/// How cpus are bound, as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PinName {
    /// Close together
    Compact,
    /// Far apart
    Spread,
}

impl From<PinName> for Pin {
    fn from(name: PinName) -> Pin {
        match name {
            PinName::Compact => Pin::Compact,
            PinName::Spread => Pin::Spread,
        }
    }
}
