//! Everything that can happen to a coordinator.

use godwit_common::ids::{Epoch, WorkerId};
use godwit_common::memo::ContentDigest;
use godwit_common::message::client::Request;
use godwit_common::message::worker::{FromWorker, WorkerHello};
use std::sync::Arc;

/// A connection with a worker. The shell counts them; a number is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

/// A request of a client. The shell counts them; a number is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Counts the records that were appended in this reign, from 1. The log says up to which one all are durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

/// What the shell tells the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The log is replayed and the store is ours: the reign begins.
    Begin(Epoch),
    /// A worker connected and said who it is.
    WorkerHello {
        /// Its connection.
        link: LinkId,
        /// Who it is.
        hello: Box<WorkerHello>,
    },
    /// A worker said something after its hello.
    WorkerMessage {
        /// Its connection.
        link: LinkId,
        /// What it said.
        message: FromWorker,
    },
    /// The connection with a worker is gone.
    WorkerGone {
        /// The connection.
        link: LinkId,
        /// Why, as far as is known.
        reason: String,
    },
    /// A client asks for something. It is answered by [`Action::Respond`](crate::action::Action::Respond).
    Request {
        /// By this number.
        id: RequestId,
        /// What it asks for.
        request: Request,
    },
    /// A client does not wait for its answer any more.
    RequestGone(RequestId),
    /// All records up to here are on storage.
    Durable(Position),
    /// Bytes of records that wait for the store, and what is wrong with it if anything is.
    Store {
        /// Bytes that are appended and not durable.
        pending_bytes: u64,
        /// The trouble.
        trouble: Option<String>,
    },
    /// A blob was read, or cannot be, for this reason; what can pass was tried again already.
    BlobRead {
        /// Which.
        digest: ContentDigest,
        /// Its text.
        result: Result<Arc<str>, String>,
    },
    /// The time that `next_wakeup` named has come.
    Wakeup,
    /// Start nothing new, let running tasks end: the first Ctrl-C of `godwit run`.
    Drain,
    /// Stop all running tasks: the second Ctrl-C of `godwit run`. They are started again by the next run.
    StopTasks,
    /// A worker was lost for good to the shell's knowledge, such as a batch job that ended.
    WorkerEnded(WorkerId),
}
