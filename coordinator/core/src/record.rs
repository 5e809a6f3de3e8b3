//! Durable facts: the only thing that changes durable state.
//!
//! A record's bytes are frozen for its format version; the log's envelope is the `checkpoint` crate's business.

use godwit_common::ids::{Attempt, TaskId, Token, WorkerId, WorkflowId};
use godwit_common::outcome::{Ended, Outcome};
use godwit_common::resources::Capacity;
use godwit_common::time::Time;
use godwit_common::workflow::Workflow;
use serde::{Deserialize, Serialize};

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
        /// How it ended: succeeded or failed.
        ended: Ended,
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
