//! Why a worker could not begin.

use godwit_common::printable::reason;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a worker could not begin. Once it has begun it ends with a [`Leave`](crate::Leave) instead.
#[derive(Debug, Error)]
pub enum Error {
    /// A setting or flag is wrong.
    #[error("{name}: {fault}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What is wrong with it.
        fault: String,
    },
    /// The folder of its spools cannot be made or written.
    #[error("cannot make the spool folder {}: {}; name another one with --spool", path.display(), reason(source))]
    Spool {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The coordinator will not have this worker, or there is no way to reach it that could become better with time.
    #[error(transparent)]
    Connect(#[from] godwit_transport::Error),
    /// The system refused something that a worker needs.
    #[error("cannot {doing}: {}", reason(source))]
    System {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn system(doing: &'static str, source: impl Into<io::Error>) -> Error {
        Error::System { doing, source: source.into() }
    }
}
