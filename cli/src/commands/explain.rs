//! `godwit explain`

use super::Context;
use super::asked::Asked;
use crate::args::{Output, TaskOutputArgs};
use crate::clock;
use crate::console::{look, print, print_json};
use crate::errors::{Exit, Outcome};
use crate::render::explanation;
use godwit_common::message::{Request, Response};

/// Says why a task is where it is.
pub(super) async fn explain(context: &Context, arguments: &TaskOutputArgs) -> Outcome {
    let asked = Asked::new(context, &arguments.place).await?;
    let request = Request::Explain(arguments.task.0.clone());
    let explained = asked.client.expect(&request, |response| match response {
        Response::Explained(explained) => Some(explained),
        _ => None,
    });
    let explained = explained.await;
    asked.close().await;
    let explained = explained?;
    match arguments.output.form {
        Output::Json => print_json(&explained)?,
        Output::Quiet => print(&format!("{}\n", explained.name))?,
        Output::Table => print(&explanation(&explained, clock::now(), look()))?,
    }
    Ok(Exit::Success)
}
