//! What killed coordinators leave in a local store: files `NAME#N` that were written and never became objects.

use std::fs::{DirEntry, read_dir, remove_file};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// A put that is under way is never this old.
const AGE_MIN: Duration = Duration::from_secs(3600);

/// Folders in one another: the store's own are at most three deep.
const DEPTH_MAX: u32 = 6;

/// Removes them. What cannot be read or removed is left for the next start: they cost only space.
pub(crate) fn remove(folder: &Path) {
    remove_older(folder, SystemTime::now(), DEPTH_MAX);
}

fn remove_older(folder: &Path, now: SystemTime, depth: u32) {
    let Ok(entries) = read_dir(folder) else { return };
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth > 0 => remove_older(&entry.path(), now, depth - 1),
            Ok(kind) if kind.is_file() && is_orphan(&entry, now) => {
                if let Err(error) = remove_file(entry.path()) {
                    tracing::debug!("{} is left over and cannot be removed: {error}", entry.path().display());
                }
            }
            _ => {}
        }
    }
}

fn is_orphan(entry: &DirEntry, now: SystemTime) -> bool {
    let name = entry.file_name();
    let staged = name.to_str().and_then(|name| name.rsplit_once('#')).is_some_and(|(name, number)| {
        !name.is_empty() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    let modified = || entry.metadata().and_then(|metadata| metadata.modified()).ok();
    staged && modified().and_then(|at| now.duration_since(at).ok()).is_some_and(|age| age >= AGE_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, create_dir_all};

    #[test]
    fn only_what_is_old_and_never_became_an_object_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        create_dir_all(folder.path().join("log/1")).expect("folders");
        let hour = AGE_MIN + Duration::from_secs(1);
        for (name, age) in [
            ("log/1/2#1", hour),
            ("log/1/2", hour),
            ("log/1/3#1", Duration::ZERO),
            ("log/1/notes#a", hour),
            ("lock#12", hour),
        ] {
            let file = File::create(folder.path().join(name)).expect("a file");
            file.set_modified(SystemTime::now() - age).expect("a time");
        }
        remove(folder.path());
        let there = |name: &str| folder.path().join(name).exists();
        assert_eq!(
            ["log/1/2#1", "log/1/2", "log/1/3#1", "log/1/notes#a", "lock#12"].map(there),
            [false, true, true, true, false]
        );
    }
}
