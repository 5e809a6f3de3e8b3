//! What the system says of a file without reading it.

use crate::limits::SETTLED_AGE;
use godwit_common::memo::Stamp;
use std::fs::{FileType, Metadata};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::time::{SystemTime, UNIX_EPOCH};

/// By what a file is taken to be the one that was read before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) size: u64,
    /// Nanoseconds since 1970.
    pub(crate) modified: i64,
    /// When its content, name or owner changed last, in nanoseconds since 1970.
    pub(crate) changed: i64,
}

impl Identity {
    pub(crate) fn new(metadata: &Metadata) -> Identity {
        Identity {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.len(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    pub(crate) fn stamp(&self) -> Stamp {
        Stamp { size: self.size, modified: self.modified }
    }

    /// Whether any later change would show in its times.
    pub(crate) fn is_settled(&self, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let limit = now.saturating_sub(SETTLED_AGE).as_nanos();
        i128::from(self.modified.max(self.changed)) < i128::try_from(limit).unwrap_or(i128::MAX)
    }
}

fn nanoseconds(seconds: i64, rest: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}

/// What something is that is neither a file nor a folder.
pub(crate) fn special(kind: FileType) -> &'static str {
    match kind {
        kind if kind.is_fifo() => "a named pipe",
        kind if kind.is_socket() => "a socket",
        kind if kind.is_block_device() || kind.is_char_device() => "a device",
        kind if kind.is_symlink() => "a symbolic link",
        _ => "neither a file nor a folder",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_was_changed_just_now_may_change_again_unseen() {
        let now = UNIX_EPOCH + Duration::from_secs(100);
        for (modified, changed, expected) in
            [(90, 97, true), (97, 99, false), (99, 90, false), (101, 90, false)]
        {
            let [modified, changed] = [modified, changed].map(|seconds| nanoseconds(seconds, 5));
            let identity = Identity { device: 0, inode: 0, size: 0, modified, changed };
            assert_eq!(identity.is_settled(now), expected, "{modified} {changed}");
        }
    }
}
