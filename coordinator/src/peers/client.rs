//! A client's connection: a stream for each request, with one answer or several.

use super::{FIRST_WORD_TIMEOUT, Hall};
use crate::input::{Input, RESPONSES_MAX};
use crate::lease::{Mouth, Speech};
use godwit_common::message::client::{Refusal, RefusalKind};
use godwit_common::message::{Request, Response};
use godwit_coordinator_core::event::RequestId;
use godwit_transport::{Connection, Error, Receiver, Sender};
use tokio::sync::mpsc;

pub(super) async fn serve(hall: Hall, connection: Connection) {
    while let Some((sender, receiver)) = connection.accept().await {
        let (hall, connection) = (hall.clone(), connection.clone());
        hall.tasks.clone().spawn(async move {
            if let Err(error) = answer(hall, &connection, sender, receiver).await {
                tracing::debug!("a request was not answered: {error}");
            }
        });
    }
}

async fn answer(
    hall: Hall,
    connection: &Connection,
    mut sender: Sender,
    mut receiver: Receiver,
) -> Result<(), Error> {
    let Ok(request) = tokio::time::timeout(FIRST_WORD_TIMEOUT, receiver.recv::<Request>()).await else {
        return Ok(());
    };
    let Some(request) = request? else { return Ok(()) };
    let id = RequestId(hall.counter.next());
    let (responses, mut answers) = mpsc::channel(RESPONSES_MAX);
    if hall.inputs.send(Input::Request { id, request, responses }).await.is_err() {
        return Ok(());
    }
    let result = tokio::select! {
        result = pass_on(hall.lease.mouth(), &mut sender, &mut answers) => result,
        error = abandoned(&mut receiver) => Err(error),
        ending = connection.closed() => Err(Error::Ended { remote: connection.remote(), ending }),
    };
    match result {
        Ok(()) => sender.delivered().await,
        Err(error) => {
            // The driver may be gone already; then nobody needs to know.
            let _ = hall.inputs.send(Input::RequestGone(id)).await;
            Err(error)
        }
    }
}

async fn pass_on(
    mut mouth: Mouth,
    sender: &mut Sender,
    answers: &mut mpsc::Receiver<Response>,
) -> Result<(), Error> {
    while let Some(response) = answers.recv().await {
        if mouth.may_say(speech(&response)).await.is_err() {
            // The client hears nothing, and asks whoever leads now.
            break;
        }
        sender.send(&response).await?;
    }
    Ok(())
}

fn speech(response: &Response) -> Speech {
    match response {
        Response::Refused(Refusal { kind: RefusalKind::Infrastructure, .. }) | Response::Coordinator(_) => {
            Speech::Excuse
        }
        _ => Speech::Fact,
    }
}

/// Ends when the client drops its side of the stream. A client that only has nothing more to say goes on listening.
async fn abandoned(receiver: &mut Receiver) -> Error {
    match receiver.recv::<Request>().await {
        Ok(_) => std::future::pending().await,
        Err(error) => error,
    }
}
