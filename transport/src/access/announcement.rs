//! Where the coordinator of a cluster is to be found: the file `coordinator.json` in the access directory.
//!
//! It is a hint: a coordinator that was killed leaves it behind. Who holds the directory is known by its lock.

use crate::access::files;
use crate::error::Error;
use crate::hello::SOFTWARE_VERSION;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::Path;

const FILE: &str = "coordinator.json";

/// What a running coordinator says about itself. Fields that this version does not know are skipped, so that a
/// coordinator of another version is found and can say what to upgrade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Where it listens, each as `host:port`, the best first.
    pub addresses: Vec<String>,
    /// Its epoch in its store.
    pub epoch: u32,
    /// Its process.
    pub pid: u32,
    /// The machine on which the process is.
    pub host: String,
    /// When it started.
    pub started: Timestamp,
    /// The version of its software.
    pub software: String,
}

impl Announcement {
    /// What this process says if it is the coordinator of `epoch` and listens at `addresses`.
    pub fn new(addresses: Vec<String>, epoch: u32) -> Announcement {
        Announcement {
            addresses,
            epoch,
            pid: std::process::id(),
            host: crate::addresses::host(),
            started: Timestamp::now(),
            software: SOFTWARE_VERSION.to_owned(),
        }
    }
}

/// Writes the announcement into the access directory, in place of any other.
///
/// # Errors
/// [`Error::File`] if it cannot be written.
pub fn announce(directory: &Path, announcement: &Announcement) -> Result<(), Error> {
    let path = directory.join(FILE);
    let text = serde_json::to_string_pretty(announcement)
        .map_err(|error| Error::file("write", &path, std::io::Error::other(error)))?;
    files::write(&path, &(text + "\n"))
}

/// Reads the announcement; `None` if no coordinator runs, or at least none has announced itself.
///
/// # Errors
/// [`Error::NoAccess`] or [`Error::Exposed`] for the directory, [`Error::File`] or [`Error::Announcement`] for the
/// file.
pub fn read_announcement(directory: &Path) -> Result<Option<Announcement>, Error> {
    files::check_directory(directory)?;
    let path = directory.join(FILE);
    let Some(text) = files::read(&path)? else {
        return Ok(None);
    };
    match serde_json::from_str(&text) {
        Ok(announcement) => Ok(Some(announcement)),
        Err(_) => Err(Error::Announcement { path }),
    }
}

/// Takes this coordinator's own announcement away; that of a successor stays.
///
/// # Errors
/// As [`read_announcement`].
pub fn withdraw(directory: &Path, announcement: &Announcement) -> Result<(), Error> {
    if read_announcement(directory)?.as_ref() == Some(announcement) {
        files::remove(&directory.join(FILE))?;
    }
    Ok(())
}
