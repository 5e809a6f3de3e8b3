//! Everything that can happen to a worker.

use godwit_common::ids::AttemptId;
use godwit_common::memo::{Checked, Produced};
use godwit_common::message::worker::ToWorker;
use godwit_common::outcome::{Failure, Usage};
use godwit_common::time::Time;

/// What the shell tells the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// There is a connection with a coordinator; the core says hello.
    Connected,
    /// The coordinator said something.
    Message(ToWorker),
    /// The connection is gone.
    Disconnected(String),
    /// The process of an attempt was started.
    Started {
        /// Which attempt.
        id: AttemptId,
        /// When.
        at: Time,
    },
    /// The process of an attempt has ended well and is reaped, and what it left behind is being looked at: its time
    /// limit does not count any more.
    Gathering(AttemptId),
    /// An attempt's process and all its children are reaped and what is wanted of its files is known, or it could not be started.
    Exited {
        /// Which attempt.
        id: AttemptId,
        /// How the process ended.
        exit: Exit,
        /// What it used; none if it was not started.
        usage: Option<Usage>,
    },
    /// Answers to [`Action::Check`](crate::Action::Check).
    Checked(Vec<Checked>),
    /// The time that `next_wakeup` named has come.
    Wakeup,
    /// The coordinator will never have this worker, or cannot be reached for a reason that will not pass: stop
    /// everything and leave.
    GiveUp(String),
    /// Take nothing new and leave when the last task has ended, for this reason.
    Drain(String),
    /// SIGTERM, preemption or the end of the walltime: stop everything, give it back, leave. The sentence says why.
    /// Said again, whatever is still running is killed at once.
    Terminate(String),
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// As it should, outputs and all. What it left behind is told if somebody may want to know.
    Succeeded(Option<Box<Produced>>),
    /// With a failure of its own.
    Failed(Failure),
}
