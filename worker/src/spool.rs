//! Spools: for each slot one append-only file for standard output and one for standard error, which processes inherit.
//!
//! Where an attempt's output is in them is noted as offset and length. [`read`] needs nothing but the folder, so that
//! the output of a worker that is gone can be read from a shared file system.

use godwit_common::message::worker::OutputStream;
use godwit_common::outcome::{Span, SpoolOutput};
use godwit_common::spool::file_name;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The file in `folder` that holds a slot's output.
pub fn path(folder: &Path, slot: u32, stream: OutputStream) -> PathBuf {
    folder.join(file_name(slot, stream))
}

/// Opens the output of an ended attempt in a worker's spool folder, without its first `skip` bytes. What is read from
/// the result ends where the attempt's output ends.
///
/// # Errors
/// If the file is not there, or not readable from here.
pub fn read(
    folder: &Path,
    output: &SpoolOutput,
    stream: OutputStream,
    skip: u64,
) -> io::Result<io::Take<File>> {
    let span = span(output, stream);
    let mut file = File::open(path(folder, output.slot, stream))?;
    let skip = skip.min(span.length);
    file.seek(SeekFrom::Start(span.offset.saturating_add(skip)))?;
    Ok(file.take(span.length - skip))
}

/// The stretch of one stream.
pub fn span(output: &SpoolOutput, stream: OutputStream) -> Span {
    match stream {
        OutputStream::Stdout => output.stdout,
        OutputStream::Stderr => output.stderr,
    }
}

/// Makes the folder of one worker's spools, for this user only.
pub(crate) fn create(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// The two files of one slot, open for as long as the worker lives.
#[derive(Debug)]
pub(crate) struct SlotFiles {
    pub(crate) stdout: File,
    pub(crate) stderr: File,
}

impl SlotFiles {
    pub(crate) fn open(folder: &Path, slot: u32) -> io::Result<SlotFiles> {
        let open = |stream| {
            let mut options = OpenOptions::new();
            options.create(true).append(true).read(true).mode(0o600);
            options.open(path(folder, slot, stream))
        };
        Ok(SlotFiles { stdout: open(OutputStream::Stdout)?, stderr: open(OutputStream::Stderr)? })
    }

    /// Where the next output will begin.
    pub(crate) fn lengths(&self) -> io::Result<(u64, u64)> {
        Ok((self.stdout.metadata()?.len(), self.stderr.metadata()?.len()))
    }
}

/// The last bytes of a file from `start` on, at most `bytes_max` of them.
pub(crate) fn tail(path: &Path, start: u64, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let from = start.max(length.saturating_sub(bytes_max as u64));
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.take(bytes_max as u64).read_to_end(&mut tail)?;
    Ok(tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn an_attempts_output_is_found_among_others() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = SlotFiles::open(folder.path(), 3).unwrap();
        files.stdout.write_all(b"before").unwrap();
        let (offset, _) = files.lengths().unwrap();
        files.stdout.write_all(b"mine").unwrap();
        files.stdout.write_all(b"after").unwrap();
        let output = SpoolOutput { slot: 3, stdout: Span { offset, length: 4 }, stderr: Span::default() };
        for (skip, expected) in [(0, "mine"), (1, "ine"), (4, ""), (9, "")] {
            let mut found = String::new();
            let mut output = read(folder.path(), &output, OutputStream::Stdout, skip).unwrap();
            output.read_to_string(&mut found).unwrap();
            assert_eq!(found, expected);
        }
        assert_eq!(tail(&path(folder.path(), 3, OutputStream::Stdout), 10, 3).unwrap(), b"ter");
        assert_eq!(tail(&path(folder.path(), 3, OutputStream::Stdout), 12, 99).unwrap(), b"ter");
    }
}
