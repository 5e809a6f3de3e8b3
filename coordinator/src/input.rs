//! Everything that reaches the driver, from one queue.

use godwit_common::memo::ContentDigest;
use godwit_common::message::worker::{FromWorker, ToWorker, WorkerHello};
use godwit_common::message::{Request, Response};
use godwit_coordinator_core::event::{LinkId, RequestId};
use godwit_transport::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// Inputs that wait for the driver. When it is full, readers wait, and so do the peers behind them.
pub(crate) const INPUTS_MAX: usize = 1024;

/// Messages that wait to be sent to one worker. They are batches: a worker that is this far behind does not read.
pub(crate) const OUTBOX_MESSAGES_MAX: usize = 4096;

/// Responses that wait to be sent to one client.
pub(crate) const RESPONSES_MAX: usize = 64;

/// One thing that happened outside.
#[derive(Debug)]
pub(crate) enum Input {
    /// A worker said who it is.
    WorkerHello {
        link: LinkId,
        hello: Box<WorkerHello>,
        outbox: mpsc::Sender<ToWorker>,
        connection: Connection,
    },
    /// A worker said something else.
    WorkerMessage { link: LinkId, message: FromWorker },
    /// A worker's connection is gone.
    WorkerGone { link: LinkId, reason: String },
    /// A client asks for something.
    Request { id: RequestId, request: Request, responses: mpsc::Sender<Response> },
    /// A client does not wait any more.
    RequestGone(RequestId),
    /// A blob was read, or cannot be.
    BlobRead { digest: ContentDigest, result: Result<Arc<str>, String> },
    /// Somebody in this process wants something.
    Control(Control),
}

/// What the owner of an embedded coordinator can want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    /// Start nothing new.
    Drain,
    /// Stop what runs; it goes back to the queue.
    StopTasks,
    /// End, with everything durable.
    Stop,
    /// Do not wait any longer for the end.
    GiveUp,
}

/// Counts links and requests; a number is never used twice.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}
