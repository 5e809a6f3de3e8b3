//! `godwit run`

use super::values::{size, some_amount};
use super::{Output, ReuseArgs};
use clap::Args;
use godwit_common::resources::Hundredths;
use std::path::PathBuf;

/// Run a workflow on this machine, without a cluster
///
/// Everything that succeeded is recorded in '.godwit/' beside the file. Run the same file again, after a crash, a
/// Ctrl-C or failed tasks, and only what is missing runs. When all has succeeded, or the file has changed, it is a new
/// workflow, and whatever would compute the same as before takes the earlier result. --no-cache and --rerun begin a
/// new workflow as well.
///
/// The first Ctrl-C starts nothing new and lets running tasks end; the second stops them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  godwit run workflow.toml
  godwit run workflow.toml --cpus 8 --memory 16GiB
  godwit run workflow.toml --listen 0.0.0.0:7000    others may join
  godwit run workflow.toml --rerun align            run 'align' again, and what needs it")]
pub(crate) struct RunArgs {
    /// The workflow: a TOML or JSON file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Workers in this process, each with the cpus and memory given, or with its share of what is here
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(crate) workers: u32,

    /// Cpus that each worker offers, instead of those found
    #[arg(long, value_name = "N", value_parser = some_amount)]
    pub(crate) cpus: Option<Hundredths>,

    /// Memory that each worker offers, instead of what was found
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) memory: Option<u64>,

    /// Where to record results, instead of '.godwit/state' beside the file: a folder, or a file:// or s3:// URL
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,

    /// Also let workers and clients connect here
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<String>,

    /// If the state of earlier runs is damaged right behind this sequence number, go on from there; what was recorded
    /// after it is lost
    #[arg(long, value_name = "SEQ")]
    pub(crate) accept_loss_after: Option<u64>,

    /// What to print: progress and a summary, the workflow as JSON at the end, or nothing but errors
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
}
