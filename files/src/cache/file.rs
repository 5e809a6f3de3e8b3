//! The cache's file: magic, entries sorted by key, and a BLAKE3 of all of it. A file that is anything else counts as
//! empty, and is replaced when there is something to save.

use super::entry::{ENTRY_BYTES, Entry};
use crate::limits::CACHE_ENTRIES_MAX;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Changes with the layout, as does the name.
const MAGIC: &[u8; 16] = b"godwit digests 1";
const NAME: &str = "digests-1";
const CHECKSUM_BYTES: usize = 32;
const FILE_BYTES_MAX: usize = MAGIC.len() + CACHE_ENTRIES_MAX * ENTRY_BYTES + CHECKSUM_BYTES;

/// A temporary file that is older was left by a process that died.
const LEFTOVER_AGE: Duration = Duration::from_secs(3600);

#[derive(Debug)]
pub(crate) struct CacheFile {
    folder: PathBuf,
}

impl CacheFile {
    pub(crate) fn new(folder: &Path) -> CacheFile {
        CacheFile { folder: folder.to_path_buf() }
    }

    /// What was saved last, sorted by key; nothing if there is no such file or if it is damaged.
    pub(crate) fn load(&self) -> Vec<Entry> {
        let path = self.folder.join(NAME);
        match read(&path) {
            Ok(bytes) => decode(&bytes).unwrap_or_else(|| {
                tracing::debug!(path = %path.display(), "the cache of digests is damaged, and begun anew");
                Vec::new()
            }),
            Err(_) => Vec::new(),
        }
    }

    /// Puts these entries, sorted by key, in the place of what is there.
    pub(crate) fn store(&self, entries: &[Entry]) -> io::Result<()> {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        fs::create_dir_all(&self.folder)?;
        self.clear_leftovers();
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let temporary = self.folder.join(format!("{NAME}.{}.{serial}.tmp", process::id()));
        let written = fs::write(&temporary, encode(entries))
            .and_then(|()| fs::rename(&temporary, self.folder.join(NAME)));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    fn clear_leftovers(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
            if name.starts_with(NAME) && name.ends_with(".tmp") && age().is_some_and(|age| age > LEFTOVER_AGE)
            {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// The whole file, unless it is larger than any that we write.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(crate) fn encode(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(MAGIC.len() + entries.len() * ENTRY_BYTES + CHECKSUM_BYTES);
    out.extend(MAGIC);
    entries.iter().for_each(|entry| entry.write(&mut out));
    out.extend(blake3::hash(&out).as_bytes());
    out
}

/// None if it is not what [`encode`] makes of sorted entries.
pub(crate) fn decode(bytes: &[u8]) -> Option<Vec<Entry>> {
    let (content, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>()?;
    if bytes.len() > FILE_BYTES_MAX || blake3::hash(content) != *checksum {
        return None;
    }
    let (entries, rest) = content.strip_prefix(MAGIC)?.as_chunks::<ENTRY_BYTES>();
    let entries: Vec<Entry> = entries.iter().map(Entry::read).collect();
    (rest.is_empty() && entries.is_sorted_by_key(|entry| entry.key)).then_some(entries)
}
