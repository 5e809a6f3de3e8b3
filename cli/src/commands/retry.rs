//! `godwit retry` and `godwit forget`

use super::Context;
use crate::args::WorkflowArgument;
use crate::console::say;
use crate::errors::{Exit, Outcome};
use crate::render::Plural;
use godwit_common::message::Request;

/// Opens again what did not succeed.
pub(super) async fn retry(context: &Context, arguments: &WorkflowArgument) -> Outcome {
    let client = context.client().await?;
    let count = client.change(&Request::Retry(arguments.workflow.0)).await?;
    client.close().await;
    match count {
        0 => say(&format!(
            "nothing to run again: no task of workflow {} has failed, was cancelled or was left out",
            arguments.workflow.0
        )),
        _ => say(&format!("{} will run again", Plural(count, "task"))),
    }
    Ok(Exit::Success)
}

/// Drops an ended workflow.
pub(super) async fn forget(context: &Context, arguments: &WorkflowArgument) -> Outcome {
    let client = context.client().await?;
    client.perform(&Request::Forget(arguments.workflow.0)).await?;
    client.close().await;
    Ok(Exit::Success)
}
