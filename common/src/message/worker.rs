//! Between the coordinator and a worker.
//!
//! The worker opens one stream, says [`FromWorker::Hello`], and from then on both sides send batches in order on it.
//! For each [`SpoolRequest`] the coordinator opens a stream of its own, so that output never holds up scheduling.

use crate::ids::{Attempt, AttemptId, Epoch, GroupId, TaskId, Token, WorkerId};
use crate::memo::{Check, Checked};
use crate::outcome::{Ended, SpoolOutput};
use crate::resources::Capacity;
use crate::shape::Shape;
use crate::task::TaskSpec;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// From a worker to the coordinator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromWorker {
    /// The first message on every connection.
    Hello(Box<WorkerHello>),
    /// What happened since the report before it.
    Report(Report),
    /// Answers to [`ToWorker::Check`], in any order.
    Checked(Vec<Checked>),
    /// Nothing happened, but the worker is there.
    Heartbeat,
    /// The worker takes nothing new, for this reason; it leaves when its last task has ended.
    Draining(String),
    /// The worker is about to go, for this reason. What it had not ended goes back to the queue without blame.
    Leaving(String),
}

/// Who the worker is and what it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerHello {
    /// Drawn when the worker started; a worker that comes back is known by it.
    pub life: Token,
    /// The host's name.
    pub host: String,
    /// The worker's process id.
    pub pid: u32,
    /// What it has to give.
    pub capacity: Capacity,
    /// The folder of its spools, so that others who see the same file system can read them.
    pub spool: String,
    /// When its time is up, if it knows.
    pub ends: Option<Time>,
    /// The batch job that it runs in, or the name given to it, if any: workers of one group can share a task.
    pub group: Option<String>,
    /// Attempts that it was given by a coordinator before and that have not ended: to adopt or to stop.
    pub live: Vec<Live>,
    /// Whether it takes nothing new.
    pub draining: bool,
}

/// An attempt that a worker still has when it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// The attempt.
    pub id: AttemptId,
    /// The variant of the request under which it runs.
    pub variant: u8,
    /// When its process started; none if it still waits for room.
    pub started: Option<Time>,
}

/// A batch of news.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Attempts whose process was started.
    pub started: Vec<AttemptId>,
    /// Attempts that ended. Each is told again after every reconnection until it is [`ToWorker::Kept`].
    pub ended: Vec<Ended>,
    /// Whether there is more to tell that did not fit into this report.
    pub more: bool,
}

/// From the coordinator to a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToWorker {
    /// The answer to [`FromWorker::Hello`].
    Welcome(Welcome),
    /// The worker is not wanted, for this reason; it gives up for good.
    Refused(String),
    /// What the tasks of a group are; comes before the first [`Run`] of the group, once per connection.
    Spec(Arc<GroupSpec>),
    /// Values that the commands of these attempts ask for; comes before the [`Run`] of them.
    Values(Vec<AttemptValues>),
    /// Results whose files are to be looked at; each is answered by [`FromWorker::Checked`].
    Check(Vec<Check>),
    /// Attempts to run, as soon as there is room, in this order.
    Run(Vec<Run>),
    /// Attempts to stop, whether running or waiting. Each is reported as [`End::Stopped`](crate::outcome::End) unless
    /// it ended before.
    Stop(Vec<AttemptId>),
    /// Attempts to give back if they have not started; those are reported as [`End::Stopped`](crate::outcome::End)
    /// without usage. One that has started goes on.
    Retract(Vec<AttemptId>),
    /// The outcomes of these attempts are durable, or nobody wants them: the worker may forget them.
    Kept(Vec<AttemptId>),
    /// No task of the group will come again; its spec may go.
    Forget(GroupId),
    /// Nothing happened, but the coordinator is there.
    Heartbeat,
    /// Take nothing new, and leave when the last task has ended.
    Drain,
    /// Stop all tasks and leave.
    Quit,
}

/// What a worker needs to know first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The name that the worker has from now on.
    pub worker: WorkerId,
    /// The reign of this coordinator.
    pub epoch: Epoch,
    /// Send something at least this often.
    pub heartbeat_period: Duration,
    /// Take the other side for lost after hearing nothing for this long.
    pub heartbeat_timeout: Duration,
}

/// A group as a worker needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupSpec {
    /// The group.
    pub id: GroupId,
    /// The group's name.
    pub name: String,
    /// The workflow's name.
    pub workflow_name: String,
    /// Index, item and matrix values of its tasks.
    pub shape: Shape,
    /// How to run them.
    pub task: TaskSpec,
}

/// The values that one attempt's command asks for with `{result.NAME}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptValues {
    /// The attempt.
    pub id: AttemptId,
    /// Name and value, each name once.
    pub values: Vec<(String, Arc<str>)>,
}

/// Attempts at neighbouring tasks, all with the same number and the same variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The first task.
    pub first: TaskId,
    /// How many tasks, at least 1.
    pub count: u32,
    /// The attempt at each of them.
    pub attempt: Attempt,
    /// Which of the spec's requests was placed.
    pub variant: u8,
}

impl Run {
    /// The single attempts of the run.
    pub fn attempts(self) -> impl Iterator<Item = AttemptId> {
        let last = self.first.position.saturating_add(self.count);
        (self.first.position..last)
            .map(move |position| AttemptId { task: self.first.group.task(position), attempt: self.attempt })
    }
}

/// Asks a worker for output in its spools.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpoolRequest {
    /// Which output.
    pub source: SpoolSource,
    /// Which of the two streams.
    pub stream: OutputStream,
    /// Bytes to leave out at the start.
    pub skip: u64,
    /// Go on sending until the attempt has ended.
    pub follow: bool,
}

/// Where output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SpoolSource {
    /// Of an attempt that the worker has now.
    Running(AttemptId),
    /// Of one that ended.
    Ended(SpoolOutput),
}

/// One of a process's two output streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Output, in order. The last chunk is followed by the end of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SpoolChunk {
    /// More output.
    Data(Vec<u8>),
    /// There is none to be had, for this reason.
    Unavailable(String),
}
