//! The machine's memory, and the free part of a disk.

use nix::sys::statvfs::statvfs;
use std::path::Path;
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// Bytes of memory that the machine has; none if the system does not tell.
pub(super) fn total() -> Option<u64> {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    System::new_with_specifics(memory).ok().map(|system| system.total_memory()).filter(|bytes| *bytes > 0)
}

/// Free bytes of the disk with this folder; 0 if that cannot be told.
pub(super) fn disk_free(folder: &Path) -> u64 {
    statvfs(folder).map_or(0, |disk| disk.blocks_available().saturating_mul(disk.fragment_size()))
}
