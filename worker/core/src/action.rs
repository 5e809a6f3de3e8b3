//! Everything that a worker can do.

use godwit_common::ids::{AttemptId, WorkerId};
use godwit_common::memo::Check;
use godwit_common::message::worker::{FromWorker, GroupSpec};
use std::sync::Arc;

/// What the core tells the shell to do, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send a message to the coordinator. If the connection is gone, drop it: the core will hear of that.
    Send(FromWorker),
    /// Start the process of an attempt.
    Start(Launch),
    /// Send a signal to the process group of an attempt, and to whatever it left outside of it. The attempt was
    /// started by [`Action::Start`] and has not exited; its process may not be there yet.
    Signal(AttemptId, Signal),
    /// Look at the files of these results, beside everything else. Each is answered by [`Event::Checked`]; when the
    /// connection is gone nobody waits for the answers any more.
    ///
    /// [`Event::Checked`]: crate::Event::Checked
    Check(Vec<Check>),
    /// Give up the connection, for this reason, and try again.
    Reconnect(String),
    /// Stop running, with everything sent; nothing comes after it.
    Exit(Leave),
}

/// All that is needed to start a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Which attempt.
    pub id: AttemptId,
    /// Its group's spec.
    pub spec: Arc<GroupSpec>,
    /// Which of the spec's requests it runs under.
    pub variant: u8,
    /// Names the spool files; used by one attempt at a time.
    pub slot: u32,
    /// Gpu devices that are its own, by index.
    pub gpus: Vec<u32>,
    /// Cpus that are its own, if it is pinned: positions in the worker's list of cpus.
    pub pinned: Vec<u32>,
    /// The worker that it runs on.
    pub worker: WorkerId,
    /// Captured values that its command asks for, by name.
    pub values: Values,
}

/// Captured values of other tasks, by name.
pub type Values = Arc<[(String, Arc<str>)]>;

/// What is sent to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM.
    Terminate,
    /// SIGKILL.
    Kill,
}

/// Why and how a worker leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leave {
    /// One sentence.
    pub reason: String,
    /// Whether this is what should have happened: exit code 0, else 3.
    pub orderly: bool,
}
