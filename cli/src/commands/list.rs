//! `godwit list`

use super::Context;
use super::asked::Asked;
use crate::args::{Output, WorkflowListArgs};
use crate::client::{Client, Failure};
use crate::clock;
use crate::console::{look, print, print_json};
use crate::errors::{Exit, Outcome};
use crate::render::workflows;
use godwit_common::message::view::WorkflowView;
use godwit_common::message::{Request, Response};

/// Lists the workflows.
pub(super) async fn list(context: &Context, arguments: &WorkflowListArgs) -> Outcome {
    let asked = Asked::new(context, &arguments.place).await?;
    let views = all(&asked.client).await;
    asked.close().await;
    print_list(&views?, arguments.output.form)
}

/// Every workflow that the coordinator knows.
///
/// # Errors
/// If it does not answer.
pub(super) async fn all(client: &Client) -> Result<Vec<WorkflowView>, Failure> {
    client
        .expect(&Request::List, |response| match response {
            Response::Workflows(views) => Some(views),
            _ => None,
        })
        .await
}

pub(super) fn print_list(views: &[WorkflowView], output: Output) -> Outcome {
    match output {
        Output::Json => print_json(&views)?,
        Output::Quiet => print(&views.iter().map(|view| format!("{}\n", view.workflow)).collect::<String>())?,
        Output::Table => print(&workflows(views, clock::now(), look()))?,
    }
    Ok(Exit::Success)
}
