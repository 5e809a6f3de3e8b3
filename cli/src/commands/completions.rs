//! `godwit completions`

use crate::args::{Cli, CompletionsArgs};
use crate::console::print_bytes;
use crate::errors::{Exit, Outcome};
use clap::CommandFactory;

/// Prints a completion script.
pub(super) fn completions(arguments: &CompletionsArgs) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "godwit", &mut script);
    print_bytes(&script)?;
    Ok(Exit::Success)
}
