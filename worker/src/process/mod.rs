//! The life of one attempt's process: planned, started, waited for, cleared away, judged.
//!
//! When to start and when to stop is decided by the core; this is how.

mod affinity;
mod clear;
mod ending;
mod life;
mod plan;
mod products;
mod program;
mod reading;
mod start;
mod value;
mod wait;

pub(crate) use clear::hunt;
pub(crate) use life::{deliver, live};
pub(crate) use plan::Plan;
pub(crate) use wait::ended;

use godwit_common::message::worker::OutputStream;
use godwit_common::outcome::SpoolOutput;
use godwit_worker_core::action::{Launch, Signal};
use nix::unistd::Pid;
use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// One attempt that was told to start and has not exited.
pub(crate) struct Process {
    pub(crate) launch: Launch,
    /// The value of [`MARK`](crate::procfs::MARK) in the environment of this process and its children.
    pub(crate) mark: String,
    /// The main process, which leads a group of its own; none before it is started and after it is reaped.
    pub(crate) main: Cell<Option<Pid>>,
    /// The strongest signal that was asked for.
    pub(crate) wanted: Cell<Option<Signal>>,
    /// It was killed because it used more memory than it had asked for.
    pub(crate) over_memory: Cell<bool>,
    /// Where its output goes; none before it is started.
    pub(crate) outputs: RefCell<Option<Outputs>>,
    /// True once it is to be stopped or nobody waits for it: its files need not be looked at.
    pub(crate) abandoned: Arc<AtomicBool>,
    /// True once nothing writes to its output any more.
    pub(crate) ended: watch::Sender<bool>,
}

/// Where an attempt's output goes.
#[derive(Clone, Debug)]
pub(crate) struct Outputs {
    pub(crate) stdout: OutputPlace,
    pub(crate) stderr: OutputPlace,
}

/// Where one stream of output goes.
#[derive(Clone, Debug)]
pub(crate) struct OutputPlace {
    pub(crate) path: PathBuf,
    /// Where it begins in the file.
    pub(crate) offset: u64,
    /// How long it is; none while more may come, and always none in a file of its own.
    pub(crate) length: Option<u64>,
    /// Whether it goes to the spool, which others use later.
    pub(crate) is_spool: bool,
}

impl Process {
    pub(crate) fn new(launch: Launch, mark: String) -> Process {
        Process {
            launch,
            mark,
            main: Cell::new(None),
            wanted: Cell::new(None),
            over_memory: Cell::new(false),
            outputs: RefCell::new(None),
            abandoned: Arc::default(),
            ended: watch::Sender::new(false),
        }
    }

    /// Where one stream of its output goes; none before it is started.
    pub(crate) fn place(&self, stream: OutputStream) -> Option<OutputPlace> {
        self.outputs.borrow().as_ref().map(|outputs| outputs.place(stream).clone())
    }

    /// Bytes of memory that it asked for; 0 if it did not.
    pub(crate) fn memory(&self) -> u64 {
        let request = self.launch.spec.task.requests.get(usize::from(self.launch.variant));
        request.map_or(0, |request| request.memory)
    }
}

impl Drop for Process {
    /// The worker may end while its files are looked at.
    fn drop(&mut self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }
}

impl Outputs {
    /// Nothing will be added to what is in the spools.
    pub(crate) fn close(&mut self, ended: &SpoolOutput) {
        for (place, span) in [(&mut self.stdout, ended.stdout), (&mut self.stderr, ended.stderr)] {
            place.length = place.is_spool.then_some(span.length);
        }
    }

    pub(crate) fn place(&self, stream: OutputStream) -> &OutputPlace {
        match stream {
            OutputStream::Stdout => &self.stdout,
            OutputStream::Stderr => &self.stderr,
        }
    }
}
