//! Digests that were made before, so that what was not touched is not read again.
//!
//! One file holds them, written whole and put in place by a rename. Several processes may use it: the last one to save
//! keeps what the others saved before it, and of two that save at the same time one may lose what it learned. That
//! costs time only.

mod entry;
mod file;
#[cfg(test)]
mod tests;

use crate::identity::Identity;
use crate::limits::CACHE_ENTRIES_MAX;
use entry::{Entry, Key};
use file::CacheFile;
use godwit_common::memo::ContentDigest;
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Digests by path and identity.
#[derive(Debug)]
pub(crate) struct Cache {
    file: Option<CacheFile>,
    /// What the file had when it was first needed, sorted by key.
    loaded: OnceLock<Vec<Entry>>,
    fresh: Mutex<Fresh>,
    /// Days since 1970, so that what nobody asked for in a long time goes first.
    today: u32,
}

/// What this process learned or used.
#[derive(Debug, Default)]
struct Fresh {
    entries: HashMap<Key, Entry>,
    /// Whether the file lacks some of them.
    unsaved: bool,
}

impl Cache {
    pub(crate) fn open(folder: Option<&Path>) -> Cache {
        Cache {
            file: folder.map(CacheFile::new),
            loaded: OnceLock::new(),
            fresh: Mutex::default(),
            today: today(),
        }
    }

    /// The digest of the file at `path`, if it was this very file in this very state.
    pub(crate) fn get(&self, path: &Path, identity: &Identity) -> Option<ContentDigest> {
        let key = Key::of(path);
        let known = self.fresh().entries.get(&key).copied();
        let entry = known.or_else(|| self.find_loaded(&key))?;
        let digest = entry.digest_of(identity)?;
        if entry.used != self.today {
            self.insert(entry.used_on(self.today));
        }
        Some(digest)
    }

    pub(crate) fn put(&self, path: &Path, identity: &Identity, digest: ContentDigest) {
        self.insert(Entry::new(Key::of(path), identity, digest, self.today));
    }

    fn insert(&self, entry: Entry) {
        let mut fresh = self.fresh();
        if fresh.entries.len() < CACHE_ENTRIES_MAX || fresh.entries.contains_key(&entry.key) {
            fresh.entries.insert(entry.key, entry);
            fresh.unsaved = true;
        }
    }

    fn find_loaded(&self, key: &Key) -> Option<Entry> {
        let file = self.file.as_ref()?;
        let loaded = self.loaded.get_or_init(|| file.load());
        let position = loaded.binary_search_by(|entry| entry.key.cmp(key)).ok()?;
        Some(loaded[position])
    }

    /// Adds what was learned to the file.
    pub(crate) fn save(&self) -> io::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let own: Vec<Entry> = {
            let mut fresh = self.fresh();
            if !std::mem::take(&mut fresh.unsaved) {
                return Ok(());
            }
            fresh.entries.values().copied().collect()
        };
        file.store(&merged(file.load(), own, CACHE_ENTRIES_MAX))
    }

    fn fresh(&self) -> MutexGuard<'_, Fresh> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Both, sorted by key; where both know a file, what is our own. What was used longest ago goes if it is too much.
fn merged(before: Vec<Entry>, own: Vec<Entry>, entries_max: usize) -> Vec<Entry> {
    let mut entries = own;
    entries.extend(before);
    // The sort keeps the order of equals: ours come first.
    entries.sort_by_key(|entry| entry.key);
    entries.dedup_by_key(|entry| entry.key);
    if entries.len() > entries_max {
        entries.sort_unstable_by_key(|entry| (std::cmp::Reverse(entry.used), entry.key));
        entries.truncate(entries_max);
        entries.sort_unstable_by_key(|entry| entry.key);
    }
    entries
}

fn today() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs() / 86_400).unwrap_or(u32::MAX)
}
