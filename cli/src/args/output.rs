//! `--output`, alike on every command that prints a listing.

use clap::{Args, ValueEnum};

/// How listings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    #[default]
    Table,
    /// For programs; the format is stable.
    Json,
    /// The ids only, or nothing.
    Quiet,
}

/// The option of commands that only list.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct OutputArgs {
    /// Print a table, JSON, or the ids only
    #[arg(
        long = "output",
        value_name = "table|json|quiet",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(crate) form: Output,
}
