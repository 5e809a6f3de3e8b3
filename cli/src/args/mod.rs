//! What can stand on the command line, as types. Nothing here acts: `commands` does.
//!
//! The doc comments are the help texts. Each command ends its help with an example.

mod checkpoint;
mod cluster;
mod coordinator;
mod moment;
mod output;
mod reuse;
mod run;
mod selection;
mod submit;
mod tools;
mod values;
mod worker;
mod workflow;

pub(crate) use checkpoint::{
    CheckpointCommand, CheckpointExport, CheckpointImport, CheckpointList, CheckpointNow, CheckpointPrune,
    CheckpointShow, CheckpointVerify, StorePlace,
};
pub(crate) use cluster::ClusterArgs;
pub(crate) use coordinator::{CoordinatorCommand, CoordinatorStart};
pub(crate) use output::{Output, OutputArgs};
pub(crate) use reuse::{ReuseArgs, ReuseFrom};
pub(crate) use run::RunArgs;
pub(crate) use selection::{Selection, TaskArgument};
pub(crate) use submit::{ResourceArgs, SubmitArgs, TaskArgs};
pub(crate) use tools::{AccessCommand, AccessExport, CompletionsArgs, ConfigCommand};
pub(crate) use values::{Assignment, Indices, NamedAmount};
pub(crate) use worker::{WorkerArgument, WorkerCommand, WorkerStart, WorkersArgument};
pub(crate) use workflow::{
    CancelArgs, ListArgs, LogsArgs, RunPlace, StatusArgs, TaskOutputArgs, WaitArgs, WorkflowArgument,
    WorkflowListArgs,
};

use clap::{Parser, Subcommand};

/// Run workflows of many tasks, on this machine or on a cluster, and lose nothing
///
/// A workflow is a file of named tasks and arrays of tasks. 'godwit run' runs it here; a coordinator and workers run
/// it on a cluster. What has succeeded is recorded at once and never runs again, whatever crashes.
#[derive(Debug, Parser)]
#[command(
    name = "godwit",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = "\
Examples:
  godwit run workflow.toml      run a workflow on this machine
  godwit coordinator start      on a login node, and then on others:
  godwit worker start           run tasks of that coordinator there
  godwit submit --array 0-999 -- ./simulate.sh '{index}'

Exit codes: 0 all succeeded, 1 some task did not, 2 wrong usage or input,
3 something else is broken (network, store, coordinator), 130 interrupted."
)]
pub(crate) struct Cli {
    /// Where the cluster is and how Godwit is set.
    #[command(flatten)]
    pub(crate) cluster: ClusterArgs,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(RunArgs),
    /// Start, stop or look at the coordinator of a cluster
    #[command(subcommand)]
    Coordinator(CoordinatorCommand),
    /// Start workers, look at them, or send them away
    #[command(subcommand)]
    Worker(WorkerCommand),
    Submit(Box<SubmitArgs>),
    List(WorkflowListArgs),
    Status(StatusArgs),
    Wait(WaitArgs),
    Cancel(CancelArgs),
    /// Run again what did not succeed in an ended workflow
    #[command(after_help = "Example:\n  godwit retry 7")]
    Retry(WorkflowArgument),
    /// Drop an ended workflow from the coordinator's memory
    #[command(after_help = "Example:\n  godwit forget 7")]
    Forget(WorkflowArgument),
    /// Say why a task is not running, or why it failed
    #[command(after_help = "Example:\n  godwit explain 7/align[12]")]
    Explain(TaskOutputArgs),
    Logs(LogsArgs),
    /// Save now; look at what is saved; check, move and drop results
    #[command(subcommand)]
    Checkpoint(CheckpointCommand),
    /// Give other machines access to the cluster
    #[command(subcommand)]
    Access(AccessCommand),
    /// Look at the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the JSON Schema of workflow files
    ///
    /// Editors use it to complete and to check workflow files, in TOML and in JSON.
    #[command(after_help = "Example:\n  godwit schema > workflow.schema.json")]
    Schema,
    Completions(CompletionsArgs),
}
