//! `godwit checkpoint`: save now; look at what is saved; check, move and drop results.
//!
//! What only reads takes no epoch and writes nothing, so that it can look at a store that is in use.

mod change;
mod contents;
mod export;
mod list;
mod own;
mod place;
mod show;
mod verify;

use super::Context;
use crate::args::CheckpointCommand;
use crate::errors::Outcome;

/// Runs one of the commands.
pub(super) async fn checkpoint(context: &Context, command: &CheckpointCommand) -> Outcome {
    match command {
        CheckpointCommand::Now(arguments) => change::now(context, arguments).await,
        CheckpointCommand::List(arguments) => list::list(context, arguments).await,
        CheckpointCommand::Show(arguments) => show::show(context, arguments).await,
        CheckpointCommand::Verify(arguments) => verify::verify(context, arguments).await,
        CheckpointCommand::Export(arguments) => export::export(context, arguments).await,
        CheckpointCommand::Import(arguments) => change::import(context, arguments).await,
        CheckpointCommand::Prune(arguments) => change::prune(context, arguments).await,
    }
}
