//! The coordinator's side: peers knock, prove their role, say their version, and are let in or sent away.
//!
//! Whoever knocks costs little until its certificate was checked, and the number of handshakes in progress is bounded.

use crate::access::{Access, Holder, read_announcement, read_certificate};
use crate::connection::{Connection, Remote, cut};
use crate::error::Error;
use crate::hello::{Answer, Hello, Role, judge};
use crate::limits::{HANDSHAKES_MAX, HELLO_BYTES_MAX, LISTENER_CLOSE_WAIT, REFUSAL_WAIT, Timing};
use crate::{quic, tls};
use jiff::Timestamp;
use quinn::VarInt;
use rustls_pki_types::CertificateDer;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// A coordinator's open door.
#[derive(Debug)]
pub struct Listener {
    endpoint: quinn::Endpoint,
    local_addr: SocketAddr,
    handshakes: Arc<Semaphore>,
    handshake_timeout: Duration,
}

/// Somebody who knocked. Nothing is known of them yet.
#[derive(Debug)]
pub struct Incoming {
    knock: quinn::Incoming,
    handshake_timeout: Duration,
    _permit: OwnedSemaphorePermit,
}

/// Somebody who was let in.
#[derive(Debug)]
pub struct Peer {
    /// The connection with the peer.
    pub connection: Connection,
    /// What the peer is, as its certificate proves.
    pub role: Role,
    /// What the peer said of itself.
    pub hello: Hello,
}

impl Listener {
    /// Opens the door at `address`; port 0 takes a free one. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Credential`] if the credential is not a coordinator's or is out of date, [`Error::Listen`] if the
    /// address cannot be had.
    pub fn bind(address: SocketAddr, access: &Access, timing: &Timing) -> Result<Listener, Error> {
        access.require(Role::Coordinator)?;
        access.require_valid(Timestamp::now())?;
        let failed = |problem: String| Error::Listen { address, problem };
        let socket = UdpSocket::bind(address).map_err(|error| failed(bind_problem(&error)))?;
        let runtime =
            quinn::default_runtime().ok_or_else(|| failed("there is no tokio runtime".to_owned()))?;
        let server = quic::server_config(access, timing).map_err(failed)?;
        let config = quic::server_endpoint_config(access);
        let opened = quinn::Endpoint::new(config, Some(server), socket, runtime);
        let (endpoint, local_addr) = opened
            .and_then(|endpoint| endpoint.local_addr().map(|local| (endpoint, local)))
            .map_err(|error| failed(error.to_string()))?;
        let handshakes = Arc::new(Semaphore::new(HANDSHAKES_MAX));
        Ok(Listener { endpoint, local_addr, handshakes, handshake_timeout: timing.handshake_timeout })
    }

    /// The same, but if any port will do, the port of a coordinator that was killed is taken again if it can be had:
    /// its announcement is still in the access directory, and the workers that it left behind recognize a successor
    /// at the same place at once instead of after their idle timeout. The caller holds the directory's lock.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    pub fn bind_again(
        address: SocketAddr,
        directory: &Path,
        access: &Access,
        timing: &Timing,
    ) -> Result<Listener, Error> {
        if address.port() == 0
            && let Some(port) = former_port(directory)
            && let Ok(listener) = Listener::bind(SocketAddr::new(address.ip(), port), access, timing)
        {
            return Ok(listener);
        }
        Listener::bind(address, access, timing)
    }

    /// Where the door is.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Waits until somebody knocks; `None` once the listener is closed. Safe to cancel. The caller does the handshake
    /// in a task of its own, so that a slow peer keeps nobody else waiting.
    pub async fn accept(&self) -> Option<Incoming> {
        let permit = self.handshakes.clone().acquire_owned().await.ok()?;
        let knock = self.endpoint.accept().await?;
        Some(Incoming { knock, handshake_timeout: self.handshake_timeout, _permit: permit })
    }

    /// Closes the door and all connections that came through it, tells every peer why, and waits a little until they
    /// have heard it.
    pub async fn close(&self, reason: &str) {
        self.endpoint.close(VarInt::from_u32(0), cut(reason).as_bytes());
        // A peer that does not hear it notices by its idle timeout.
        let _ = timeout(LISTENER_CLOSE_WAIT, self.endpoint.wait_idle()).await;
    }
}

#[cfg(test)]
impl Listener {
    /// Takes one of the handshakes, as a peer does that says nothing.
    pub(crate) fn hold_handshake(&self) -> Option<OwnedSemaphorePermit> {
        self.handshakes.clone().try_acquire_owned().ok()
    }
}

impl Incoming {
    /// Where the knock came from.
    pub fn remote(&self) -> SocketAddr {
        self.knock.remote_address()
    }

    /// Checks certificate, version and role, within the handshake timeout.
    ///
    /// # Errors
    /// [`Error::Refused`] if the peer is not let in (it was told why), [`Error::Ended`] if it went away.
    pub async fn handshake(self) -> Result<Peer, Error> {
        let remote = Remote::Address(self.remote());
        let limit = self.handshake_timeout;
        match timeout(limit, welcome(self.knock, remote)).await {
            Ok(result) => result,
            Err(_) => {
                let reason = format!("it did not say what it is within {limit:?}");
                Err(Error::Refused { remote, reason, is_final: false })
            }
        }
    }
}

async fn welcome(knock: quinn::Incoming, remote: Remote) -> Result<Peer, Error> {
    let refusal = |error| tls::refusal(remote, error);
    let connection = knock.accept().map_err(refusal)?.await.map_err(refusal)?;
    let role =
        proven_role(&connection).map_err(|reason| Error::Refused { remote, reason, is_final: true })?;
    let connection = Connection::quic(connection, role);
    let Some((mut sender, receiver)) = connection.accept().await else {
        return Err(Error::Ended { remote, ending: connection.closed().await });
    };
    let Some(hello) = receiver.with_limit(HELLO_BYTES_MAX).recv::<Hello>().await? else {
        return Err(Error::Stream { remote, problem: "there was no hello in it" });
    };
    let answer = judge(&hello, role);
    sender.send(&answer).await?;
    let Answer::Refused { reason, is_final } = answer else {
        sender.finish().await?;
        return Ok(Peer { connection, role, hello });
    };
    // However badly it was heard, the peer is refused.
    let _ = timeout(REFUSAL_WAIT, sender.delivered()).await;
    connection.close(&reason).await;
    Err(Error::Refused { remote, reason, is_final })
}

/// The role in the peer's certificate, whose signature TLS has checked.
fn proven_role(connection: &quinn::Connection) -> Result<Role, String> {
    let identity = connection.peer_identity().ok_or("it showed no certificate")?;
    let chain = identity
        .downcast::<Vec<CertificateDer<'static>>>()
        .map_err(|_| "its certificate is of an unknown kind".to_owned())?;
    let certificate = chain.first().ok_or("it showed no certificate")?;
    match read_certificate(certificate)?.holder {
        Holder::Role(role) => Ok(role),
        Holder::Authority => Err("an authority's certificate is good for no connection".to_owned()),
    }
}

/// The port in an announcement that its coordinator did not live to withdraw.
fn former_port(directory: &Path) -> Option<u16> {
    let announced = read_announcement(directory).ok()??;
    let (_, port) = announced.addresses.first()?.rsplit_once(':')?;
    port.parse().ok()
}

fn bind_problem(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program has this port; name another with --listen, or port 0 for any free one".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address; name another with --listen".to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 are for privileged programs; name another with --listen".to_owned()
        }
        _ => error.to_string(),
    }
}
