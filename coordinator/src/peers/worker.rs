//! A worker's connection: its hello, then messages both ways on one stream.

use super::{FIRST_WORD_TIMEOUT, Hall};
use crate::input::{Input, OUTBOX_MESSAGES_MAX};
use crate::lease::{Mouth, Speech};
use godwit_common::message::worker::{FromWorker, ToWorker, WorkerHello};
use godwit_coordinator_core::event::LinkId;
use godwit_transport::{Connection, Error, Receiver, Sender};
use std::pin::pin;
use tokio::sync::mpsc;

/// Messages that go out in one write at most.
const BATCH_MESSAGES_MAX: usize = 256;

pub(super) async fn serve(hall: Hall, connection: Connection) {
    let greeted = tokio::time::timeout(FIRST_WORD_TIMEOUT, greet(&connection)).await;
    let (sender, receiver, hello) = match greeted {
        Ok(Ok(greeted)) => greeted,
        Ok(Err(reason)) => return connection.close(&reason).await,
        Err(_) => return connection.close("a worker has to say who it is").await,
    };
    let link = LinkId(hall.counter.next());
    let (outbox, messages) = mpsc::channel(OUTBOX_MESSAGES_MAX);
    let arrival = Input::WorkerHello { link, hello, outbox, connection: connection.clone() };
    if hall.inputs.send(arrival).await.is_err() {
        return connection.close("the coordinator is ending").await;
    }
    let mut listening = pin!(listen(&hall, link, receiver));
    let reason = tokio::select! {
        biased;
        reason = &mut listening => reason,
        reason = speak(hall.lease.mouth(), sender, messages) => reason,
        ending = connection.closed() => {
            // What it said before it closed can still be heard: that it leaves, most often.
            listening.await;
            ending.to_string()
        }
    };
    connection.close(&reason).await;
    // The driver may be gone already; then nobody needs to know.
    let _ = hall.inputs.send(Input::WorkerGone { link, reason }).await;
}

async fn greet(connection: &Connection) -> Result<(Sender, Receiver, Box<WorkerHello>), String> {
    let (sender, mut receiver) = connection.accept().await.ok_or("it went away")?;
    match receiver.recv::<FromWorker>().await {
        Ok(Some(FromWorker::Hello(hello))) => Ok((sender, receiver, hello)),
        Ok(_) => Err("a worker has to say hello first".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Passes on what the worker says, until it stops; says why it stopped.
async fn listen(hall: &Hall, link: LinkId, mut receiver: Receiver) -> String {
    loop {
        match receiver.recv::<FromWorker>().await {
            Ok(Some(message)) => {
                if hall.inputs.send(Input::WorkerMessage { link, message }).await.is_err() {
                    return "the coordinator is ending".to_owned();
                }
            }
            Ok(None) => return "the worker ended the stream".to_owned(),
            Err(error) => return error.to_string(),
        }
    }
}

/// Sends what the driver says, until it stops; says why it stopped.
async fn speak(mut mouth: Mouth, mut sender: Sender, mut messages: mpsc::Receiver<ToWorker>) -> String {
    let mut batch = Vec::new();
    while messages.recv_many(&mut batch, BATCH_MESSAGES_MAX).await > 0 {
        if mouth.may_say(Speech::Fact).await.is_err() {
            // Whoever leads now has a word for the worker; we have not.
            return String::new();
        }
        let sent: Result<(), Error> = sender.send_all(&batch).await;
        if let Err(error) = sent {
            return error.to_string();
        }
        batch.clear();
    }
    // What was sent last, such as a refusal, has to arrive before the connection closes under it.
    let _ = tokio::time::timeout(FIRST_WORD_TIMEOUT, sender.delivered()).await;
    "the coordinator closed the connection".to_owned()
}
