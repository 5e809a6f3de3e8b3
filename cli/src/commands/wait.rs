//! `godwit wait`, and the waiting of `godwit submit`

use super::Context;
use crate::args::{Output, WaitArgs};
use crate::client::{Client, News, watch};
use crate::clock;
use crate::console::{look, print, print_json};
use crate::display::{Display, Show};
use crate::errors::{Error, Exit, Outcome};
use crate::render::{Again, summary};
use crate::signals::Signals;
use godwit_common::ids::WorkflowId;
use godwit_common::message::view::{WorkflowState, WorkflowView};
use std::time::Duration;

/// What is drawn grows older by so much at most.
const TICK: Duration = Duration::from_secs(1);

/// Waits for each of the workflows.
pub(super) async fn wait(context: &Context, arguments: &WaitArgs) -> Outcome {
    let show = match (arguments.output, arguments.progress) {
        (Output::Quiet, _) => Show::Nothing,
        (_, true) => Show::Progress,
        (_, false) => Show::Notices,
    };
    let mut exit = Exit::Success;
    let mut views = Vec::new();
    for number in &arguments.workflows {
        let client = context.client().await?;
        let view = until_ended(context, client, number.0, show).await?;
        if view.state != WorkflowState::Succeeded {
            exit = Exit::Unsuccessful;
        }
        if arguments.output == Output::Table {
            print_end(&view)?;
        }
        views.push(view);
    }
    match (arguments.output, views.as_slice()) {
        (Output::Json, [one]) => print_json(one)?,
        (Output::Json, all) => print_json(&all)?,
        _ => {}
    }
    Ok(exit)
}

/// Waits for one workflow, across restarts of the coordinator.
///
/// # Errors
/// If the workflow is not known, or the coordinator stays away.
pub(super) async fn until_ended(
    context: &Context,
    client: Client,
    workflow: WorkflowId,
    show: Show,
) -> Result<WorkflowView, Error> {
    let mut display = Display::new(show);
    let mut news = watch(client.clone(), Some(context.cluster.clone()), workflow);
    let mut ticks = tokio::time::interval(TICK);
    let mut signals = Signals::new()?;
    let result = loop {
        tokio::select! {
            next = news.recv() => match next {
                Some(News::View(view)) => display.update(*view),
                Some(News::Notice(sentence)) => display.say(&sentence),
                Some(News::Failed(error)) => break Err(error),
                None => break Ok(()),
            },
            _ = ticks.tick() => display.tick(),
            _ = signals.next() => break Err(interrupted(workflow)),
        }
    };
    display.clear();
    client.close().await;
    result?;
    display.into_view().ok_or_else(|| Error::infrastructure("the coordinator said nothing of the workflow"))
}

/// Only the waiting is over, and people should know that.
fn interrupted(workflow: WorkflowId) -> Error {
    Error {
        exit: Exit::Interrupted,
        sentence: format!(
            "interrupted; workflow {workflow} goes on: 'godwit wait {workflow}' waits for it again, \
             'godwit cancel {workflow}' ends it"
        ),
    }
}

/// Prints how a submitted workflow ended.
///
/// # Errors
/// If it cannot be printed.
pub(super) fn print_end(view: &WorkflowView) -> Result<(), Error> {
    let took = view.ended.unwrap_or_else(clock::now).since(view.submitted);
    print(&summary(view, took, Again::Submitted, look()))
}
