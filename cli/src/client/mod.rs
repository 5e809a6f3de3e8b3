//! The side of a client: asks the coordinator, of this process or over the network.
//!
//! Trying again after a loss is the business of [`find_again`] and [`watch()`]; everything here tries once.

mod again;
mod watch;

pub(crate) use again::find_again;
pub(crate) use watch::{News, watch};

use crate::cluster::Cluster;
use crate::console::say;
use crate::errors::Error;
use godwit_common::ids::WorkflowId;
use godwit_common::message::view::WorkflowView;
use godwit_common::message::{Request, Response};
use godwit_transport::{Connection, Hello, Receiver, Role, Timing, connect_or_look_up};
use std::time::Duration;

/// People wonder what is going on after this long without an answer.
const ANSWER_LATE: Duration = Duration::from_secs(10);

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection with a coordinator.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    connection: Connection,
}

/// Several answers to one request.
#[derive(Debug)]
pub(crate) struct Responses {
    receiver: Receiver,
}

/// Why a request came to nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The coordinator cannot be reached or is gone; trying again may help.
    Lost(Error),
    /// Trying again does not help.
    Final(Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        match failure {
            Failure::Lost(error) | Failure::Final(error) => error,
        }
    }
}

impl From<godwit_transport::Error> for Failure {
    fn from(error: godwit_transport::Error) -> Failure {
        let told = Error::infrastructure(&error);
        if error.is_final() { Failure::Final(told) } else { Failure::Lost(told) }
    }
}

impl Client {
    /// A client over a connection within this process.
    pub(crate) fn over(connection: Connection) -> Client {
        Client { connection }
    }

    /// Connects to the coordinator of a cluster.
    ///
    /// # Errors
    /// [`Failure::Lost`] if none is running or it cannot be reached now.
    pub(crate) async fn connect(cluster: &Cluster) -> Result<Client, Failure> {
        let away = |reason: &str| Failure::Lost(Error::infrastructure(cluster.away(reason)));
        let access = match cluster.access(Role::Client) {
            Err(godwit_transport::Error::NoAccess { .. }) => {
                return Err(away(&format!("there is no access directory {}", cluster.place())));
            }
            other => other?,
        };
        let mut addresses = cluster.addresses(&access)?;
        let mut look_up = Some(look_up(cluster));
        if addresses.is_empty()
            && let Some(look_up) = look_up.take()
        {
            addresses = look_up.await?;
        }
        if addresses.is_empty() {
            return Err(away(&format!("none has announced itself in {}", cluster.place())));
        }
        let later = async {
            match look_up {
                Some(look_up) => look_up.await,
                None => Ok(Vec::new()),
            }
        };
        let timing = Timing { handshake_timeout: CONNECT_TIMEOUT, ..Timing::default() };
        let hello = Hello::new(Role::Client);
        match connect_or_look_up(&addresses, later, &access, &hello, &timing).await {
            Ok(connection) => Ok(Client { connection }),
            Err(error @ godwit_transport::Error::Unreachable { .. }) => Err(away(&error.to_string())),
            Err(error) => Err(error.into()),
        }
    }

    /// Asks for something that is answered several times.
    ///
    /// # Errors
    /// [`Failure::Lost`] if the connection is gone.
    pub(crate) async fn responses(&self, request: &Request) -> Result<Responses, Failure> {
        let (mut sender, receiver) = self.connection.open().await?;
        sender.send(request).await?;
        sender.finish().await?;
        Ok(Responses { receiver })
    }

    /// Asks for something that is answered once.
    ///
    /// # Errors
    /// A refusal, or [`Failure::Lost`].
    pub(crate) async fn ask(&self, request: &Request) -> Result<Response, Failure> {
        let mut responses = self.responses(request).await?;
        let answer = async {
            match responses.next().await? {
                Some(response) => Ok(response),
                None => Err(Failure::Lost(Error::infrastructure("the coordinator ended without an answer"))),
            }
        };
        let mut answer = std::pin::pin!(answer);
        match tokio::time::timeout(ANSWER_LATE, &mut answer).await {
            Ok(result) => result,
            Err(_) => {
                say("the coordinator takes its time to answer; 'godwit coordinator status' may know why");
                answer.await
            }
        }
    }

    /// As [`ask`](Self::ask), for one kind of answer.
    pub(crate) async fn expect<T>(
        &self,
        request: &Request,
        pick: impl FnOnce(Response) -> Option<T>,
    ) -> Result<T, Failure> {
        pick(self.ask(request).await?).ok_or_else(unexpected)
    }

    /// Hands a workflow in; says its number and whether it was there before.
    pub(crate) async fn submit(&self, request: &Request) -> Result<(WorkflowId, bool), Failure> {
        self.expect(request, |response| match response {
            Response::Submitted { workflow, resumed } => Some((workflow, resumed)),
            _ => None,
        })
        .await
    }

    /// How a workflow is.
    pub(crate) async fn workflow(&self, workflow: WorkflowId) -> Result<WorkflowView, Failure> {
        self.expect(&Request::Status(workflow), |response| match response {
            Response::Workflow(view) => Some(*view),
            _ => None,
        })
        .await
    }

    /// Has something done.
    pub(crate) async fn perform(&self, request: &Request) -> Result<(), Failure> {
        self.expect(request, |response| matches!(response, Response::Done).then_some(())).await
    }

    /// Has tasks changed; says how many.
    pub(crate) async fn change(&self, request: &Request) -> Result<u64, Failure> {
        self.expect(request, |response| match response {
            Response::Changed(count) => Some(count),
            _ => None,
        })
        .await
    }

    /// Says goodbye, so that the coordinator need not wonder.
    pub(crate) async fn close(self) {
        self.connection.close("").await;
    }
}

impl Responses {
    /// The next answer; `None` after the last. Safe to cancel.
    ///
    /// # Errors
    /// A refusal, or [`Failure::Lost`].
    pub(crate) async fn next(&mut self) -> Result<Option<Response>, Failure> {
        match self.receiver.recv().await? {
            Some(Response::Refused(refusal)) => Err(Failure::Final(refusal.into())),
            other => Ok(other),
        }
    }
}

/// Where the store of the cluster says that the coordinator is.
async fn look_up(cluster: &Cluster) -> Result<Vec<String>, godwit_transport::Error> {
    cluster.look_up().await.map_err(|error| godwit_transport::Error::Unreachable {
        address: "the place that its store names".to_owned(),
        problem: error.sentence,
    })
}

/// The coordinator answered another question.
pub(crate) fn unexpected() -> Failure {
    Failure::Final(Error::infrastructure(
        "the coordinator gave an answer of another kind; this is a defect of godwit, please report it",
    ))
}
