//! `godwit submit --follow`: a task's output as if it ran here.

use super::logs::{Sink, output};
use crate::client::{Client, News, watch};
use crate::console::say;
use crate::errors::Error;
use godwit_common::ids::WorkflowId;
use godwit_common::message::client::TaskReference;
use godwit_common::message::view::{WorkflowState, WorkflowView};
use godwit_common::message::worker::OutputStream;

/// Prints what the only task of the workflow writes, attempt after attempt, until the workflow has ended.
///
/// # Errors
/// If the workflow or its output cannot be had any more.
pub(super) async fn until_ended(client: Client, workflow: WorkflowId) -> Result<WorkflowView, Error> {
    let task = TaskReference { workflow, group: None, index: None };
    let mut news = watch(client.clone(), None, workflow);
    let mut printed = 0;
    loop {
        let view = match news.recv().await {
            Some(News::View(view)) => view,
            Some(News::Notice(sentence)) => {
                say(&sentence);
                continue;
            }
            Some(News::Failed(error)) => return Err(error),
            None => {
                return Err(Error::infrastructure("the coordinator said nothing of the workflow"));
            }
        };
        let ended = !matches!(view.state, WorkflowState::Open | WorkflowState::Running);
        if view.attempts > printed && (ended || view.counts.running > 0) {
            printed = view.attempts;
            let (out, err) = tokio::join!(
                output(&client, &task, OutputStream::Stdout, Sink::Out, true),
                output(&client, &task, OutputStream::Stderr, Sink::Err, true)
            );
            out.and(err)?;
        }
        if ended {
            client.close().await;
            return Ok(*view);
        }
    }
}
