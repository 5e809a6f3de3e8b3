//! The content of one regular file.

use crate::fault::Fault;
use crate::identity::{Identity, special};
use crate::limits::{BUFFER_BYTES, READS_MAX};
use crate::meter::Meter;
use godwit_common::memo::ContentDigest;
use nix::libc;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Whether a symbolic link is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    /// The path was named by somebody.
    Follow,
    /// The path was found inside of a folder.
    Refuse,
}

/// Reads a file from one end to the other, again if it changes meanwhile.
pub(crate) fn digest(
    path: &Path,
    links: Links,
    meter: &Meter<'_>,
) -> Result<(ContentDigest, Identity), Fault> {
    for _ in 0..READS_MAX {
        let found = read_once(path, links, meter)?;
        if meter.is_stopped() {
            return Err(Fault::Stopped(path.to_path_buf()));
        }
        if let Some(found) = found {
            return Ok(found);
        }
    }
    Err(Fault::Changed(path.to_path_buf()))
}

/// The digest; none if the file changed under the reading.
fn read_once(
    path: &Path,
    links: Links,
    meter: &Meter<'_>,
) -> Result<Option<(ContentDigest, Identity)>, Fault> {
    let unreadable = |error| Fault::of(path, error);
    let mut file = open(path, links).map_err(unreadable)?;
    let before = file.metadata().map_err(unreadable)?;
    if !before.is_file() {
        let kind = special(before.file_type());
        return Err(Fault::Special { path: path.to_path_buf(), kind });
    }
    let before = Identity::new(&before);
    let (digest, bytes) = hash(&mut file, before.size, meter).map_err(unreadable)?;
    let after = Identity::new(&file.metadata().map_err(unreadable)?);
    Ok((before == after && bytes == before.size).then_some((digest, before)))
}

/// Opens without waiting for the other end of a pipe that may have taken the file's place.
fn open(path: &Path, links: Links) -> io::Result<File> {
    let flags = match links {
        Links::Follow => 0,
        Links::Refuse => libc::O_NOFOLLOW,
    };
    OpenOptions::new().read(true).custom_flags(flags | libc::O_NONBLOCK | libc::O_NOCTTY).open(path)
}

/// BLAKE3 of everything, and how much that was. A file that grows for ever is left when it is larger than it was.
fn hash(file: &mut File, size: u64, meter: &Meter<'_>) -> io::Result<(ContentDigest, u64)> {
    let mut hasher = blake3::Hasher::new();
    // One byte more than there should be, so that the end is seen without another round.
    let wanted = usize::try_from(size.saturating_add(1)).unwrap_or(BUFFER_BYTES);
    let mut buffer = vec![0; wanted.min(BUFFER_BYTES)];
    let mut bytes = 0;
    while bytes <= size && !meter.is_stopped() {
        let length = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&buffer[..length]);
        bytes += length as u64;
        meter.read(length as u64);
    }
    Ok((ContentDigest(hasher.finalize().into()), bytes))
}
