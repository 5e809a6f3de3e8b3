//! `godwit checkpoint`

use super::OutputArgs;
use super::moment::{Moment, moment};
use super::workflow::WorkflowNumber;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Commands about checkpoints and results.
#[derive(Debug, Subcommand)]
pub(crate) enum CheckpointCommand {
    Now(CheckpointNow),
    List(CheckpointList),
    Show(CheckpointShow),
    Verify(CheckpointVerify),
    Export(CheckpointExport),
    Import(CheckpointImport),
    Prune(CheckpointPrune),
}

/// Which store is looked at.
#[derive(Clone, Debug, Args)]
pub(crate) struct StorePlace {
    /// The store: a URL or a folder [default: that of the running coordinator, else coordinator.store of the
    /// settings, else '.godwit/state' here]
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
}

/// Save what has happened so far, whatever the checkpoint mode
///
/// For workflows in the modes periodic, workflow_exit and manual; in the default mode everything is saved already, in the
/// mode off nothing is. Ends when it is on storage.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  godwit checkpoint now\n  godwit checkpoint now 7")]
pub(crate) struct CheckpointNow {
    /// Only of this workflow
    #[arg(value_name = "WORKFLOW")]
    pub(crate) workflow: Option<WorkflowNumber>,

    /// How to print it.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// List the checkpoints of a store: the newest base, and every increment after it
///
/// Reads only; the store may be in use.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  godwit checkpoint list
  godwit checkpoint list --store s3://lab/runs --last 0 --output json")]
pub(crate) struct CheckpointList {
    /// Which store is looked at.
    #[command(flatten)]
    pub(crate) place: StorePlace,

    /// Show the last N of them only; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) last: usize,

    /// How to print it.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Show what one checkpoint holds, record by record
///
/// Reads only; the store may be in use.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  godwit checkpoint show 12
  godwit checkpoint show 12 --last 0 --store .godwit/state")]
pub(crate) struct CheckpointShow {
    /// Its sequence number, as 'godwit checkpoint list' prints it
    #[arg(value_name = "SEQ")]
    pub(crate) sequence: u64,

    /// Which store is looked at.
    #[command(flatten)]
    pub(crate) place: StorePlace,

    /// Show the last N of its records only; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub(crate) last: usize,

    /// How to print it.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Read everything in a store and name every damaged, missing or misplaced object
///
/// Ends with 0 if the store is whole and with 1 if it is not; then it says up to where it is of use. Reads only; the
/// store may be in use.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  godwit checkpoint verify --store s3://lab/runs")]
pub(crate) struct CheckpointVerify {
    /// Which store is looked at.
    #[command(flatten)]
    pub(crate) place: StorePlace,

    /// How to print it.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Write results into one portable file
///
/// The file can be imported into another store, given to 'godwit run --reuse FILE', and kept: later versions read it.
/// Reads only; the store may be in use.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  godwit checkpoint export results.godwit
  godwit checkpoint export align.godwit --name variant-calling --group align")]
pub(crate) struct CheckpointExport {
    /// The file to write; it must not be there yet
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Only results that this workflow computed
    #[arg(long, value_name = "WORKFLOW")]
    pub(crate) workflow: Option<WorkflowNumber>,

    /// Only results that workflows of this name computed
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Only results that groups of this name computed
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,

    /// Which store is looked at.
    #[command(flatten)]
    pub(crate) place: StorePlace,

    /// How to print it.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Take the results of an exported file, or of another store, into a store
///
/// Goes through the coordinator that runs on the store; if none does, the store is opened for it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  godwit checkpoint import results.godwit
  godwit checkpoint import s3://lab/runs --store .godwit/state")]
pub(crate) struct CheckpointImport {
    /// An exported file, or the URL of a store
    #[arg(value_name = "FILE|URL")]
    pub(crate) source: String,

    /// Which store takes them.
    #[command(flatten)]
    pub(crate) place: StorePlace,

    /// How to print it.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Drop results, so that they are computed again
///
/// Results that fit everything given are not reused any more; the tasks that computed them keep their outcomes. Goes
/// through the coordinator that runs on the store; if none does, the store is opened for it.
#[derive(Debug, Args)]
#[command(
    group = clap::ArgGroup::new("which").required(true).multiple(true)
        .args(["group", "workflow", "name", "before", "from"]),
    after_help = "\
Examples:
  godwit checkpoint prune --group align --dry-run
  godwit checkpoint prune --name variant-calling --before 30d"
)]
pub(crate) struct CheckpointPrune {
    /// Computed by a group of this name
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,

    /// Computed by this workflow
    #[arg(long, value_name = "WORKFLOW")]
    pub(crate) workflow: Option<WorkflowNumber>,

    /// Computed by workflows of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Computed before this time: 30d (so long ago), 2026-11-01 or 2026-11-01T08:00:00 (UTC)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) before: Option<Moment>,

    /// Imported from this file or store, as 'godwit explain' names it
    #[arg(long, value_name = "SOURCE")]
    pub(crate) from: Option<String>,

    /// Only say how many there are
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Which store.
    #[command(flatten)]
    pub(crate) place: StorePlace,

    /// How to print it.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
