//! One connection with a peer, over QUIC or within the process; which of the two shows nowhere but in [`Remote`].

use crate::ending::Ending;
use crate::error::Error;
use crate::hello::Role;
use crate::limits::{CLOSE_REASON_BYTES_MAX, CLOSE_WAIT};
use crate::memory;
use crate::stream::{Incoming, Outgoing, Receiver, Sender};
use quinn::VarInt;
use std::fmt;
use std::net::SocketAddr;

/// Where a peer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remote {
    /// On the network.
    Address(SocketAddr),
    /// In this process.
    Memory,
}

/// A connection with a peer whose role is proven. Clones are the same connection; when the last of them and the last
/// of its streams is dropped, the connection is closed.
#[derive(Clone)]
pub struct Connection {
    link: Link,
    role: Role,
}

#[derive(Clone)]
enum Link {
    Quic(quinn::Connection),
    Memory(memory::End),
}

impl Connection {
    /// Both ends of a connection within this process. The first is the coordinator's, whose peer has `role`; the
    /// second is that peer's.
    pub fn pair(role: Role) -> (Connection, Connection) {
        let (coordinator, peer) = memory::End::pair();
        let end = |end, role| Connection { link: Link::Memory(end), role };
        (end(coordinator, role), end(peer, Role::Coordinator))
    }

    pub(crate) fn quic(connection: quinn::Connection, role: Role) -> Connection {
        Connection { link: Link::Quic(connection), role }
    }

    /// The peer's role, as proven by its certificate.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Where the peer is.
    pub fn remote(&self) -> Remote {
        match &self.link {
            Link::Quic(connection) => Remote::Address(connection.remote_address()),
            Link::Memory(_) => Remote::Memory,
        }
    }

    /// Opens a stream; the peer [`accept`](Self::accept)s it once something was sent on it. Waits while as many
    /// streams are open as the peer allows (16). Safe to cancel.
    ///
    /// # Errors
    /// [`Error::Ended`].
    pub async fn open(&self) -> Result<(Sender, Receiver), Error> {
        let remote = self.remote();
        match &self.link {
            Link::Quic(connection) => match connection.open_bi().await {
                Ok((outgoing, incoming)) => {
                    Ok(streams(Outgoing::Quic(outgoing), Incoming::Quic(incoming), remote))
                }
                Err(error) => Err(Error::Ended { remote, ending: error.into() }),
            },
            Link::Memory(end) => match end.open() {
                Ok((outgoing, incoming)) => Ok(streams(outgoing.into(), incoming.into(), remote)),
                Err(ending) => Err(Error::Ended { remote, ending }),
            },
        }
    }

    /// Waits for a stream that the peer opened; `None` when the connection has ended. Safe to cancel.
    pub async fn accept(&self) -> Option<(Sender, Receiver)> {
        let remote = self.remote();
        match &self.link {
            Link::Quic(connection) => {
                let (outgoing, incoming) = connection.accept_bi().await.ok()?;
                Some(streams(Outgoing::Quic(outgoing), Incoming::Quic(incoming), remote))
            }
            Link::Memory(end) => {
                let (outgoing, incoming) = end.accept().await?;
                Some(streams(outgoing.into(), incoming.into(), remote))
            }
        }
    }

    /// Closes the connection at once and tells the peer why, in one sentence of at most 900 bytes. What was sent but
    /// has not arrived is lost; [`Sender::delivered`] waits for that. Returns when the peer has been told, so that the
    /// process may end right after.
    pub async fn close(&self, reason: &str) {
        let reason = cut(reason);
        match &self.link {
            Link::Quic(connection) if connection.close_reason().is_none() => {
                let sent = connection.stats().udp_tx.datagrams;
                connection.close(VarInt::from_u32(0), reason.as_bytes());
                // Running out of time costs the peer its idle timeout, nothing more.
                let _ = tokio::time::timeout(CLOSE_WAIT, sent_more(connection, sent)).await;
            }
            Link::Quic(_) => {}
            Link::Memory(end) => end.close(reason),
        }
    }

    /// Waits until the connection has ended, and says how. Safe to cancel.
    pub async fn closed(&self) -> Ending {
        match &self.link {
            Link::Quic(connection) => connection.closed().await.into(),
            Link::Memory(end) => end.closed().await,
        }
    }
}

/// Lets the transport run until it has sent more datagrams than `before`; after a close that is the close. Waiting until
/// the endpoint is idle would take three probe timeouts, some 100 ms, which every short command would pay.
async fn sent_more(connection: &quinn::Connection, before: u64) {
    while connection.stats().udp_tx.datagrams == before {
        tokio::task::yield_now().await;
    }
}

fn streams(outgoing: Outgoing, incoming: Incoming, remote: Remote) -> (Sender, Receiver) {
    (Sender::new(outgoing, remote), Receiver::new(incoming, remote))
}

/// The longest beginning of `reason` that fits into one datagram.
pub(crate) fn cut(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(CLOSE_REASON_BYTES_MAX)]
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({} at {})", self.role, self.remote())
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remote::Address(address) => address.fmt(f),
            Remote::Memory => f.write_str("this process"),
        }
    }
}
