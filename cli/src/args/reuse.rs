//! Which earlier results may serve a workflow, and when its outcomes become durable: for `run` and `submit` alike.

use super::values::duration;
use clap::Args;
use godwit_common::checkpoint::CheckpointMode;
use std::convert::Infallible;
use std::str::FromStr;
use std::time::Duration;

/// Results that may serve, and checkpoints.
#[derive(Debug, Args)]
#[command(next_help_heading = "Earlier results and checkpoints")]
pub(crate) struct ReuseArgs {
    /// Earlier results that may serve: all in the store, those of the last workflow of this name, none, or those of
    /// another store or an exported file; can be given several times [default: all]
    #[arg(long, value_name = "all|last|none|URL|FILE")]
    pub(crate) reuse: Vec<ReuseFrom>,

    /// Take no earlier results, as with --reuse none
    #[arg(long, conflicts_with = "reuse")]
    pub(crate) no_cache: bool,

    /// Run this task of the workflow whatever results there are; can be given several times
    #[arg(long, value_name = "TASK")]
    pub(crate) rerun: Vec<String>,

    #[arg(long, value_name = "MODE")]
    #[arg(help = "When outcomes are made durable: task_exit, periodic, workflow_exit, manual or off")]
    pub(crate) checkpoint: Option<CheckpointMode>,

    /// How often, with --checkpoint periodic
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) checkpoint_period: Option<Duration>,
}

/// One value of `--reuse`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReuseFrom {
    All,
    Last,
    Nothing,
    /// A store or an exported file.
    Source(String),
}

impl FromStr for ReuseFrom {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "all" => ReuseFrom::All,
            "last" => ReuseFrom::Last,
            "none" => ReuseFrom::Nothing,
            source => ReuseFrom::Source(source.to_owned()),
        })
    }
}
