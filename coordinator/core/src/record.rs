//! Durable facts: the only thing that changes durable state.
//!
//! A record's bytes are frozen for its format version; the log's envelope is the `checkpoint` crate's business.
//! Records of older formats are read and never written.

mod base;
mod blobs;
mod outcomes;
mod v1;

pub use base::Base;
pub(crate) use base::{
    Piece, SavedGroup, SavedHistory, SavedSource, SavedStatus, SavedWorker, SavedWorkflow,
};
pub(crate) use outcomes::OutcomesWriter;
pub use outcomes::{Outcomes, OutcomesIter};

use godwit_common::ids::{Attempt, TaskId, Token, WorkerId, WorkflowId};
use godwit_common::memo::{Exported, Memo, Origin, PruneFilter};
use godwit_common::outcome::{Ended, Outcome};
use godwit_common::resources::Capacity;
use godwit_common::time::Time;
use godwit_common::workflow::Workflow;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One durable fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// A workflow was accepted.
    Submitted {
        /// Its number: one more than the last.
        workflow: WorkflowId,
        /// When.
        at: Time,
        /// The workflow, valid.
        spec: Box<Workflow>,
    },
    /// An attempt succeeded, or failed for good: the task has its outcome.
    Done {
        /// Where it ran.
        worker: WorkerId,
        /// When the coordinator heard of it.
        at: Time,
        /// How it ended: succeeded or failed. What it produced is in `memo`.
        ended: Ended,
        /// What is kept of a success for those who need it or would compute the same.
        memo: Option<Box<Memo>>,
    },
    /// A task took the result of another and did not run.
    Reused {
        /// The task.
        task: TaskId,
        /// When.
        at: Time,
        /// The result, whole: whoever computed it may be forgotten.
        memo: Box<Memo>,
        /// Who computed it.
        origin: Box<Origin>,
    },
    /// Results of another store were taken into the memo table.
    Imported {
        /// The results; each has a key.
        results: Vec<Exported>,
        /// When.
        at: Time,
    },
    /// Results were dropped from the memo table.
    Pruned {
        /// Those that fit this.
        filter: PruneFilter,
        /// When.
        at: Time,
    },
    /// Several outcomes, in order. It means what its records mean one after the other.
    Outcomes(Outcomes),
    /// A piece of a state, as a base of the log has it.
    Base(Box<Base>),
    /// A workflow was given this number and leaves nothing else in the log: its mode is `off`.
    NumberUsed {
        /// The number: one more than the last.
        workflow: WorkflowId,
    },
    /// An attempt failed and the task will be tried again.
    Failed {
        /// Where it ran.
        worker: WorkerId,
        /// When the coordinator heard of it.
        at: Time,
        /// How it ended.
        ended: Ended,
    },
    /// The worker was lost under an attempt; the task will be tried again, unless `Settled` follows.
    NodeLost {
        /// The task.
        task: TaskId,
        /// The attempt.
        attempt: Attempt,
        /// The worker.
        worker: WorkerId,
        /// When.
        at: Time,
    },
    /// Tasks at neighbouring positions got this outcome without an attempt of their own deciding it: cancelled,
    /// skipped, or failed by a budget.
    Settled {
        /// The first task.
        first: TaskId,
        /// How many.
        count: u32,
        /// Their outcome.
        outcome: Outcome,
        /// When.
        at: Time,
    },
    /// The outcomes of these tasks are taken back and their budgets are new: `godwit retry`.
    Reopened {
        /// The workflow.
        workflow: WorkflowId,
        /// When.
        at: Time,
        /// First position and number of neighbouring tasks.
        tasks: Vec<(TaskId, u32)>,
    },
    /// An ended workflow was dropped.
    Forgotten {
        /// Which.
        workflow: WorkflowId,
    },
    /// A worker was given its name.
    WorkerJoined {
        /// The name: one more than the last.
        worker: WorkerId,
        /// By which it is known when it comes back.
        life: Token,
        /// Its host.
        host: String,
        /// Its process.
        pid: u32,
        /// The folder of its spools.
        spool: String,
        /// What it has to give.
        capacity: Capacity,
        /// When.
        at: Time,
    },
    /// A worker is gone and is not expected back.
    WorkerLeft {
        /// Which.
        worker: WorkerId,
        /// Why.
        reason: String,
        /// When.
        at: Time,
    },
}

/// The format of the records that this build writes. It goes up whenever the bytes of any record change.
const FORMAT: u8 = 2;

/// The format before: the whole logs of versions without checkpoint modes.
const FORMAT_1: u8 = 1;

/// Why bytes are not a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// There are no bytes.
    #[error("an empty record")]
    Empty,
    /// They are of a format that this build does not read.
    #[error(
        "a record of format {0}, and this build reads formats 1 to {FORMAT}; use the version of godwit that wrote it"
    )]
    Format(u8),
    /// They do not decode.
    #[error("a record that does not decode: {0}")]
    Malformed(postcard::Error),
    /// There are bytes left when the record is decoded.
    #[error("a record with {0} bytes too many")]
    Leftover(usize),
}

impl Record {
    /// The record's bytes: the format, then the record. A single success is written as [`Outcomes`] of one, which
    /// are shorter.
    pub fn encode(&self) -> Vec<u8> {
        let start = vec![FORMAT];
        let bytes = match self {
            Record::Done { .. } => match Outcomes::of_success(self) {
                Some(outcomes) => postcard::to_extend(&Record::Outcomes(outcomes), start),
                None => postcard::to_extend(self, start),
            },
            _ => postcard::to_extend(self, start),
        };
        bytes.expect("plain data encodes into memory")
    }

    /// Whether it says how tasks ended, for ever. Such records may be held back, see `saving`.
    pub(crate) fn is_outcome(&self) -> bool {
        self.outcomes() > 0
    }

    /// Outcomes of tasks that it says.
    pub(crate) fn outcomes(&self) -> u64 {
        match self {
            Record::Done { .. } | Record::Reused { .. } => 1,
            Record::Settled { count, .. } => u64::from(*count),
            _ => 0,
        }
    }

    /// The workflow that it is about, if it is about one.
    pub(crate) fn workflow(&self) -> Option<WorkflowId> {
        match self {
            Record::Submitted { workflow, .. }
            | Record::NumberUsed { workflow }
            | Record::Reopened { workflow, .. }
            | Record::Forgotten { workflow } => Some(*workflow),
            Record::Done { ended, .. } | Record::Failed { ended, .. } => Some(ended.id.task.workflow()),
            Record::Reused { task, .. } | Record::NodeLost { task, .. } => Some(task.workflow()),
            Record::Settled { first, .. } => Some(first.workflow()),
            Record::Imported { .. }
            | Record::Pruned { .. }
            | Record::Outcomes(_)
            | Record::Base(_)
            | Record::WorkerJoined { .. }
            | Record::WorkerLeft { .. } => None,
        }
    }

    /// Reads a record back.
    ///
    /// # Errors
    /// [`RecordError`] if the bytes are not exactly one record of a known format.
    pub fn decode(bytes: &[u8]) -> Result<Record, RecordError> {
        let (format, body) = bytes.split_first().ok_or(RecordError::Empty)?;
        match *format {
            FORMAT_1 => exactly::<v1::OldRecord>(body).map(Record::from),
            FORMAT => match exactly(body)? {
                Record::Outcomes(outcomes) => Ok(outcomes.simplified()),
                record => Ok(record),
            },
            other => Err(RecordError::Format(other)),
        }
    }
}

fn exactly<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, RecordError> {
    let (value, rest) = postcard::take_from_bytes(bytes).map_err(RecordError::Malformed)?;
    match rest.len() {
        0 => Ok(value),
        bytes => Err(RecordError::Leftover(bytes)),
    }
}

/// What the record says, in short: `Done of task 7.0[12]`, with the group by its position.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |task: &TaskId| format!("{}.{}[{}]", task.workflow(), task.group.group, task.position);
        match self {
            Record::Submitted { workflow, .. } => write!(f, "Submitted of workflow {workflow}"),
            Record::Done { ended, .. } => write!(f, "Done of task {}", named(&ended.id.task)),
            Record::Reused { task, .. } => write!(f, "Reused of task {}", named(task)),
            Record::Imported { results, .. } => write!(f, "Imported of {} results", results.len()),
            Record::Pruned { .. } => f.write_str("Pruned of the memo table"),
            Record::Outcomes(outcomes) => write!(f, "{outcomes}"),
            Record::Base(base) => write!(f, "{base}"),
            Record::NumberUsed { workflow } => write!(f, "NumberUsed of workflow {workflow}"),
            Record::Failed { ended, .. } => write!(f, "Failed of task {}", named(&ended.id.task)),
            Record::NodeLost { task, .. } => write!(f, "NodeLost of task {}", named(task)),
            Record::Settled { first, count, .. } => {
                write!(f, "Settled of {count} tasks from {}", named(first))
            }
            Record::Reopened { workflow, .. } => write!(f, "Reopened of workflow {workflow}"),
            Record::Forgotten { workflow } => write!(f, "Forgotten of workflow {workflow}"),
            Record::WorkerJoined { worker, .. } => write!(f, "WorkerJoined of {worker}"),
            Record::WorkerLeft { worker, .. } => write!(f, "WorkerLeft of {worker}"),
        }
    }
}
