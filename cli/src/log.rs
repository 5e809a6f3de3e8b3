//! What processes that run for long tell their operators, on standard error, with the time.

use crate::console::error_look;
use std::io;
use tracing_subscriber::EnvFilter;

/// Says what is logged instead, in the syntax of `tracing`: `debug`, `warn,godwit_worker=trace`, …
const VARIABLE: &str = "GODWIT_LOG";

/// How much is logged if nobody asks for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    /// What an operator wants to know.
    News,
    /// Nothing: something else is shown.
    Nothing,
}

/// Begins to log.
pub(crate) fn begin(amount: Amount) {
    let default = match amount {
        Amount::News => "warn,godwit=info,godwit_coordinator=info,godwit_worker=info",
        Amount::Nothing => "off",
    };
    let chosen = std::env::var(VARIABLE).ok().filter(|text| !text.is_empty());
    let filter = EnvFilter::builder().parse_lossy(chosen.as_deref().unwrap_or(default));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // A log on a full disk is no reason to end: by default the library panics when it cannot even say so.
    let log = log.log_internal_errors(false);
    // It fails only if something logs already.
    let _ = log.with_target(false).with_ansi(error_look().colour).try_init();
}
