//! What a base of the log is made of: pieces of a state that ordinary records would say at greater length, or not at
//! all, such as how a forgotten workflow had ended.
//!
//! Their bytes are frozen like those of any record. How a state is taken apart and put together is in `state::base`.

use super::Outcomes;
use crate::state::Entry;
use godwit_common::ids::{GroupId, Token, WorkerId, WorkflowId};
use godwit_common::outcome::Failure;
use godwit_common::resources::Capacity;
use godwit_common::shape::Shape;
use godwit_common::task::TaskSpec;
use godwit_common::time::Time;
use godwit_common::workflow::{Dependency, Workflow};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A piece of a state. Only this crate makes them, in the order in which they have to be read back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Base(pub(crate) Piece);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Piece {
    /// The first piece: the highest numbers that were given out.
    Numbers { workflow: u32, worker: u32 },
    /// A worker that is remembered.
    Worker(SavedWorker),
    /// Workers that left, in the order in which they did.
    Left(Vec<WorkerId>),
    /// A workflow begins.
    Workflow(Box<SavedWorkflow>),
    /// Its next groups.
    Groups { workflow: WorkflowId, groups: Vec<SavedGroup> },
    /// The statuses of tasks from a position on: each with the number of neighbours that have it.
    Statuses { group: GroupId, first: u32, runs: Vec<(SavedStatus, u32)> },
    /// How tasks succeeded. When the coordinator heard of that is not remembered.
    Successes(Outcomes),
    /// What else is remembered of tasks.
    Histories { group: GroupId, histories: Vec<(u32, SavedHistory)> },
    /// All of a workflow was said.
    Whole(WorkflowId),
    /// Next entries of the memo table, in the order in which they were recorded; after the successes of all workflows.
    /// From `State::memo_entries` to `State::restore_memo`.
    Results(Vec<Entry>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedWorker {
    pub(crate) id: WorkerId,
    pub(crate) life: Token,
    pub(crate) host: String,
    pub(crate) pid: u32,
    pub(crate) spool: String,
    pub(crate) capacity: Capacity,
    pub(crate) joined: Time,
    pub(crate) left: Option<(Time, String)>,
    pub(crate) ended: u64,
    /// Whether its life is known by this name.
    pub(crate) current: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedWorkflow {
    pub(crate) id: WorkflowId,
    /// As it was submitted, but without its groups.
    pub(crate) head: Workflow,
    pub(crate) submitted: Time,
    pub(crate) ended: Option<Time>,
    pub(crate) attempts: u64,
    /// Bytes of standard error that are remembered: of retried failures, and of final ones.
    pub(crate) tails: [u64; 2],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedGroup {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) task: TaskSpec,
    pub(crate) needs: Vec<(SavedSource, Dependency)>,
}

/// What a group needs, as it was resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SavedSource {
    Group(GroupId),
    Workflow(WorkflowId),
    Met,
    Gone(WorkflowId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SavedStatus {
    Pending,
    Succeeded,
    Failed,
    Cancelled,
    Skipped,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedHistory {
    pub(crate) failures: u32,
    pub(crate) losses: u32,
    pub(crate) number: u32,
    pub(crate) started: u32,
    pub(crate) verdict: Option<Failure>,
    /// Attempts that ended, oldest first.
    pub(crate) entries: Vec<godwit_common::outcome::AttemptHistory>,
}

/// `base: workflow 7 begins`.
impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = |id: &GroupId| format!("{}.{}", id.workflow, id.group);
        f.write_str("base: ")?;
        match &self.0 {
            Piece::Numbers { workflow, worker } => {
                write!(f, "the last workflow is {workflow}, the last worker w{worker}")
            }
            Piece::Worker(worker) => write!(f, "worker {}", worker.id),
            Piece::Left(left) => write!(f, "{} workers left", left.len()),
            Piece::Workflow(saved) => write!(f, "workflow {}", saved.id),
            Piece::Groups { workflow, groups } => {
                write!(f, "{} groups of workflow {workflow}", groups.len())
            }
            Piece::Statuses { group: id, first, .. } => {
                write!(f, "statuses of group {} from {first}", group(id))
            }
            Piece::Successes(outcomes) => write!(f, "successes, {outcomes}"),
            Piece::Histories { group: id, histories } => {
                write!(f, "{} histories of group {}", histories.len(), group(id))
            }
            Piece::Whole(workflow) => write!(f, "end of workflow {workflow}"),
            Piece::Results(entries) => write!(f, "{} results", entries.len()),
        }
    }
}
