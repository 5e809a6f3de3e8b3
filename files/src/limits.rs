//! Limits of digesting, each with its reason.

use std::time::Duration;

/// Entries of a folder, with all below it: more are the sign of a folder that was named by mistake, such as a home.
pub const FOLDER_ENTRIES_MAX: u64 = 1_000_000;

/// Folders inside each other: the walk is recursive, and longer paths are refused by the system anyway.
pub const FOLDER_DEPTH_MAX: usize = 256;

/// Bytes of a file that are in memory at a time, for each thread that digests.
pub const BUFFER_BYTES: usize = 1 << 20;

/// Times that a file which changes under the reading is read before it is given up.
pub const READS_MAX: u32 = 3;

/// Files that are digested at the same time, whatever the machine has: storage gains nothing from more.
pub const THREADS_MAX: usize = 32;

/// Entries of the cache: a few submissions of the largest size. The file stays below 70 MB.
pub const CACHE_ENTRIES_MAX: usize = 1_000_000;

/// A file younger than this may change again without its times telling: clocks of file systems tick slowly, and on
/// some only once a second. It is digested but not remembered.
pub const SETTLED_AGE: Duration = Duration::from_secs(2);
