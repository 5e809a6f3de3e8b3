//! What can go wrong between two machines, as sentences for the people who have to put it right.

use crate::connection::Remote;
use crate::ending::Ending;
use godwit_common::frame::FrameError;
use godwit_common::printable::reason;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// An error of the transport.
#[derive(Debug, Error)]
pub enum Error {
    /// There is no access directory, or none of the credential that is needed.
    #[error(
        "no access directory at {}; start a coordinator there first with 'godwit coordinator start', \
         or name one with --access", path.display()
    )]
    NoAccess {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A key, or the directory of keys, is open to other users.
    #[error("{} is open to other users (mode {mode:03o}); run 'chmod {wanted:03o} {}'", path.display(), path.display())]
    Exposed {
        /// The file or directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// What they should be.
        wanted: u32,
    },
    /// A credential is damaged, expired, not yet valid, of another role or of another cluster.
    #[error("cannot use the credential in {}: {problem}", path.display())]
    Credential {
        /// The file or directory that it came from.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// A file of the access directory cannot be read or written.
    #[error("cannot {doing} {}: {}", path.display(), reason(source))]
    File {
        /// What was being done to the file.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The access directory is not there and cannot be made, or is something else.
    #[error(
        "cannot make the access directory {}: {}; name a folder that you may write to with --access, or set GODWIT_HOME",
        path.display(), reason(source)
    )]
    Directory {
        /// The access directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What a coordinator wrote about itself is damaged.
    #[error(
        "cannot tell from {} where the coordinator is: it is damaged; start the coordinator again, which writes it anew",
        path.display()
    )]
    Announcement {
        /// The damaged file.
        path: PathBuf,
    },
    /// Another coordinator holds the access directory.
    #[error(
        "{holder} already runs with {}; stop it with 'godwit coordinator stop', let this one wait for its end with \
         --standby, or start this one for another cluster with --cluster NAME", path.display()
    )]
    Locked {
        /// The access directory.
        path: PathBuf,
        /// Who holds it, as far as is known.
        holder: String,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {problem}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not, and what to do.
        problem: String,
    },
    /// Nobody answered.
    #[error("cannot reach a coordinator at {address}: {problem}")]
    Unreachable {
        /// The address as it was given.
        address: String,
        /// What happened instead.
        problem: String,
    },
    /// Somebody answered, and one side would not have the other.
    #[error("no connection with {remote}: {reason}")]
    Refused {
        /// The other side.
        remote: Remote,
        /// Why not, and what to do.
        reason: String,
        /// Whether trying again later is useless.
        is_final: bool,
    },
    /// A connection is over.
    #[error("the connection with {remote} has ended: {ending}")]
    Ended {
        /// The other side.
        remote: Remote,
        /// How it ended.
        ending: Ending,
    },
    /// One stream of a connection is over before its time.
    #[error("a stream with {remote} has ended early: {problem}")]
    Stream {
        /// The other side.
        remote: Remote,
        /// How it ended.
        problem: &'static str,
    },
    /// What was to be sent or was received is not a frame that belongs here.
    #[error("cannot exchange a message with {remote}: {source}")]
    Frame {
        /// The other side.
        remote: Remote,
        /// What is wrong with the frame.
        source: FrameError,
    },
}

impl Error {
    /// Whether trying the same again later is useless, because somebody has to put something right first.
    pub fn is_final(&self) -> bool {
        match self {
            Error::NoAccess { .. }
            | Error::Exposed { .. }
            | Error::Directory { .. }
            | Error::Credential { .. }
            | Error::Locked { .. }
            | Error::Listen { .. } => true,
            Error::Refused { is_final, .. } => *is_final,
            Error::File { .. }
            | Error::Announcement { .. }
            | Error::Unreachable { .. }
            | Error::Ended { .. }
            | Error::Stream { .. }
            | Error::Frame { .. } => false,
        }
    }

    pub(crate) fn file(doing: &'static str, path: &Path, source: io::Error) -> Error {
        Error::File { doing, path: path.to_owned(), source }
    }

    pub(crate) fn credential(path: &Path, problem: impl Into<String>) -> Error {
        Error::Credential { path: path.to_owned(), problem: problem.into() }
    }

    pub(crate) fn unreachable(address: &impl ToString, problem: impl Into<String>) -> Error {
        Error::Unreachable { address: address.to_string(), problem: problem.into() }
    }
}
