//! Everything that travels between coordinator, workers and clients, one frame each.
//!
//! A body is frozen for its (kind, version): see [`frame`](crate::frame). Kinds 1 and 2 are the handshake, which
//! belongs to the transport.

pub mod client;
pub mod view;
pub mod worker;

pub use client::{Request, Response};
pub use worker::{FromWorker, ToWorker};

use crate::frame::Message;

impl Message for ToWorker {
    const KIND: u8 = 3;
    const VERSION: u8 = 2;
    const NAME: &'static str = "message to a worker";
}

impl Message for FromWorker {
    const KIND: u8 = 4;
    const VERSION: u8 = 2;
    const NAME: &'static str = "message from a worker";
}

impl Message for Request {
    const KIND: u8 = 5;
    const VERSION: u8 = 2;
    const NAME: &'static str = "request";
}

impl Message for Response {
    const KIND: u8 = 6;
    const VERSION: u8 = 2;
    const NAME: &'static str = "response";
}

impl Message for worker::SpoolRequest {
    const KIND: u8 = 7;
    const VERSION: u8 = 1;
    const NAME: &'static str = "spool request";
}

impl Message for worker::SpoolChunk {
    const KIND: u8 = 8;
    const VERSION: u8 = 1;
    const NAME: &'static str = "spool chunk";
}
