//! `godwit submit --follow`: a task's output as if it ran here.

use super::logs::{Sink, output_from};
use crate::client::{Client, Failure, News, find_again, watch};
use crate::cluster::Cluster;
use crate::console::say;
use crate::errors::Error;
use godwit_common::ids::WorkflowId;
use godwit_common::message::client::TaskReference;
use godwit_common::message::view::{WorkflowState, WorkflowView};
use godwit_common::message::worker::OutputStream;

/// Prints what the only task of the workflow writes, attempt after attempt, until the workflow has ended. A coordinator
/// that is lost is looked for again.
///
/// # Errors
/// If the workflow or its output cannot be had any more.
pub(super) async fn until_ended(
    client: Client,
    cluster: &Cluster,
    workflow: WorkflowId,
) -> Result<WorkflowView, Error> {
    let task = TaskReference { workflow, group: None, index: None };
    let mut news = watch(client.clone(), Some(cluster.clone()), workflow);
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
                stream(&client, cluster, &task, OutputStream::Stdout, Sink::Out),
                stream(&client, cluster, &task, OutputStream::Stderr, Sink::Err)
            );
            out.and(err)?;
        }
        if ended {
            client.close().await;
            return Ok(*view);
        }
    }
}

/// Prints one stream of one attempt to its end. With another coordinator it goes on behind what was printed, which is
/// right as long as the attempt goes on.
async fn stream(
    client: &Client,
    cluster: &Cluster,
    task: &TaskReference,
    stream: OutputStream,
    sink: Sink,
) -> Result<(), Error> {
    let mut client = client.clone();
    let mut printed = 0;
    // Once is enough; the watch is not listened to meanwhile.
    let tell = |sentence: &str| {
        if sink == Sink::Out {
            say(sentence);
        }
    };
    loop {
        match output_from(&client, task, stream, sink, true, &mut printed).await {
            Err(Failure::Lost(error)) => client = find_again(cluster, &error, tell).await?,
            ended => return Ok(ended?),
        }
    }
}
