//! Exported files on disk: read piece by piece, written whole or not at all.

use crate::errors::{Error, reason};
use godwit_checkpoint::archive::{About, ArchiveFault, Decoder, Encoder, Piece};
use godwit_common::memo::Exported;
use godwit_coordinator_core::exported;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Read at once.
const READ_BYTES: usize = 1 << 20;

/// Every result of an exported file.
///
/// # Errors
/// If it cannot be read or is not whole.
pub(crate) fn read_file(path: &Path) -> Result<Vec<Exported>, Error> {
    let unreadable = |problem: String| Error::usage(format!("cannot read {}: {problem}", path.display()));
    let damaged = |fault: ArchiveFault| unreadable(fault.to_string());
    let mut file = File::open(path).map_err(|error| unreadable(reason(&error)))?;
    let mut decoder = Decoder::default();
    let mut results = Vec::new();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let count = file.read(&mut buffer).map_err(|error| unreadable(reason(&error)))?;
        if count == 0 {
            decoder.finish().map_err(damaged)?;
            return Ok(results);
        }
        decoder.feed(&buffer[..count]);
        while let Some(piece) = decoder.next_piece().map_err(damaged)? {
            if let Piece::Entries(entries) = piece {
                for entry in &entries {
                    let place = results.len() + 1;
                    let result = exported::decode(entry);
                    results
                        .push(result.map_err(|error| unreadable(format!("its result {place} is {error}")))?);
                }
            }
        }
    }
}

/// An exported file that is being written, under another name until it is whole.
pub(crate) struct FileWriter {
    path: PathBuf,
    partial: PathBuf,
    file: File,
    bytes: u64,
    /// None when the file has ended.
    encoder: Option<Encoder>,
}

impl FileWriter {
    /// Begins a file that must not be there yet.
    ///
    /// # Errors
    /// If it is there, or cannot be made.
    pub(crate) fn create(path: &Path, about: About) -> Result<FileWriter, Error> {
        refuse_to_overwrite(path)?;
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let partial = path.with_file_name(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&partial);
        let file = file.map_err(|error| unwritable(path, &error))?;
        let (encoder, beginning) = Encoder::new(about);
        let mut writer =
            FileWriter { path: path.to_owned(), partial, file, bytes: 0, encoder: Some(encoder) };
        writer.write(&beginning)?;
        Ok(writer)
    }

    /// Adds a result.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn push(&mut self, result: &Exported) -> Result<(), Error> {
        let Some(encoder) = &mut self.encoder else { return Ok(()) };
        let full = encoder.push(&exported::encode(result)).map_err(Error::usage)?;
        full.map_or(Ok(()), |bytes| self.write(&bytes))
    }

    /// Ends the file and gives it its name, both durable. Says how many bytes it has.
    ///
    /// # Errors
    /// If it cannot be written, or somebody made a file of that name meanwhile.
    pub(crate) fn finish(mut self) -> Result<u64, Error> {
        for bytes in self.encoder.take().into_iter().flat_map(Encoder::finish) {
            self.write(&bytes)?;
        }
        refuse_to_overwrite(&self.path)?;
        let named = self.file.sync_all().and_then(|()| std::fs::rename(&self.partial, &self.path));
        named.and_then(|()| sync_folder(&self.path)).map_err(|error| unwritable(&self.path, &error))?;
        Ok(self.bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes).map_err(|error| unwritable(&self.path, &error))
    }
}

/// What was given no name is nobody's.
impl Drop for FileWriter {
    fn drop(&mut self) {
        // It can only stay, under a name that says that it is a part.
        let _ = std::fs::remove_file(&self.partial);
    }
}

fn refuse_to_overwrite(path: &Path) -> Result<(), Error> {
    if path.exists() {
        let path = path.display();
        return Err(Error::usage(format!("{path} is there already; choose another name or remove it")));
    }
    Ok(())
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::infrastructure(format!("cannot write {}: {}", path.display(), reason(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use godwit_common::ids::WorkflowId;
    use godwit_common::memo::{Memo, MemoKey, Origin};
    use godwit_common::time::Time;

    fn result(number: u8) -> Exported {
        let origin = Origin {
            workflow: WorkflowId(3),
            workflow_name: "w".to_owned(),
            group: "align".to_owned(),
            position: u32::from(number),
            source: None,
            at: Time(7),
        };
        Exported { memo: Memo { key: Some(MemoKey([number; 32])), ..Memo::default() }, origin }
    }

    #[test]
    fn a_file_is_read_as_it_was_written_and_never_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("results.godwit");
        let mut writer = FileWriter::create(&path, About::default()).expect("a file");
        writer.push(&result(1)).expect("room");
        writer.push(&result(2)).expect("room");
        let bytes = writer.finish().expect("room");
        assert_eq!(std::fs::metadata(&path).expect("a file").len(), bytes);
        assert_eq!(read_file(&path).expect("whole"), [result(1), result(2)]);
        let again = FileWriter::create(&path, About::default()).err().expect("it is there");
        assert!(again.sentence.ends_with("is there already; choose another name or remove it"), "{again}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "no part is left");
    }

    #[test]
    fn what_is_not_finished_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("results.godwit");
        drop(FileWriter::create(&path, About::default()).expect("a file"));
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn a_foreign_or_torn_file_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("results.godwit");
        std::fs::write(&path, "name,value\n").expect("a file");
        let sentence =
            format!("cannot read {}: it is no file that 'godwit checkpoint export' wrote", path.display());
        assert_eq!(read_file(&path).expect_err("foreign").sentence, sentence);
    }
}
