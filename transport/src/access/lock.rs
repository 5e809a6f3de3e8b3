//! One coordinator for one access directory: an exclusive lock that the system drops when its holder dies.

use crate::access::files;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

const FILE: &str = "coordinator.lock";

/// The access directory is this process's for as long as this lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// What the holder writes into the locked file, for whoever finds it locked.
#[derive(Serialize, Deserialize)]
struct HeldBy {
    pid: u32,
    host: String,
}

/// Makes this process the coordinator of the access directory, which is created if need be.
///
/// # Errors
/// [`Error::Locked`] names the process that has it; [`Error::Exposed`] and [`Error::File`] as usual.
pub fn lock(directory: &Path) -> Result<Lock, Error> {
    files::create_directory(directory)?;
    let path = directory.join(FILE);
    let mut file = files::open_lock(&path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Error::Locked { path: directory.to_owned(), holder: holder(&mut file) });
        }
        Err(TryLockError::Error(source)) => return Err(Error::file("lock", &path, source)),
    }
    sign(&mut file).map_err(|source| Error::file("write", &path, source))?;
    Ok(Lock { _file: file })
}

fn sign(file: &mut File) -> io::Result<()> {
    let by = HeldBy { pid: std::process::id(), host: crate::addresses::host() };
    file.set_len(0)?;
    file.rewind()?;
    serde_json::to_writer(&mut *file, &by)?;
    file.flush()
}

/// Names the holder. It may be about to sign, so not being able to read it is no error.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(4096).read_to_string(&mut text);
    match read.ok().and_then(|_| serde_json::from_str::<HeldBy>(&text).ok()) {
        Some(HeldBy { pid, host }) => format!("another coordinator (process {pid} on {host})"),
        None => "another coordinator".to_owned(),
    }
}
