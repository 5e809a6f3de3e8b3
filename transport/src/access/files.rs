//! Private files: nobody but their owner may read or write them, at no moment, and no reader ever sees half of one.

use crate::error::Error;
use crate::limits::ACCESS_FILE_BYTES_MAX;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Makes the directory and its parents, private from the start, unless it is there and private already.
pub(crate) fn create_directory(path: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(DIRECTORY_MODE)
        .create(path)
        .map_err(|source| Error::Directory { path: path.to_owned(), source })?;
    check_directory(path)
}

/// Refuses an access directory that is missing or open to other users.
pub(crate) fn check_directory(path: &Path) -> Result<(), Error> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => check_mode(path, found.mode(), DIRECTORY_MODE),
        Ok(_) => Err(Error::file("use as access directory", path, ErrorKind::NotADirectory.into())),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::NoAccess { path: path.to_owned() }),
        Err(source) => Err(Error::file("look at the access directory", path, source)),
    }
}

/// Reads a private file; `None` if it is not there.
pub(crate) fn read(path: &Path) -> Result<Option<String>, Error> {
    let failed = |source| Error::file("read", path, source);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed(source)),
    };
    check_mode(path, file.metadata().map_err(failed)?.mode(), FILE_MODE)?;
    let mut text = String::new();
    file.take(ACCESS_FILE_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
    Ok(Some(text))
}

/// Puts `text` at `path` in one step, durably, readable by the owner only.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Error> {
    let temporary = temporary_beside(path)?;
    let written = write_new(&temporary, text).and_then(|()| fs::rename(&temporary, path));
    if let Err(source) = written {
        // What cannot be removed either is harmless: it is private and has a name that nobody reads.
        let _ = fs::remove_file(&temporary);
        return Err(Error::file("write", path, source));
    }
    let directory = path.parent().unwrap_or(Path::new("."));
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(|source| Error::file("make durable", directory, source))
}

/// Removes a file; that it is gone already is as good.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(Error::file("remove", path, source)),
        _ => Ok(()),
    }
}

/// Opens a private file that locks are taken on. It is never removed: whoever locked a removed file locked nothing.
pub(crate) fn open_lock(path: &Path) -> Result<File, Error> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE_MODE)
        .open(path)
        .map_err(|source| Error::file("open", path, source))
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A name that no other writer takes, on whatever machine: the directory may be on a shared file system.
fn temporary_beside(path: &Path) -> Result<PathBuf, Error> {
    let random = getrandom::u64()
        .map_err(|error| Error::file("draw a random name beside", path, io::Error::other(error)))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(path.with_file_name(format!(".{name}.{random:016x}")))
}

fn check_mode(path: &Path, mode: u32, wanted: u32) -> Result<(), Error> {
    let mode = mode & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(Error::Exposed { path: path.to_owned(), mode, wanted })
}
