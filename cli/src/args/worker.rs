//! `godwit worker …`

use super::values::{duration, size, some_amount};
use super::{ListArgs, NamedAmount, OutputArgs};
use clap::{Args, Subcommand};
use godwit_common::ids::WorkerId;
use godwit_common::resources::Hundredths;
use std::ffi::OsString;
use std::time::Duration;

/// Commands about workers.
#[derive(Debug, Subcommand)]
pub(crate) enum WorkerCommand {
    Start(WorkerStart),
    /// List the workers
    #[command(after_help = "Example:\n  godwit worker list")]
    List(ListArgs),
    /// Show one worker
    #[command(after_help = "Example:\n  godwit worker show w3")]
    Show(WorkerArgument),
    /// Let a worker finish what it has and leave
    #[command(after_help = "Example:\n  godwit worker drain w3")]
    Drain(WorkersArgument),
    /// Stop a worker; its tasks go back to the queue
    #[command(after_help = "Example:\n  godwit worker stop w3")]
    Stop(WorkersArgument),
    /// Watches over the tasks of a worker, so that none outlives it
    #[command(hide = true, disable_help_flag = true)]
    Guard {
        /// Whatever the worker says.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

/// Start a worker here, which runs tasks until it is told to leave
///
/// It offers the cpus, memory and gpus that it finds, within what the batch system and the system's limits leave to
/// it. When the coordinator is gone it keeps its tasks running and waits for the next one.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  godwit worker start
  godwit worker start --cpus 16 --memory 64GiB --resource licence=4
  sbatch --wrap 'godwit worker start --idle-timeout 5m'")]
pub(crate) struct WorkerStart {
    /// Cpus to offer, instead of those found
    #[arg(long, value_name = "N", value_parser = some_amount)]
    pub(crate) cpus: Option<Hundredths>,

    /// Memory to offer, instead of what was found
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) memory: Option<u64>,

    /// Gpus to offer, instead of those found
    #[arg(long, value_name = "N")]
    pub(crate) gpus: Option<u32>,

    /// Anything else that tasks may ask for; can be given several times
    #[arg(long = "resource", value_name = "NAME=N")]
    pub(crate) resources: Vec<NamedAmount>,

    /// Leave after this long [default: what the batch system says]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) time_limit: Option<Duration>,

    /// Leave after having nothing to do for this long
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) idle_timeout: Option<Duration>,

    /// Give up when the coordinator was gone for this long [default: 15m]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) reconnect_timeout: Option<Duration>,

    /// Folder for the output of tasks [default: 'spool' in the access directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) spool: Option<String>,

    /// What to call the set of workers that this one belongs to [default: the batch job]
    #[arg(long, value_name = "NAME")]
    pub(crate) group: Option<String>,
}

/// One worker.
#[derive(Debug, Args)]
pub(crate) struct WorkerArgument {
    /// The worker
    #[arg(value_name = "WORKER")]
    pub(crate) worker: WorkerId,

    /// How to print it.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Some workers.
#[derive(Debug, Args)]
pub(crate) struct WorkersArgument {
    /// The workers
    #[arg(value_name = "WORKER", required = true)]
    pub(crate) workers: Vec<WorkerId>,
}
