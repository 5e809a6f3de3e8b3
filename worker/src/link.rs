//! The connection with the coordinator: made again and again until the worker leaves, and the streams on it.
//!
//! What is said on it is the core's business; what is kept from one connection to the next as well.

use crate::connector::Connector;
use crate::limits::{BACKOFF_MAX, BACKOFF_MIN, BATCH_MAX, FAREWELL_TIME, OUTGOING_MAX, SUSPICION};
use crate::random::jitter;
use crate::serve;
use crate::shell::{Input, Shell};
use godwit_common::message::worker::{FromWorker, ToWorker};
use godwit_transport::{Connection, Error, Receiver, Sender};
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

/// A connection that lasted this long was a good one: the next is made at once.
const GOOD: Duration = Duration::from_secs(10);

/// What happens to the connection.
#[derive(Debug)]
pub(crate) enum LinkEvent {
    /// There is one; what is put into the channel is said on it. Everything before belonged to another.
    Up(mpsc::Sender<Outgoing>),
    /// The coordinator said something.
    Message(ToWorker),
    /// It is gone.
    Down(String),
    /// There never was one, and there will be none.
    Hopeless(Error),
    /// There was one, and there will be none any more.
    Lost(String),
}

/// What is to be said.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Message(FromWorker),
    /// Everything has been said: see that it arrives, and close the connection for good.
    Farewell(String),
}

/// Makes connections until one is closed with a farewell.
pub(crate) async fn maintain(shell: Rc<Shell>, mut connector: impl Connector) {
    let mut failures = 0;
    let mut was_up = false;
    loop {
        let begun = Instant::now();
        match connector.connect().await {
            Ok(connection) => {
                was_up = true;
                match serve_connection(&shell, &connection, &mut connector).await {
                    Ended::ForGood => return,
                    // The coordinator may close the connection as soon as it has heard the last word.
                    Ended::Broken(_) if shell.is_leaving.get() => return,
                    Ended::Broken(reason) => {
                        tracing::info!(reason, "the connection with the coordinator has ended");
                        connection.close(&reason).await;
                        shell.tell(Input::Link(LinkEvent::Down(reason))).await;
                    }
                }
            }
            Err(error) => match end_of_hope(was_up, error) {
                Ok(event) => return shell.tell(Input::Link(event)).await,
                Err(error) if failures == 0 => tracing::warn!("{error}; trying again"),
                Err(error) => tracing::debug!("{error}; trying again"),
            },
        }
        failures = if begun.elapsed() >= GOOD && was_up { 0 } else { failures + 1 };
        sleep(backoff(failures)).await;
    }
}

/// What to tell if trying again is useless, else the error again. Once there was a connection, only a refusal is
/// believed to be for ever: files and names can be missing for a while.
fn end_of_hope(was_up: bool, error: Error) -> Result<LinkEvent, Error> {
    match error {
        error if !error.is_final() => Err(error),
        error if !was_up => Ok(LinkEvent::Hopeless(error)),
        error @ Error::Refused { .. } => Ok(LinkEvent::Lost(error.to_string())),
        error => Err(error),
    }
}

fn backoff(failures: u32) -> Duration {
    let span = BACKOFF_MIN * 2u32.saturating_pow(failures.min(10));
    jitter(span.min(BACKOFF_MAX))
}

/// How a connection ended.
enum Ended {
    Broken(String),
    ForGood,
}

async fn serve_connection(
    shell: &Rc<Shell>,
    connection: &Connection,
    connector: &mut impl Connector,
) -> Ended {
    let (sender, receiver) = match connection.open().await {
        Ok(stream) => stream,
        Err(error) => return Ended::Broken(error.to_string()),
    };
    let (outgoing, to_send) = mpsc::channel(OUTGOING_MAX);
    shell.tell(Input::Link(LinkEvent::Up(outgoing))).await;
    let heard = Cell::new(Instant::now());
    tokio::select! {
        reason = read(shell, receiver, &heard) => Ended::Broken(reason),
        ended = write(connection, sender, to_send) => ended,
        () = serve::serve(shell, connection) => Ended::Broken(connection.closed().await.to_string()),
        () = replaced(connector, &heard) => Ended::Broken("another coordinator has taken its place".to_owned()),
    }
}

async fn read(shell: &Shell, mut receiver: Receiver, heard: &Cell<Instant>) -> String {
    loop {
        match receiver.recv::<ToWorker>().await {
            Ok(Some(message)) => {
                heard.set(Instant::now());
                shell.tell(Input::Link(LinkEvent::Message(message))).await;
            }
            Ok(None) => return "the coordinator ended the conversation".to_owned(),
            Err(error) => return error.to_string(),
        }
    }
}

/// Waits until the coordinator is silent and another has taken its place.
async fn replaced(connector: &mut impl Connector, heard: &Cell<Instant>) {
    let mut patience = SUSPICION;
    loop {
        let silent = heard.get().elapsed();
        if silent < SUSPICION {
            patience = SUSPICION;
            sleep(SUSPICION - silent).await;
        } else if connector.is_replaced().await {
            return;
        } else {
            sleep(patience / 2).await;
            patience *= 2;
        }
    }
}

/// Says what is put into the channel, as much at once as there is.
async fn write(connection: &Connection, mut sender: Sender, mut to_send: mpsc::Receiver<Outgoing>) -> Ended {
    let mut batch = Vec::new();
    loop {
        if to_send.recv_many(&mut batch, BATCH_MAX).await == 0 {
            return Ended::Broken("this worker gave the connection up".to_owned());
        }
        for outgoing in batch.drain(..) {
            match outgoing {
                Outgoing::Message(message) => {
                    if let Err(error) = sender.feed(&message) {
                        return Ended::Broken(error.to_string());
                    }
                }
                Outgoing::Farewell(reason) => {
                    // Whatever does not arrive is known to the coordinator by the end of the connection.
                    let _ = timeout(FAREWELL_TIME, sender.delivered()).await;
                    connection.close(&reason).await;
                    return Ended::ForGood;
                }
            }
        }
        if let Err(error) = sender.flush().await {
            return Ended::Broken(error.to_string());
        }
    }
}
