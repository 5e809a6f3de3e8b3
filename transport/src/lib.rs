//! The network of a Godwit cluster: QUIC with mutual TLS, roles, the version handshake, and framed streams.
//!
//! Who may connect is decided by the [`access`] directory: a cluster authority and one credential for each [`Role`].
//! A coordinator [`bind`](Listener::bind)s a [`Listener`]; workers and clients [`connect()`]. Both end up with a
//! [`Connection`] whose streams carry [`Message`](godwit_common::frame::Message)s. An embedded coordinator and its
//! worker use [`Connection::pair`] instead, which has the same interface and touches no socket.
//!
//! **Architecture invariant:** this is the only crate that opens a network socket for the cluster. It does not know
//! what the messages mean, never reconnects by itself and reads no environment variable.

pub mod access;
mod addresses;
mod connect;
mod connection;
mod ending;
mod error;
mod hello;
mod limits;
mod listener;
mod memory;
mod quic;
mod refusal;
mod stream;
mod tls;

#[cfg(test)]
mod tests;

pub use access::Access;
pub use addresses::reachable_addresses;
pub use connect::{connect, connect_any, connect_or_look_up};
pub use connection::{Connection, Remote};
pub use ending::Ending;
pub use error::Error;
pub use hello::{Hello, PROTOCOL_VERSION, Role, SOFTWARE_VERSION};
pub use limits::Timing;
pub use listener::{Incoming, Listener, Peer};
pub use stream::{Receiver, Sender};
