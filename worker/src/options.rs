//! How a worker is started.

use godwit_common::settings::WorkerSettings;
use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// How a worker is started.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// The settings, flags applied. Its `spool` is not looked at.
    pub settings: WorkerSettings,
    /// The folder in which this worker makes a folder for its spools.
    pub spool: PathBuf,
    /// Named resources to offer.
    pub resources: Vec<(String, u64)>,
    /// The set of workers that this one belongs to; none for the batch job that it runs in, if any.
    pub group: Option<String>,
    /// Where digests of files are remembered from one worker to the next; none to remember them in memory only.
    pub digests: Option<PathBuf>,
    /// How the guard is started.
    pub guard: GuardProgram,
    /// Whose children this process has.
    pub children: Children,
    /// A file that the guard keeps open until nothing of the worker is left: a lock on it tells the worker's successor
    /// that the tasks are gone as well.
    pub held: Option<Arc<File>>,
}

/// How the guard is started.
#[derive(Clone, Debug)]
pub struct GuardProgram {
    /// The program.
    pub program: PathBuf,
    /// Arguments that come before those that [`guard::main`](crate::guard::main) takes.
    pub arguments: Vec<OsString>,
}

/// Whose children this process has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Children {
    /// The worker's alone: it reaps every child that nobody else can be waiting for.
    Own,
    /// Others start processes here as well, so the worker reaps only what it knows to be left by its tasks.
    Shared,
}

impl WorkerOptions {
    /// A worker with its spools in a folder of its own below `spool`, and otherwise as if nothing had been said.
    pub fn new(spool: PathBuf) -> WorkerOptions {
        WorkerOptions {
            settings: WorkerSettings::default(),
            spool,
            resources: Vec::new(),
            group: None,
            digests: godwit_files::default_cache_folder(),
            guard: GuardProgram::default(),
            children: Children::Own,
            held: None,
        }
    }
}

impl Default for GuardProgram {
    /// This very program, even if its file was replaced, as `godwit worker guard`.
    fn default() -> Self {
        GuardProgram {
            program: PathBuf::from("/proc/self/exe"),
            arguments: vec!["worker".into(), "guard".into()],
        }
    }
}
