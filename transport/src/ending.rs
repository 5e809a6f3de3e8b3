//! How a connection ended.

use quinn::ConnectionError;
use std::fmt;

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The peer closed it and gave this reason; empty if it just went away in good order.
    ClosedByPeer(String),
    /// This side closed it.
    ClosedHere,
    /// Nothing came from the peer for the idle timeout.
    Silent,
    /// The peer's machine answers but knows nothing of the connection: the peer was restarted.
    Forgotten,
    /// The transport gave up, for this reason.
    Broken(String),
}

impl From<ConnectionError> for Ending {
    fn from(error: ConnectionError) -> Ending {
        match error {
            ConnectionError::ApplicationClosed(close) => {
                Ending::ClosedByPeer(String::from_utf8_lossy(&close.reason).into_owned())
            }
            ConnectionError::LocallyClosed => Ending::ClosedHere,
            ConnectionError::TimedOut => Ending::Silent,
            ConnectionError::Reset => Ending::Forgotten,
            other @ (ConnectionError::ConnectionClosed(_)
            | ConnectionError::TransportError(_)
            | ConnectionError::VersionMismatch
            | ConnectionError::CidsExhausted) => Ending::Broken(other.to_string()),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ending::ClosedByPeer(reason) if reason.is_empty() => f.write_str("the peer left"),
            Ending::ClosedByPeer(reason) => write!(f, "the peer closed it: {reason}"),
            Ending::ClosedHere => f.write_str("this side closed it"),
            Ending::Silent => f.write_str("nothing was heard for the idle timeout"),
            Ending::Forgotten => f.write_str("the peer was restarted"),
            Ending::Broken(reason) => f.write_str(reason),
        }
    }
}
