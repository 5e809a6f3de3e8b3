//! Between a client and the coordinator.
//!
//! A client opens a stream for each [`Request`] and reads [`Response`]s from it: one, except where it says several.

use super::view::{CoordinatorView, Explanation, TaskView, WorkerView, WorkflowView};
use super::worker::OutputStream;
use crate::ids::{WorkerId, WorkflowId};
use crate::memo::{Exported, PruneFilter};
use crate::workflow::Workflow;
use serde::{Deserialize, Serialize};

/// What a client can ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Accept a workflow. Answered by [`Response::Submitted`] once it is durable.
    Submit(Box<Workflow>),
    /// Go on with the newest workflow of the same digest if it has not wholly succeeded (what failed, was cancelled or
    /// skipped is reopened as by [`Request::Retry`]), else accept this one. Answered like [`Request::Submit`].
    Resume(Box<Workflow>),
    /// Every workflow. Answered by [`Response::Workflows`].
    List,
    /// One workflow. Answered by [`Response::Workflow`].
    Status(WorkflowId),
    /// Tasks of a workflow in order, at most [`TASKS_MAX`] of them. Answered by [`Response::Tasks`].
    Tasks {
        /// The workflow, or part of it.
        of: Selector,
        /// Only tasks in one of these states; all if empty.
        states: Vec<super::view::TaskState>,
        /// Tasks to leave out at the start.
        skip: u64,
    },
    /// [`Response::Workflow`] now and whenever it changed, not more often than a few times a second; the last when
    /// the workflow has ended.
    Watch(WorkflowId),
    /// Cancel what has not ended. Answered by [`Response::Changed`] once durable.
    Cancel(Selector),
    /// Run again what failed or was cancelled, and what was skipped for it. Answered by [`Response::Changed`] once
    /// durable.
    Retry(WorkflowId),
    /// Drop an ended workflow. Answered by [`Response::Done`] once durable.
    Forget(WorkflowId),
    /// Why a task is not running, or why it failed. Answered by [`Response::Explained`].
    Explain(TaskReference),
    /// The output of a task: several [`Response::Output`].
    Logs {
        /// The task.
        task: TaskReference,
        /// Which stream.
        stream: OutputStream,
        /// Go on until the task has ended.
        follow: bool,
    },
    /// Make what has happened durable: of one workflow, or of all, whatever their mode (but `off`). Answered by
    /// [`Response::Changed`] with the number of outcomes that were not saved before, once they are durable.
    Checkpoint(Option<WorkflowId>),
    /// Take results of another store into the memo table. Answered by [`Response::Changed`] with the number of those
    /// that were new, once durable.
    Import {
        /// The store or file that they come from, for people.
        source: String,
        /// At most [`IMPORTED_AT_ONCE_MAX`](crate::limits::IMPORTED_AT_ONCE_MAX); each has a key.
        results: Vec<Exported>,
    },
    /// Drop results from the memo table. Answered by [`Response::Changed`] with their number, once durable.
    Prune {
        /// Which.
        filter: PruneFilter,
        /// Only count them.
        dry_run: bool,
    },
    /// Every worker. Answered by [`Response::Workers`].
    Workers,
    /// Let a worker finish what it has and leave. Answered by [`Response::Done`].
    DrainWorker(WorkerId),
    /// Stop a worker; its tasks go back to the queue. Answered by [`Response::Done`].
    StopWorker(WorkerId),
    /// The coordinator itself. Answered by [`Response::Coordinator`].
    Coordinator,
    /// End the coordinator; workers and their tasks stay and wait for the next one. Answered by [`Response::Done`].
    StopCoordinator,
}

/// Tasks in one [`Response::Tasks`]: keeps a response well under the frame limit.
pub const TASKS_MAX: usize = 10_000;

/// Part of a workflow, by the names that people use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selector {
    /// The workflow.
    pub workflow: WorkflowId,
    /// A group of it, or all groups.
    pub group: Option<String>,
    /// First and last index in the group, or all tasks.
    pub indices: Option<(u32, u32)>,
}

/// One task, by the names that people use: `7/align[12]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskReference {
    /// The workflow.
    pub workflow: WorkflowId,
    /// The group's name; may be left out if the workflow has only one group.
    pub group: Option<String>,
    /// The index; may be left out if the group is a single task.
    pub index: Option<u32>,
}

/// What the coordinator answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Response {
    /// The workflow is accepted, now or by an earlier try with the same submission token.
    Submitted {
        /// Its number.
        workflow: WorkflowId,
        /// Whether it was there before: the answer to [`Request::Resume`].
        resumed: bool,
    },
    /// Workflows by id.
    Workflows(Vec<WorkflowView>),
    /// One workflow.
    Workflow(Box<WorkflowView>),
    /// A page of tasks.
    Tasks(Vec<TaskView>),
    /// So many tasks were changed.
    Changed(u64),
    /// It is done.
    Done,
    /// What the coordinator knows of a task.
    Explained(Box<Explanation>),
    /// A piece of output.
    Output(Vec<u8>),
    /// The output is in this file, which the coordinator does not read.
    OutputFile(String),
    /// Workers by id.
    Workers(Vec<WorkerView>),
    /// The coordinator.
    Coordinator(Box<CoordinatorView>),
    /// The request is refused.
    Refused(Refusal),
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Decides the exit code.
    pub kind: RefusalKind,
    /// One clear sentence.
    pub sentence: String,
}

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefusalKind {
    /// The request is wrong: exit code 2.
    Input,
    /// The coordinator cannot do it now: exit code 3.
    Infrastructure,
}
