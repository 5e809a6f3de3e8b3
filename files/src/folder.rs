//! The content of a folder: the names in it, what each of them is, and what is in that.
//!
//! Neither times nor owners nor the executable bit count, so that a copy is equal to its original.

use crate::digester::{Digested, Digester};
use crate::fault::Fault;
use crate::identity::{Identity, special};
use crate::limits::{FOLDER_DEPTH_MAX, FOLDER_ENTRIES_MAX};
use crate::meter::Meter;
use godwit_common::memo::{ContentDigest, Stamp};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Sets the digests of folders apart from those of files. It changes with the layout of what is hashed.
const CONTEXT: &str = "godwit folder digest 1";

const KIND_FILE: u8 = 1;
const KIND_FOLDER: u8 = 2;
const KIND_LINK: u8 = 3;

/// One digesting of a folder with all below it.
pub(crate) struct Walk<'a> {
    digester: &'a Digester,
    meter: &'a Meter<'a>,
    top: &'a Path,
    left: u64,
    stamp: Stamp,
}

/// The digest of the folder at `top`.
pub(crate) fn digest(digester: &Digester, top: &Path, meter: &Meter<'_>) -> Result<Digested, Fault> {
    let stamp = Stamp { size: 0, modified: i64::MIN };
    let mut walk = Walk { digester, meter, top, left: FOLDER_ENTRIES_MAX, stamp };
    let digest = walk.folder(top, 0)?;
    Ok(Digested { digest, stamp: walk.stamp })
}

impl Walk<'_> {
    fn folder(&mut self, path: &Path, depth: usize) -> Result<ContentDigest, Fault> {
        let look = || fs::metadata(path).map(|metadata| Identity::new(&metadata));
        let before = look().map_err(|error| Fault::of(path, error))?;
        join(&mut self.stamp, Stamp { size: 0, modified: before.modified });
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        for name in names(path, self.top, depth, &mut self.left)? {
            if self.meter.is_stopped() {
                return Err(Fault::Stopped(path.to_path_buf()));
            }
            let (kind, content) = self.entry(&path.join(&name), depth)?;
            hasher.update(&[kind]);
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
            hasher.update(&content.0);
        }
        let after = look().map_err(|error| Fault::of_known(path, error))?;
        if before != after {
            return Err(Fault::Changed(path.to_path_buf()));
        }
        Ok(ContentDigest(hasher.finalize().into()))
    }

    fn entry(&mut self, path: &Path, depth: usize) -> Result<(u8, ContentDigest), Fault> {
        let gone = |error| Fault::of_known(path, error);
        let metadata = fs::symlink_metadata(path).map_err(gone)?;
        let kind = metadata.file_type();
        if kind.is_dir() {
            return Ok((KIND_FOLDER, self.folder(path, depth + 1)?));
        }
        if kind.is_symlink() {
            let target = fs::read_link(path).map_err(gone)?;
            join(&mut self.stamp, Stamp { size: 0, modified: Identity::new(&metadata).modified });
            return Ok((KIND_LINK, ContentDigest(blake3::hash(target.as_os_str().as_bytes()).into())));
        }
        if !kind.is_file() {
            return Err(Fault::Special { path: path.to_path_buf(), kind: special(kind) });
        }
        let found = self.digester.file_in_folder(path, &metadata, self.meter)?;
        join(&mut self.stamp, found.stamp);
        Ok((KIND_FILE, found.digest))
    }
}

/// The names in a folder in the order of their bytes, `left` less their number.
pub(crate) fn names(path: &Path, top: &Path, depth: usize, left: &mut u64) -> Result<Vec<OsString>, Fault> {
    if depth >= FOLDER_DEPTH_MAX {
        return Err(Fault::TooDeep(top.to_path_buf()));
    }
    let unreadable = |error| Fault::of(path, error);
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        *left = left.checked_sub(1).ok_or_else(|| Fault::TooManyEntries(PathBuf::from(top)))?;
        names.push(entry.map_err(unreadable)?.file_name());
    }
    names.sort_unstable();
    Ok(names)
}

/// Takes one more entry into a folder's stamp.
pub(crate) fn join(stamp: &mut Stamp, entry: Stamp) {
    stamp.size = stamp.size.saturating_add(entry.size);
    stamp.modified = stamp.modified.max(entry.modified);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_counted_and_sorted() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b", "a", "B"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let list = |mut left| names(folder.path(), folder.path(), 0, &mut left).map(|names| (names, left));
        let expected: Vec<OsString> = ["B", "a", "b"].map(OsString::from).into();
        assert_eq!(list(4).unwrap(), (expected, 1));
        let fault = list(2).unwrap_err().to_string();
        assert!(
            fault.ends_with("has more than 1000000 entries; name the files in it that matter"),
            "{fault}"
        );
    }
}
