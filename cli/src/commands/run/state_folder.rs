//! `.godwit/` beside the workflow file: the store, the spools, and a lock for one run at a time.

use crate::commands::submission::DIGESTS;
use crate::errors::{Error, reason};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The state of the runs in one folder, held by this process for as long as this lives.
#[derive(Debug)]
pub(in crate::commands) struct StateFolder {
    path: PathBuf,
    lock: Arc<File>,
}

/// How long the guard of a run that was killed needs at most to end the run's tasks.
const GUARD_TIMEOUT: Duration = Duration::from_secs(5);

/// How often we look whether it has.
const GUARD_PERIOD: Duration = Duration::from_millis(10);

impl StateFolder {
    /// Makes `.godwit/` in `folder` if it is not there, and takes it for this process.
    ///
    /// # Errors
    /// If another run has it, or it cannot be written.
    pub(in crate::commands) fn lock(folder: &Path) -> Result<StateFolder, Error> {
        let path = folder.join(".godwit");
        let failed = |error: &io::Error| {
            Error::infrastructure(format!(
                "cannot keep the state of the run in {}: {}",
                path.display(),
                reason(error)
            ))
        };
        prepare(&path).map_err(|error| failed(&error))?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join("lock"))
            .map_err(|error| failed(&error))?;
        match try_lock(&mut file) {
            Ok(()) => sign(&mut file).map_err(|error| failed(&error))?,
            Err(TryLockError::WouldBlock) => return Err(taken(&path, &mut file)),
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        Ok(StateFolder { path, lock: Arc::new(file) })
    }

    /// The lock, for the guard of this run's worker to hold until the last task is gone.
    pub(in crate::commands) fn held(&self) -> Arc<File> {
        Arc::clone(&self.lock)
    }

    /// The state of earlier runs, of which there has to be some.
    ///
    /// # Errors
    /// If there is none, or a run is going on.
    pub(in crate::commands) fn of_earlier_runs(folder: &Path) -> Result<StateFolder, Error> {
        let state = folder.join(".godwit");
        if !state.join("state").is_dir() {
            let folder = folder.display();
            return Err(Error::usage(format!(
                "there was no run in {folder}: it has no folder .godwit with a state"
            )));
        }
        StateFolder::lock(folder)
    }

    /// Where results are recorded.
    pub(in crate::commands) fn store(&self) -> PathBuf {
        self.path.join("state")
    }

    /// Where the digests of files are remembered.
    pub(in crate::commands) fn digests(&self) -> PathBuf {
        self.path.join(DIGESTS)
    }

    /// Where tasks' output goes.
    pub(in crate::commands) fn spool(&self) -> PathBuf {
        self.path.join("spool")
    }
}

/// The folder is nobody's source code: version control is told to leave it alone.
fn prepare(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)?;
    let ignore = path.join(".gitignore");
    if !ignore.exists() {
        std::fs::write(ignore, "*\n")?;
    }
    Ok(())
}

/// Takes the lock. A run that was killed left it to the guard of its tasks, which is about to end: that is waited for,
/// so that no task of that run is left when this one begins.
fn try_lock(file: &mut File) -> Result<(), TryLockError> {
    let end = Instant::now() + GUARD_TIMEOUT;
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if Instant::now() < end && !holder_lives(file) => {
                std::thread::sleep(GUARD_PERIOD);
            }
            result => return result,
        }
    }
}

/// Whether the process that signed is there, and is not only waiting to be reaped.
fn holder_lives(file: &mut File) -> bool {
    let Some(pid) = holder(file) else { return false };
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// The process that signed; none if nobody has, or not yet.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn taken(path: &Path, file: &mut File) -> Error {
    let holder = match holder(file) {
        Some(pid) => format!("another run (process {pid})"),
        None => "another run".to_owned(),
    };
    Error::usage(format!(
        "{holder} is going on with {}; wait for it, or stop it with Ctrl-C, and then run this again",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::Exit;

    #[test]
    fn one_run_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = StateFolder::lock(folder.path()).expect("nobody else");
        let second = StateFolder::lock(folder.path()).expect_err("somebody else");
        assert_eq!(second.exit, Exit::Usage);
        let own = format!("another run (process {}) is going on with ", std::process::id());
        assert!(second.sentence.starts_with(&own), "{second}");
        drop(first);
        StateFolder::lock(folder.path()).expect("nobody else any more");
        assert_eq!(std::fs::read_to_string(folder.path().join(".godwit/.gitignore")).expect("a file"), "*\n");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(".godwit"), "in the way").expect("a file");
        let error = StateFolder::lock(folder.path()).expect_err("no folder");
        assert!(error.sentence.contains("cannot keep the state of the run in "), "{error}");
    }
}
