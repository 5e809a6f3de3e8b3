//! Messages on one stream: a sender that gathers frames into few writes, a receiver that can be cancelled anywhere.

use crate::connection::Remote;
use crate::ending::Ending;
use crate::error::Error;
use crate::limits::BUFFER_BYTES_KEPT;
use crate::memory;
use bytes::{Buf, BytesMut};
use godwit_common::frame::{self, FrameError, HEADER_BYTES, Message};
use quinn::{ReadError, WriteError};
use std::fmt;

/// The outgoing half of a stream. When it is dropped, the peer sees the stream end after what was flushed.
pub struct Sender {
    outgoing: Outgoing,
    /// Frames to be written; those before `written` are with the transport already.
    buffer: Vec<u8>,
    written: usize,
    remote: Remote,
}

/// The incoming half of a stream. When it is dropped early, the peer's next send fails.
pub struct Receiver {
    incoming: Incoming,
    buffer: BytesMut,
    frame_bytes_max: usize,
    remote: Remote,
}

pub(crate) enum Outgoing {
    Quic(quinn::SendStream),
    Memory(memory::Outgoing),
}

pub(crate) enum Incoming {
    Quic(quinn::RecvStream),
    Memory(memory::Incoming),
}

/// Why a stream is over.
pub(crate) enum Broken {
    Connection(Ending),
    Stream(&'static str),
}

impl Sender {
    pub(crate) fn new(outgoing: Outgoing, remote: Remote) -> Sender {
        Sender { outgoing, buffer: Vec::new(), written: 0, remote }
    }

    /// Sends one message and waits until the transport has taken it.
    ///
    /// # Errors
    /// As [`feed`](Self::feed) and [`flush`](Self::flush).
    pub async fn send<M: Message>(&mut self, message: &M) -> Result<(), Error> {
        self.feed(message)?;
        self.flush().await
    }

    /// Sends many messages in as few writes as possible.
    ///
    /// # Errors
    /// As [`feed`](Self::feed) and [`flush`](Self::flush); those before a message that does not fit stay fed.
    pub async fn send_all<'a, M: Message + 'a>(
        &mut self,
        messages: impl IntoIterator<Item = &'a M>,
    ) -> Result<(), Error> {
        for message in messages {
            self.feed(message)?;
            if self.unsent_bytes() >= BUFFER_BYTES_KEPT {
                self.flush().await?;
            }
        }
        self.flush().await
    }

    /// Adds a message to what the next [`flush`](Self::flush) sends. Nothing bounds how much is fed but the caller,
    /// who can ask for [`unsent_bytes`](Self::unsent_bytes).
    ///
    /// # Errors
    /// [`Error::Frame`] if the message is too long; the stream is then as it was.
    pub fn feed<M: Message>(&mut self, message: &M) -> Result<(), Error> {
        frame::encode(message, &mut self.buffer)
            .map_err(|source| Error::Frame { remote: self.remote, source })
    }

    /// Bytes that were fed and not yet taken by the transport.
    pub fn unsent_bytes(&self) -> usize {
        self.buffer.len() - self.written
    }

    /// Hands what was fed to the transport, and waits while a slow peer has too much in flight. Safe to cancel: the
    /// next flush goes on where this one was.
    ///
    /// # Errors
    /// [`Error::Ended`], or [`Error::Stream`] if the peer dropped its receiver.
    pub async fn flush(&mut self) -> Result<(), Error> {
        while self.written < self.buffer.len() {
            let rest = &self.buffer[self.written..];
            self.written += self.outgoing.write(rest).await.map_err(|broken| broken.at(self.remote))?;
        }
        self.written = 0;
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_BYTES_KEPT);
        Ok(())
    }

    /// Flushes, and tells the peer that this was the last message.
    ///
    /// # Errors
    /// As [`flush`](Self::flush).
    pub async fn finish(&mut self) -> Result<(), Error> {
        self.flush().await?;
        self.outgoing.finish().await.map_err(|broken| broken.at(self.remote))
    }

    /// Finishes, and waits until everything has arrived at the peer's machine, or the peer wants no more of it.
    ///
    /// # Errors
    /// As [`flush`](Self::flush).
    pub async fn delivered(mut self) -> Result<(), Error> {
        self.finish().await?;
        match &self.outgoing {
            Outgoing::Quic(stream) => match stream.stopped().await {
                Ok(_) => Ok(()),
                Err(error) => Err(Broken::from(WriteError::from(error)).at(self.remote)),
            },
            // What was written within a process is with the peer already.
            Outgoing::Memory(_) => Ok(()),
        }
    }
}

impl Receiver {
    pub(crate) fn new(incoming: Incoming, remote: Remote) -> Receiver {
        let frame_bytes_max = godwit_common::limits::FRAME_BYTES_MAX;
        Receiver { incoming, buffer: BytesMut::new(), frame_bytes_max, remote }
    }

    /// The same receiver with a lower limit on the length of a frame's body.
    pub(crate) fn with_limit(self, frame_bytes_max: usize) -> Receiver {
        Receiver { frame_bytes_max, ..self }
    }

    /// Waits for the next message; `None` when the peer has finished. Safe to cancel: nothing received is lost.
    ///
    /// # Errors
    /// [`Error::Frame`] if what came is not an `M`, [`Error::Stream`] if the peer stopped amid a frame,
    /// [`Error::Ended`] if the connection has. The stream is of no use after any of them.
    pub async fn recv<M: Message>(&mut self) -> Result<Option<M>, Error> {
        loop {
            if let Some(message) =
                self.decode().map_err(|source| Error::Frame { remote: self.remote, source })?
            {
                return Ok(Some(message));
            }
            let read = self.incoming.read_into(&mut self.buffer).await;
            if read.map_err(|broken| broken.at(self.remote))? {
                continue;
            }
            if self.buffer.is_empty() {
                return Ok(None);
            }
            return Err(Error::Stream {
                remote: self.remote,
                problem: "it stopped in the middle of a message",
            });
        }
    }

    /// Takes the first frame out of the buffer if it is there in full.
    fn decode<M: Message>(&mut self) -> Result<Option<M>, FrameError> {
        let Some(header) = self.buffer.first_chunk::<HEADER_BYTES>() else {
            return Ok(None);
        };
        let header = frame::decode_header(header)?;
        if header.body_bytes > self.frame_bytes_max {
            return Err(FrameError::TooLong { bytes: header.body_bytes });
        }
        let end = HEADER_BYTES + header.body_bytes;
        let Some(body) = self.buffer.get(HEADER_BYTES..end) else {
            return Ok(None);
        };
        let message = frame::decode_body(header, body)?;
        self.buffer.advance(end);
        if self.buffer.is_empty() && end > BUFFER_BYTES_KEPT {
            self.buffer = BytesMut::new();
        }
        Ok(Some(message))
    }
}

impl Outgoing {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Broken> {
        match self {
            Outgoing::Quic(stream) => stream.write(bytes).await.map_err(Broken::from),
            Outgoing::Memory(stream) => stream.write(bytes).await,
        }
    }

    async fn finish(&mut self) -> Result<(), Broken> {
        match self {
            Outgoing::Quic(stream) => {
                // It fails only if the stream was finished before or the peer wants no more; both are as good.
                let _ = stream.finish();
                Ok(())
            }
            Outgoing::Memory(stream) => stream.finish().await,
        }
    }
}

impl Incoming {
    /// Adds what has come to `buffer`; false at the end of the stream. Safe to cancel.
    async fn read_into(&mut self, buffer: &mut BytesMut) -> Result<bool, Broken> {
        match self {
            Incoming::Quic(stream) => match stream.read_chunk(usize::MAX, true).await? {
                Some(chunk) => {
                    buffer.extend_from_slice(&chunk.bytes);
                    Ok(true)
                }
                None => Ok(false),
            },
            Incoming::Memory(stream) => stream.read_into(buffer).await,
        }
    }
}

impl Broken {
    fn at(self, remote: Remote) -> Error {
        match self {
            Broken::Connection(ending) => Error::Ended { remote, ending },
            Broken::Stream(problem) => Error::Stream { remote, problem },
        }
    }
}

impl From<WriteError> for Broken {
    fn from(error: WriteError) -> Broken {
        match error {
            WriteError::ConnectionLost(error) => Broken::Connection(error.into()),
            WriteError::Stopped(_) => Broken::Stream("the peer wants no more of it"),
            WriteError::ClosedStream => Broken::Stream("it was finished before"),
            WriteError::ZeroRttRejected => Broken::Stream("it was opened too early"),
        }
    }
}

impl From<ReadError> for Broken {
    fn from(error: ReadError) -> Broken {
        match error {
            ReadError::ConnectionLost(error) => Broken::Connection(error.into()),
            ReadError::Reset(_) => Broken::Stream("the peer gave it up"),
            ReadError::ClosedStream => Broken::Stream("it was read to its end before"),
            ReadError::IllegalOrderedRead | ReadError::ZeroRttRejected => Broken::Stream("it cannot be read"),
        }
    }
}

impl From<memory::Outgoing> for Outgoing {
    fn from(stream: memory::Outgoing) -> Outgoing {
        Outgoing::Memory(stream)
    }
}

impl From<memory::Incoming> for Incoming {
    fn from(stream: memory::Incoming) -> Incoming {
        Incoming::Memory(stream)
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sender(to {}, {} bytes unsent)", self.remote, self.unsent_bytes())
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receiver(from {}, {} bytes unread)", self.remote, self.buffer.len())
    }
}
