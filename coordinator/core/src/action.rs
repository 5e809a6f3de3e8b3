//! Everything that a coordinator can do.

use crate::event::{LinkId, Position, RequestId};
use crate::record::Record;
use godwit_common::ids::WorkerId;
use godwit_common::memo::ContentDigest;
use godwit_common::message::client::Response;
use godwit_common::message::worker::{OutputStream, SpoolSource, ToWorker};
use std::sync::Arc;

/// What the core tells the shell to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Append a record to the log. Positions count up by one.
    Append(Position, Record),
    /// Put a large value into the store as a blob, before any record that is appended after this.
    AppendBlob(Arc<str>),
    /// Read a blob; [`Event::BlobRead`](crate::event::Event::BlobRead) has what came of it.
    ReadBlob(ContentDigest),
    /// Send a message to a worker. If the connection is gone, drop it: the core will hear of that.
    Send(LinkId, ToWorker),
    /// Close a worker's connection.
    Close(LinkId, String),
    /// Answer a client.
    Respond {
        /// Which request.
        id: RequestId,
        /// The answer.
        response: Response,
        /// Whether it was the last one.
        last: bool,
    },
    /// Answer a client with the output of a task, read from where it is; nothing more comes from the core.
    RespondOutput {
        /// Which request.
        id: RequestId,
        /// Where the output is.
        place: OutputPlace,
    },
    /// Say something on the console and in the event log.
    Notice(Notice),
    /// The log holds all that there was, every answer is out: end the process.
    Exit,
}

/// Where the output of a task is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputPlace {
    /// In spools of a worker.
    Spool {
        /// The worker's connection, if it is there.
        link: Option<LinkId>,
        /// The worker.
        worker: WorkerId,
        /// Its host.
        host: String,
        /// The folder of its spools, which may be readable from here.
        folder: String,
        /// Where in them.
        source: SpoolSource,
        /// Which stream.
        stream: OutputStream,
        /// Go on until the attempt ends.
        follow: bool,
    },
    /// In a file that the task named.
    File {
        /// The absolute path.
        path: String,
        /// Go on until the attempt ends.
        follow: bool,
    },
}

/// Something that a person at the console wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How much it matters.
    pub level: Level,
    /// One sentence.
    pub sentence: String,
}

/// How much a [`Notice`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know.
    Info,
    /// Somebody may have to do something.
    Warning,
    /// Something is broken.
    Error,
}
