//! Digests of what is at a path, with a memory.

use crate::cache::Cache;
use crate::content::{self, Links};
use crate::fault::Fault;
use crate::folder;
use crate::identity::{Identity, special};
use crate::limits::THREADS_MAX;
use crate::meter::{Meter, Progress};
use godwit_common::memo::{ContentDigest, Stamp};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::SystemTime;

/// The content of a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digested {
    /// BLAKE3 of a file's bytes, or of a folder's names and contents.
    pub digest: ContentDigest,
    /// As [`stamp`](crate::stamp()) says it, taken before the content was read.
    pub stamp: Stamp,
}

/// Makes digests, and remembers them by path, size, times, inode and device. It may be shared by threads; several
/// processes may use one folder.
#[derive(Debug)]
pub struct Digester {
    cache: Cache,
}

/// Where a person's digests are remembered, if the environment says: below `godwit/digests` in `XDG_CACHE_HOME` or in
/// `~/.cache`, in a folder for this host, as hosts see other devices in a home that they share.
pub fn default_cache_folder() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
    let host = nix::unistd::gethostname().ok().filter(|host| !host.is_empty());
    let host = host.unwrap_or_else(|| "localhost".into());
    caches.map(|caches| caches.join("godwit/digests").join(host))
}

impl Digester {
    /// A digester that remembers in this folder, which is made when there is something to remember; without one it
    /// remembers in memory. It never fails: a cache that cannot be read or is damaged counts as empty.
    pub fn open(cache_folder: Option<&Path>) -> Digester {
        Digester { cache: Cache::open(cache_folder) }
    }

    /// The content of what is at `path`. A symbolic link at `path` itself is followed.
    ///
    /// # Errors
    /// If nothing is there, if it cannot be read, if it is neither file nor folder, if it changes all the time, or if
    /// it has too much in it.
    pub fn digest(&self, path: &Path) -> Result<Digested, Fault> {
        self.measured(path, &Meter::new(&|_| ()))
    }

    /// The same, given up soon after `stopped` has become true.
    ///
    /// # Errors
    /// As of [`Digester::digest`], and if it was stopped.
    pub fn digest_until(&self, path: &Path, stopped: &AtomicBool) -> Result<Digested, Fault> {
        self.measured(path, &Meter::until(stopped))
    }

    /// The contents of what is at these paths, in their order. Several are read at the same time, as many as there
    /// are cpus for this process. `progress` hears of every file and every buffer, from several threads. What was
    /// learned is [saved](Digester::save).
    pub fn digest_all<P: AsRef<Path> + Sync>(
        &self,
        paths: &[P],
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Vec<Result<Digested, Fault>> {
        let meter = Meter::new(progress);
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Vec::with_capacity(paths.len()));
        let work = || {
            let mut own = Vec::new();
            loop {
                let position = next.fetch_add(1, Ordering::Relaxed);
                let Some(path) = paths.get(position) else { break };
                own.push((position, self.measured(path.as_ref(), &meter)));
                meter.done();
            }
            results.lock().unwrap_or_else(PoisonError::into_inner).append(&mut own);
        };
        let threads =
            thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX).min(paths.len());
        thread::scope(|scope| {
            (1..threads).for_each(|_| drop(scope.spawn(work)));
            work();
        });
        if let Err(error) = self.save() {
            tracing::debug!(%error, "the digests of files are not remembered");
        }
        let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.sort_unstable_by_key(|(position, _)| *position);
        results.into_iter().map(|(_, result)| result).collect()
    }

    /// Writes what was learned since the last time to the cache's folder, for later processes. Nothing needs it but
    /// speed. It is also done when the digester goes.
    ///
    /// # Errors
    /// If the folder or the file cannot be written.
    pub fn save(&self) -> io::Result<()> {
        self.cache.save()
    }

    fn measured(&self, path: &Path, meter: &Meter<'_>) -> Result<Digested, Fault> {
        let metadata = fs::metadata(path).map_err(|error| Fault::of(path, error))?;
        let kind = metadata.file_type();
        if kind.is_dir() {
            return folder::digest(self, path, meter);
        }
        if !kind.is_file() {
            return Err(Fault::Special { path: path.to_path_buf(), kind: special(kind) });
        }
        self.file(path, &metadata, Links::Follow, meter)
    }

    /// A file that was found inside of a folder.
    pub(crate) fn file_in_folder(
        &self,
        path: &Path,
        metadata: &Metadata,
        meter: &Meter<'_>,
    ) -> Result<Digested, Fault> {
        self.file(path, metadata, Links::Refuse, meter)
    }

    fn file(
        &self,
        path: &Path,
        metadata: &Metadata,
        links: Links,
        meter: &Meter<'_>,
    ) -> Result<Digested, Fault> {
        let known = Identity::new(metadata);
        if let Some(digest) = self.cache.get(path, &known) {
            return Ok(Digested { digest, stamp: known.stamp() });
        }
        let now = SystemTime::now();
        let (digest, identity) = content::digest(path, links, meter)?;
        if identity.is_settled(now) {
            self.cache.put(path, &identity, digest);
        }
        Ok(Digested { digest, stamp: identity.stamp() })
    }
}

impl Drop for Digester {
    fn drop(&mut self) {
        if let Err(error) = self.save() {
            tracing::debug!(%error, "the digests of files are not remembered");
        }
    }
}
