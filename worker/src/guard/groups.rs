//! The process groups that run, noted in a file in memory that worker and guard share: one number for each slot. A
//! note costs one write and wakes nobody.

use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::unistd::Pid;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Bytes of one number.
const WIDTH: usize = 4;

pub(super) fn create() -> io::Result<File> {
    Ok(File::from(memfd_create("godwit-groups", MFdFlags::MFD_CLOEXEC)?))
}

/// Notes the group that runs in a slot, or that none does.
pub(super) fn note(file: &File, slot: u32, group: Option<Pid>) -> io::Result<()> {
    let number = group.map_or(0, Pid::as_raw);
    file.write_all_at(&number.to_le_bytes(), u64::from(slot) * WIDTH as u64)
}

/// All groups that are noted.
pub(super) fn read(file: &File) -> Vec<Pid> {
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    if file.read_exact_at(&mut bytes, 0).is_err() {
        return Vec::new();
    }
    let (numbers, _) = bytes.as_chunks::<WIDTH>();
    let groups = numbers.iter().map(|number| i32::from_le_bytes(*number));
    groups.filter(|group| *group > 1).map(Pid::from_raw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_back() {
        let file = create().unwrap();
        assert_eq!(read(&file), []);
        for (slot, group) in [(2, Some(70_000)), (0, Some(300)), (1, Some(9)), (1, None)] {
            note(&file, slot, group.map(Pid::from_raw)).unwrap();
        }
        assert_eq!(read(&file), [Pid::from_raw(300), Pid::from_raw(70_000)]);
    }
}
