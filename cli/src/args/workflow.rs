//! Commands about workflows that were submitted.

use super::{Output, OutputArgs, Selection, TaskArgument};
use clap::{Args, ValueEnum};
use godwit_common::ids::WorkflowId;
use godwit_common::message::view::TaskState;
use std::path::PathBuf;

/// Which coordinator is asked.
#[derive(Clone, Debug, Args)]
pub(crate) struct RunPlace {
    /// Look at the runs of this workflow file, or in this folder, instead of at a cluster
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) run: Option<PathBuf>,

    /// With --run, where those runs were recorded, if 'godwit run' was given --store; else the store of the cluster,
    /// where the coordinator is looked up if it is not where it was
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
}

/// List the workflows
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  godwit list --output json\n  godwit list --run workflow.toml")]
pub(crate) struct WorkflowListArgs {
    /// Which coordinator is asked.
    #[command(flatten)]
    pub(crate) place: RunPlace,

    /// How to print it.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// List what there is.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// How to print it.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Show a workflow, or all that have not ended
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  godwit status 7
  godwit status 7/align --tasks --state failed")]
pub(crate) struct StatusArgs {
    /// The workflow, or with --tasks a part of it
    #[arg(value_name = "WORKFLOW")]
    pub(crate) of: Option<Selection>,

    /// Show its tasks, one by one
    #[arg(long, requires = "of")]
    pub(crate) tasks: bool,

    /// Show only tasks in this state; can be given several times, and implies --tasks
    #[arg(long = "state", value_name = "STATE", value_enum, requires = "of")]
    pub(crate) states: Vec<State>,

    /// Which coordinator is asked.
    #[command(flatten)]
    pub(crate) place: RunPlace,

    /// How to print it.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// State of a task, as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum State {
    Waiting,
    Ready,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    Skipped,
}

impl From<State> for TaskState {
    fn from(state: State) -> TaskState {
        match state {
            State::Waiting => TaskState::Waiting,
            State::Ready => TaskState::Ready,
            State::Running => TaskState::Running,
            State::Succeeded => TaskState::Succeeded,
            State::Failed => TaskState::Failed,
            State::Cancelled => TaskState::Cancelled,
            State::Skipped => TaskState::Skipped,
        }
    }
}

/// Wait until workflows have ended
///
/// Ends with 0 if all their tasks succeeded, else with 1. Goes on waiting when the coordinator is started again.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  godwit wait 7 8 --progress")]
pub(crate) struct WaitArgs {
    /// The workflows
    #[arg(value_name = "WORKFLOW", required = true)]
    pub(crate) workflows: Vec<WorkflowNumber>,

    /// Show how far they are
    #[arg(long)]
    pub(crate) progress: bool,

    /// How to print the result
    #[arg(
        long,
        value_name = "table|json|quiet",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(crate) output: Output,
}

/// Cancel a workflow, a group, a task or a range of tasks
///
/// Running tasks are stopped. What has ended stays as it is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  godwit cancel 7
  godwit cancel 7/align[3-9]")]
pub(crate) struct CancelArgs {
    #[arg(help = "What to cancel, such as 7, 7/align, 7/align[12] or 7/align[3-9]")]
    #[arg(value_name = "WORKFLOW[/TASK]", required = true)]
    pub(crate) selections: Vec<Selection>,
}

/// One workflow.
#[derive(Debug, Args)]
pub(crate) struct WorkflowArgument {
    /// The workflow
    #[arg(value_name = "WORKFLOW")]
    pub(crate) workflow: WorkflowNumber,
}

/// One task, and how to print what is known of it.
#[derive(Debug, Args)]
pub(crate) struct TaskOutputArgs {
    #[arg(help = "The task, such as 7/align[12]")]
    #[arg(value_name = "TASK")]
    pub(crate) task: TaskArgument,

    /// Which coordinator is asked.
    #[command(flatten)]
    pub(crate) place: RunPlace,

    /// How to print it.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Print what a task has written
///
/// Wherever the task runs or ran: from a worker that is there, or from a file system that both see.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  godwit logs 7/align[12]
  godwit logs 7/align[12] --stderr --follow
  godwit logs 7/align[12] --run workflow.toml")]
pub(crate) struct LogsArgs {
    #[arg(help = "The task, such as 7/align[12]")]
    #[arg(value_name = "TASK")]
    pub(crate) task: TaskArgument,

    /// Which coordinator is asked.
    #[command(flatten)]
    pub(crate) place: RunPlace,

    /// Its standard error instead of its standard output
    #[arg(long)]
    pub(crate) stderr: bool,

    /// Go on until the task has ended
    #[arg(long, short)]
    pub(crate) follow: bool,
}

/// The number of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WorkflowNumber(pub(crate) WorkflowId);

impl std::str::FromStr for WorkflowNumber {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(0) | Err(_) => {
                Err(format!("'{text}' is not the number of a workflow; 'godwit list' shows them"))
            }
            Ok(number) => Ok(WorkflowNumber(WorkflowId(number))),
        }
    }
}
