//! `godwit submit`

use super::submission::{self, DIGESTS, Digested};
use super::wait::{print_end, until_ended};
use super::{Context, follow, one_liner, workflow_file};
use crate::args::{Output, SubmitArgs};
use crate::client::{Client, Failure, find_again};
use crate::console::{print, print_json, say};
use crate::display::Show;
use crate::errors::{Error, Exit, Outcome};
use crate::render::Plural;
use godwit_common::ids::WorkflowId;
use godwit_common::message::Request;
use godwit_common::message::view::{WorkflowState, WorkflowView};
use godwit_common::workflow::Workflow;

/// Hands a workflow in, and waits for it if it shall.
pub(super) async fn submit(context: &Context, arguments: &SubmitArgs) -> Outcome {
    let mut workflow = match &arguments.file {
        Some(path) => workflow_file::load(path)?.workflow,
        None => one_liner::workflow(&arguments.command, &arguments.task)?,
    };
    let sources = submission::apply(&mut workflow, &arguments.reuse)?;
    let mut imports = submission::imports(&sources, &context.settings(&[])?.settings.store).await?;
    let tasks = workflow.task_count();
    // Asked for first: nobody wants to hear after minutes of reading that there is no coordinator.
    let client = context.client().await?;
    let Digested { workflow, warnings } =
        submission::digested(workflow, context.cluster.local_folder()?.join(DIGESTS)).await?;
    if arguments.output != Output::Quiet {
        warnings.iter().for_each(|warning| say(&format!("warning: {warning}")));
    }
    let (client, number) = hand_in(context, client, &mut imports, workflow).await?;
    if !arguments.wait && !arguments.progress && !arguments.follow {
        accepted(number, tasks, arguments.output)?;
        if arguments.output != Output::Quiet {
            warn(&client, number).await;
        }
        client.close().await;
        return Ok(Exit::Success);
    }
    if arguments.output == Output::Table && !arguments.follow {
        say(&format!("submitted workflow {number}: {}", Plural(tasks, "task")));
    }
    let view = if arguments.follow {
        follow::until_ended(client, &context.cluster, number).await?
    } else {
        until_ended(context, client, number, show(arguments)).await?
    };
    ended(&view, arguments)
}

fn show(arguments: &SubmitArgs) -> Show {
    match (arguments.output, arguments.progress) {
        (Output::Quiet, _) => Show::Nothing,
        (_, true) => Show::Progress,
        (_, false) => Show::Notices,
    }
}

/// Says the number to whoever has to go on with it.
fn accepted(number: WorkflowId, tasks: u64, output: Output) -> Result<(), Error> {
    match output {
        Output::Table => print(&format!("submitted workflow {number}: {}\n", Plural(tasks, "task"))),
        Output::Json => print(&format!("{{\"workflow\": {number}}}\n")),
        Output::Quiet => print(&format!("{number}\n")),
    }
}

/// Says at once what keeps the workflow from running: nobody watches it after this.
async fn warn(client: &Client, number: WorkflowId) {
    // It is accepted, and a coordinator that has just gone says nothing about it any more.
    let Ok(view) = client.workflow(number).await else {
        return;
    };
    for warning in view.warnings {
        say(&format!("warning: {warning}"));
    }
}

fn ended(view: &WorkflowView, arguments: &SubmitArgs) -> Outcome {
    match arguments.output {
        Output::Json => print_json(view)?,
        Output::Table if !arguments.follow => print_end(view)?,
        Output::Quiet if !arguments.follow => print(&format!("{}\n", view.workflow))?,
        Output::Table | Output::Quiet => {}
    }
    Ok(if view.state == WorkflowState::Succeeded { Exit::Success } else { Exit::Unsuccessful })
}

/// Submits until it is certain to have been accepted: sent twice, it is still one workflow.
async fn hand_in(
    context: &Context,
    mut client: Client,
    imports: &mut Vec<Request>,
    workflow: Workflow,
) -> Result<(Client, WorkflowId), Error> {
    let request = Request::Submit(Box::new(workflow));
    loop {
        let submitted = match submission::import(&client, imports).await {
            Ok(()) => client.submit(&request).await,
            Err(failure) => Err(failure),
        };
        match submitted {
            Ok((number, _)) => return Ok((client, number)),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Lost(error)) => client = find_again(&context.cluster, &error, say).await?,
        }
    }
}
