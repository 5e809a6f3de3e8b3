//! Durable state: what a log says. It changes only in [`State::apply`], live and in a replay alike.
//!
//! What is not in the log – who runs what now, what is ready, who is connected – is not here.

mod apply;
mod base;
mod briefs;
mod detach;
mod group;
mod history;
mod memos;
mod needs;
mod release;
mod reopen;
mod resolve;
mod status;
mod workers;
mod workflow;

pub(crate) use briefs::{Brief, How};
pub(crate) use group::{Group, Need, Source};
pub(crate) use history::History;
pub(crate) use memos::Entry;
pub(crate) use memos::{Found, Memos, Slot};
pub(crate) use status::{Status, Tally};
pub(crate) use workers::{KnownWorker, Workers};
pub(crate) use workflow::Workflow;

use crate::limits::{TASKS_MAX, WORKFLOWS_MAX};
use godwit_common::ids::{GroupId, TaskId, Token, WorkflowId};
use godwit_common::workflow as wire;
use std::collections::BTreeMap;
use std::ops::Range;

/// All durable facts of one store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) workflows: BTreeMap<WorkflowId, Workflow>,
    pub(crate) workers: Workers,
    /// Results that can serve.
    pub(crate) memos: Memos,
    submissions: BTreeMap<Token, WorkflowId>,
    last_workflow: u32,
    tasks: u64,
}

/// Neighbouring tasks of a group.
pub(crate) type Stretch = (GroupId, Range<u32>);

/// What a record changed, for those who keep what is not durable.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// Tasks that got an outcome.
    pub(crate) ended: Vec<Stretch>,
    /// Tasks whose needs are met now.
    pub(crate) released: Vec<Stretch>,
    /// Tasks that can never run now; they are to be skipped.
    pub(crate) doomed: Vec<Stretch>,
    /// Groups whose last task ended.
    pub(crate) groups_ended: Vec<GroupId>,
}

/// Why a record does not fit the state: the end of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misfit(pub(crate) String);

impl Effects {
    pub(crate) fn clear(&mut self) {
        self.ended.clear();
        self.released.clear();
        self.doomed.clear();
        self.groups_ended.clear();
    }
}

impl State {
    pub(crate) fn workflow(&self, id: WorkflowId) -> Option<&Workflow> {
        self.workflows.get(&id)
    }

    pub(crate) fn group(&self, id: GroupId) -> Option<&Group> {
        self.workflows.get(&id.workflow)?.groups.get(id.group as usize)
    }

    fn group_mut(&mut self, id: GroupId) -> Option<&mut Group> {
        self.workflows.get_mut(&id.workflow)?.groups.get_mut(id.group as usize)
    }

    /// The status of a task, if there is such a task.
    pub(crate) fn status(&self, task: TaskId) -> Option<Status> {
        self.group(task.group)?.status(task.position)
    }

    pub(crate) fn is_pending(&self, task: TaskId) -> bool {
        self.status(task) == Some(Status::Pending)
    }

    /// The workflow that was submitted with this token.
    pub(crate) fn submission(&self, token: Token) -> Option<WorkflowId> {
        self.submissions.get(&token).copied()
    }

    /// The number for the next workflow.
    pub(crate) fn next_workflow(&self) -> Option<WorkflowId> {
        self.last_workflow.checked_add(1).map(WorkflowId)
    }

    /// Whether a valid workflow can be accepted.
    ///
    /// # Errors
    /// A sentence that says why not.
    pub(crate) fn accepts(&self, workflow: &wire::Workflow) -> Result<WorkflowId, String> {
        let full = |what: &str| Err(format!("{what}; forget workflows that have ended"));
        let Some(id) = self.next_workflow().filter(|_| self.workflows.len() < WORKFLOWS_MAX) else {
            return full(&format!("{WORKFLOWS_MAX} workflows are held already"));
        };
        if workflow.groups.is_empty() {
            return Err("it has no tasks".to_owned());
        }
        let groups = workflow.groups.iter();
        if let Some(group) = groups.clone().find(|group| group.task.requests.is_empty()) {
            return Err(format!("task '{}' has no resource request", group.name));
        }
        if let Some((group, fault)) =
            groups.clone().find_map(|group| group.shape.fault().map(|fault| (group, fault)))
        {
            return Err(format!("task '{}': {fault}", group.name));
        }
        if self.tasks.saturating_add(workflow.task_count()) > TASKS_MAX {
            return full(&format!("more than {TASKS_MAX} tasks would be held, {} are", self.tasks));
        }
        for group in groups {
            self.resolve(id, &workflow.groups, group)?;
        }
        Ok(id)
    }
}
