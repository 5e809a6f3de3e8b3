//! Noticing changes without reading contents.

use crate::fault::Fault;
use crate::folder::{join, names};
use crate::identity::{Identity, special};
use crate::limits::FOLDER_ENTRIES_MAX;
use godwit_common::memo::Stamp;
use std::fs::{self, Metadata};
use std::path::Path;

/// The stamp of a file, or of a folder: the sum of its files' sizes, and the latest time of all that is in it and of
/// itself. A symbolic link is followed if it is `path` itself.
///
/// # Errors
/// If nothing is there, if it cannot be read, if it is neither file nor folder, or if it has too much in it.
pub fn stamp(path: &Path) -> Result<Stamp, Fault> {
    let metadata = fs::metadata(path).map_err(|error| Fault::of(path, error))?;
    let kind = metadata.file_type();
    if kind.is_file() {
        return Ok(Identity::new(&metadata).stamp());
    }
    if !kind.is_dir() {
        return Err(Fault::Special { path: path.to_path_buf(), kind: special(kind) });
    }
    let mut walk = Walk { top: path, left: FOLDER_ENTRIES_MAX, stamp: own(&metadata) };
    walk.folder(path, 0)?;
    Ok(walk.stamp)
}

struct Walk<'a> {
    top: &'a Path,
    left: u64,
    stamp: Stamp,
}

impl Walk<'_> {
    fn folder(&mut self, path: &Path, depth: usize) -> Result<(), Fault> {
        for name in names(path, self.top, depth, &mut self.left)? {
            let path = path.join(name);
            let metadata = fs::symlink_metadata(&path).map_err(|error| Fault::of_known(&path, error))?;
            if metadata.is_file() {
                join(&mut self.stamp, Identity::new(&metadata).stamp());
                continue;
            }
            join(&mut self.stamp, own(&metadata));
            if metadata.is_dir() {
                self.folder(&path, depth + 1)?;
            }
        }
        Ok(())
    }
}

/// What a folder or a link adds: its time, as the size of a folder says nothing.
fn own(metadata: &Metadata) -> Stamp {
    Stamp { size: 0, modified: Identity::new(metadata).modified }
}
