//! The machine's memory, and the free part of a disk.

use crate::procfs::kilobytes;
use nix::sys::statvfs::statvfs;
use std::fs;
use std::path::Path;

/// Bytes of memory that the machine has.
pub(super) fn total() -> Option<u64> {
    kilobytes(&fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")
}

/// Free bytes of the disk with this folder; 0 if that cannot be told.
pub(super) fn disk_free(folder: &Path) -> u64 {
    statvfs(folder).map_or(0, |disk| {
        disk.blocks_available().saturating_mul(disk.fragment_size())
    })
}
