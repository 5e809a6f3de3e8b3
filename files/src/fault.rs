//! Why there is no digest.

use crate::limits::{FOLDER_DEPTH_MAX, FOLDER_ENTRIES_MAX};
use godwit_common::printable::{one_line, reason};
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why there is no digest of a file or folder.
#[derive(Debug, Error)]
pub enum Fault {
    /// Nothing is there.
    #[error("{} is missing", shown(.0))]
    Missing(PathBuf),
    /// The system does not let it be read.
    #[error("{} cannot be read: {}", shown(path), reason(source))]
    Unreadable {
        /// What.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It has no content that stays.
    #[error("{} is {kind}, and only files and folders can be digested", shown(path))]
    Special {
        /// What.
        path: PathBuf,
        /// "a named pipe".
        kind: &'static str,
    },
    /// Somebody wrote to it meanwhile.
    #[error("{} was changed while it was being read; try again when nothing writes to it", shown(.0))]
    Changed(PathBuf),
    /// Whoever asked does not wait any more.
    #[error("{} was not read to its end, as nobody waits for it any more", shown(.0))]
    Stopped(PathBuf),
    /// A folder with more in it than is ever meant.
    #[error("{} has more than {FOLDER_ENTRIES_MAX} entries; name the files in it that matter", shown(.0))]
    TooManyEntries(PathBuf),
    /// Folders inside each other without end.
    #[error("{} has more than {FOLDER_DEPTH_MAX} folders inside each other; name the files that matter", shown(.0))]
    TooDeep(PathBuf),
}

impl Fault {
    /// What the system's refusal to look at `path` means.
    pub(crate) fn of(path: &Path, source: io::Error) -> Fault {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Fault::Missing(path),
            _ => Fault::Unreadable { path, source },
        }
    }

    /// What it means that `path`, which was there a moment ago, is gone.
    pub(crate) fn of_known(path: &Path, source: io::Error) -> Fault {
        match Fault::of(path, source) {
            Fault::Missing(path) => Fault::Changed(path),
            other => other,
        }
    }
}

fn shown(path: &Path) -> String {
    one_line(&path.to_string_lossy())
}
