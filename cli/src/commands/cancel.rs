//! `godwit cancel`

use super::Context;
use crate::args::CancelArgs;
use crate::console::say;
use crate::errors::{Exit, Outcome};
use crate::render::Plural;
use godwit_common::message::Request;

/// Cancels each selection. That there was nothing left to cancel is said, and is no error.
pub(super) async fn cancel(context: &Context, arguments: &CancelArgs) -> Outcome {
    let client = context.client().await?;
    let mut count = 0;
    for selection in &arguments.selections {
        count += client.change(&Request::Cancel(selection.0.clone())).await?;
    }
    client.close().await;
    match count {
        0 => say("nothing to cancel: all of it has ended"),
        _ => say(&format!("{} cancelled", Plural(count, "task"))),
    }
    Ok(Exit::Success)
}
