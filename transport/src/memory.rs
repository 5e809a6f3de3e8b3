//! A connection within one process: the same behaviour as over the network, without sockets and certificates.
//!
//! Each direction of a stream is a bounded pipe. As over QUIC, a stream reaches the peer with its first bytes, and
//! what had arrived before the connection was closed can still be read.

use crate::ending::Ending;
use crate::limits::{MEMORY_STREAM_BYTES, READ_BYTES, STREAMS_MAX};
use crate::stream::Broken;
use bytes::BytesMut;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::{Mutex, mpsc, watch};

/// One end of a connection. The connection is closed when the last clone and the last stream of an end are dropped.
#[derive(Clone)]
pub(crate) struct End(Arc<Side>);

struct Side {
    name: Name,
    ended: watch::Sender<Option<Closed>>,
    to_peer: mpsc::Sender<Pipes>,
    from_peer: Mutex<mpsc::Receiver<Pipes>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    Coordinator,
    Peer,
}

#[derive(Clone)]
struct Closed {
    by: Name,
    reason: String,
}

/// A stream's two pipes, as one side sees them.
struct Pipes {
    outgoing: DuplexStream,
    incoming: DuplexStream,
}

/// The outgoing half of a stream.
pub(crate) struct Outgoing {
    pipe: DuplexStream,
    /// What the peer gets once something is sent.
    unseen: Option<Pipes>,
    end: End,
}

/// The incoming half of a stream.
pub(crate) struct Incoming {
    pipe: DuplexStream,
    end: End,
}

impl End {
    pub(crate) fn pair() -> (End, End) {
        let (ended, _) = watch::channel(None);
        let (to_peer, at_peer) = mpsc::channel(STREAMS_MAX as usize);
        let (to_coordinator, at_coordinator) = mpsc::channel(STREAMS_MAX as usize);
        let end = |name, to_peer, from_peer| {
            End(Arc::new(Side { name, ended: ended.clone(), to_peer, from_peer: Mutex::new(from_peer) }))
        };
        (end(Name::Coordinator, to_peer, at_coordinator), end(Name::Peer, to_coordinator, at_peer))
    }

    pub(crate) fn open(&self) -> Result<(Outgoing, Incoming), Ending> {
        if let Some(ending) = self.0.ending() {
            return Err(ending);
        }
        let (to_there, from_here) = duplex(MEMORY_STREAM_BYTES);
        let (to_here, from_there) = duplex(MEMORY_STREAM_BYTES);
        let unseen = Some(Pipes { outgoing: to_here, incoming: from_here });
        let outgoing = Outgoing { pipe: to_there, unseen, end: self.clone() };
        Ok((outgoing, Incoming { pipe: from_there, end: self.clone() }))
    }

    pub(crate) async fn accept(&self) -> Option<(Outgoing, Incoming)> {
        let mut from_peer = self.0.from_peer.lock().await;
        let pipes = tokio::select! {
            biased;
            pipes = from_peer.recv() => pipes?,
            _ = self.closed() => return None,
        };
        let outgoing = Outgoing { pipe: pipes.outgoing, unseen: None, end: self.clone() };
        Some((outgoing, Incoming { pipe: pipes.incoming, end: self.clone() }))
    }

    pub(crate) fn close(&self, reason: &str) {
        self.0.close(reason);
    }

    pub(crate) async fn closed(&self) -> Ending {
        let mut ended = self.0.ended.subscribe();
        // It cannot fail: this end owns a sender.
        let _ = ended.wait_for(Option::is_some).await;
        self.0.ending().unwrap_or(Ending::ClosedHere)
    }
}

impl Side {
    fn close(&self, reason: &str) {
        self.ended.send_if_modified(|ended| {
            let first = ended.is_none();
            ended.get_or_insert_with(|| Closed { by: self.name, reason: reason.to_owned() });
            first
        });
    }

    fn ending(&self) -> Option<Ending> {
        let Closed { by, reason } = self.ended.borrow().clone()?;
        Some(if by == self.name { Ending::ClosedHere } else { Ending::ClosedByPeer(reason) })
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        self.close("");
    }
}

impl Outgoing {
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<usize, Broken> {
        self.show().await?;
        if let Some(ending) = self.end.0.ending() {
            return Err(Broken::Connection(ending));
        }
        tokio::select! {
            biased;
            written = self.pipe.write(bytes) => written.map_err(|_| Broken::Stream("the peer wants no more of it")),
            ending = self.end.closed() => Err(Broken::Connection(ending)),
        }
    }

    pub(crate) async fn finish(&mut self) -> Result<(), Broken> {
        self.show().await?;
        // It cannot fail: a pipe's shutdown only marks its end.
        let _ = self.pipe.shutdown().await;
        Ok(())
    }

    /// Lets the peer accept the stream.
    async fn show(&mut self) -> Result<(), Broken> {
        if self.unseen.is_none() {
            return Ok(());
        }
        let permit = tokio::select! {
            permit = self.end.0.to_peer.reserve() => permit.ok(),
            _ = self.end.closed() => None,
        };
        let Some(permit) = permit else {
            return Err(Broken::Connection(self.end.closed().await));
        };
        if let Some(pipes) = self.unseen.take() {
            permit.send(pipes);
        }
        Ok(())
    }
}

impl Incoming {
    pub(crate) async fn read_into(&mut self, buffer: &mut BytesMut) -> Result<bool, Broken> {
        buffer.reserve(READ_BYTES);
        tokio::select! {
            biased;
            read = self.pipe.read_buf(buffer) => match read {
                Ok(bytes) => Ok(bytes > 0),
                Err(_) => Err(Broken::Stream("it cannot be read")),
            },
            ending = self.end.closed() => Err(Broken::Connection(ending)),
        }
    }
}
