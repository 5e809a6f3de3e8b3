//! `godwit coordinator …`

use super::{ListArgs, Output};
use clap::{Args, Subcommand};

/// Commands about the coordinator.
#[derive(Debug, Subcommand)]
pub(crate) enum CoordinatorCommand {
    Start(CoordinatorStart),
    /// End the coordinator; workers and their tasks go on and wait for the next one
    #[command(after_help = "Example:\n  godwit coordinator stop")]
    Stop,
    /// Show where the coordinator is and how it is doing
    #[command(after_help = "Example:\n  godwit coordinator status --output json")]
    Status(ListArgs),
}

/// Start a coordinator, which takes workflows and hands their tasks to workers
///
/// It stays in the foreground and says in one line where it is. The first start makes the access directory, without
/// which nobody can connect. Started again after a crash, it goes on where the store says it was: on another machine
/// with --store and the file that 'godwit access export --role coordinator' wrote as --access.
///
/// With --standby it waits until the coordinator that leads gives no sign of life any more, and takes over. One that was
/// only stopped or cut off finds that out when it comes back, says nothing more to anybody and ends with code 3.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  godwit coordinator start
  godwit coordinator start --listen 0.0.0.0:7000 --store file:///project/godwit
  godwit coordinator start --standby
  godwit coordinator start --access coordinator.access --store s3://bucket/project")]
pub(crate) struct CoordinatorStart {
    /// Where to record everything: a folder, or a file:// or s3:// URL [default: 'state' in the access directory]
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,

    /// Where to listen; port 0 lets the system choose [default: 127.0.0.1:0]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<String>,

    /// Address that workers and clients are told to use, if it is not the one listened on
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) advertise: Option<String>,

    /// Wait until the coordinator that leads falls silent, and take over then
    #[arg(long)]
    pub(crate) standby: bool,

    /// If the log is damaged right behind this sequence number, go on from there; what was recorded after it is lost
    #[arg(long, value_name = "SEQ")]
    pub(crate) accept_loss_after: Option<u64>,

    /// How to say that it is ready
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
