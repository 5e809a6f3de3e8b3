//! How far a batch of files is, for those who show it, and whether anybody waits for it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far a batch of files is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files and folders that are done, faults included.
    pub files: u64,
    /// Bytes that were read. What the cache knows is not read.
    pub bytes: u64,
}

/// Counts, and tells whoever wants to know.
pub(crate) struct Meter<'a> {
    files: AtomicU64,
    bytes: AtomicU64,
    tell: &'a (dyn Fn(Progress) + Sync),
    stopped: &'a AtomicBool,
}

/// Nobody stops this.
static NEVER: AtomicBool = AtomicBool::new(false);

impl<'a> Meter<'a> {
    pub(crate) fn new(tell: &'a (dyn Fn(Progress) + Sync)) -> Meter<'a> {
        Meter { files: AtomicU64::new(0), bytes: AtomicU64::new(0), tell, stopped: &NEVER }
    }

    /// Tells nobody, and ends when `stopped` becomes true.
    pub(crate) fn until(stopped: &'a AtomicBool) -> Meter<'a> {
        Meter { stopped, ..Meter::new(&|_| ()) }
    }

    /// Whether whoever asked does not wait any more.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// More bytes were read.
    pub(crate) fn read(&self, bytes: u64) {
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        (self.tell)(Progress { files: self.files.load(Ordering::Relaxed), bytes });
    }

    /// One more is done.
    pub(crate) fn done(&self) {
        let files = self.files.fetch_add(1, Ordering::Relaxed) + 1;
        (self.tell)(Progress { files, bytes: self.bytes.load(Ordering::Relaxed) });
    }
}
