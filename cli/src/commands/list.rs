//! `godwit list`

use super::Context;
use crate::args::Output;
use crate::clock;
use crate::console::{look, print, print_json};
use crate::errors::{Exit, Outcome};
use crate::render::workflows;
use godwit_common::message::view::WorkflowView;
use godwit_common::message::{Request, Response};

/// Lists the workflows.
pub(super) async fn list(context: &Context, output: Output) -> Outcome {
    let client = context.client().await?;
    let views = client
        .expect(&Request::List, |response| match response {
            Response::Workflows(views) => Some(views),
            _ => None,
        })
        .await?;
    client.close().await;
    print_list(&views, output)
}

pub(super) fn print_list(views: &[WorkflowView], output: Output) -> Outcome {
    match output {
        Output::Json => print_json(&views)?,
        Output::Quiet => print(
            &views
                .iter()
                .map(|view| format!("{}\n", view.workflow))
                .collect::<String>(),
        )?,
        Output::Table => print(&workflows(views, clock::now(), look()))?,
    }
    Ok(Exit::Success)
}
