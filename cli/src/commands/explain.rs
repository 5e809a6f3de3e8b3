//! `godwit explain`

use super::Context;
use crate::args::{Output, TaskOutputArgs};
use crate::clock;
use crate::console::{look, print, print_json};
use crate::errors::{Exit, Outcome};
use crate::render::explanation;
use godwit_common::message::{Request, Response};

/// Says why a task is where it is.
pub(super) async fn explain(context: &Context, arguments: &TaskOutputArgs) -> Outcome {
    let client = context.client().await?;
    let explained = client
        .expect(
            &Request::Explain(arguments.task.0.clone()),
            |response| match response {
                Response::Explained(explained) => Some(explained),
                _ => None,
            },
        )
        .await?;
    client.close().await;
    match arguments.output.form {
        Output::Json => print_json(&explained)?,
        Output::Quiet => print(&format!("{}\n", explained.name))?,
        Output::Table => print(&explanation(&explained, clock::now(), look()))?,
    }
    Ok(Exit::Success)
}
