//! The durable part of a workflow.

use super::group::Group;
use super::status::{Status, Tally};
use crate::limits::STDERR_TAILS_BYTES_MAX;
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::ids::{GroupId, Token, WorkflowId};
use godwit_common::memo::{FileDigest, Reuse};
use godwit_common::message::view::WorkflowState;
use godwit_common::outcome::Failure;
use godwit_common::time::Time;
use godwit_common::workflow::{self as wire, FailureRule};
use std::collections::BTreeSet;
use std::time::Duration;

/// A workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Workflow {
    pub(crate) name: String,
    pub(crate) submission: Token,
    pub(crate) digest: [u8; 32],
    pub(crate) failure_rule: FailureRule,
    /// When its outcomes are saved. What the cluster says was put into the submission.
    pub(crate) checkpoint: CheckpointMode,
    pub(crate) checkpoint_period: Option<Duration>,
    pub(crate) submitted: Time,
    pub(crate) ended: Option<Time>,
    pub(crate) groups: Vec<Group>,
    /// Positions of the groups in the order of their names.
    pub(super) by_name: Vec<u32>,
    pub(crate) tasks: u64,
    pub(crate) tally: Tally,
    /// Processes that were started and whose end is recorded.
    pub(crate) attempts: u64,
    /// Successes that came from the memo table.
    pub(crate) reused: u64,
    /// In keys, paths below it are relative to it.
    pub(crate) folder: String,
    /// Which earlier results may serve.
    pub(crate) reuse: Reuse,
    /// Groups that run whatever results there are, sorted.
    pub(crate) rerun: Vec<u32>,
    /// Files that the tasks read and no task makes; sorted by path.
    pub(crate) files: Vec<FileDigest>,
    /// Groups with a failed task.
    pub(crate) failed_groups: BTreeSet<u32>,
    /// Workflows that its groups need, as far as they are not forgotten.
    pub(crate) earlier: BTreeSet<WorkflowId>,
    /// Groups of later workflows that need all of this one.
    pub(crate) dependents: Vec<GroupId>,
    /// Bytes of standard error that are remembered: of retried failures, and of final ones.
    pub(super) tails: [usize; 2],
}

/// Whether a failure was the last word on its task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finality {
    Retried,
    Final,
}

impl Workflow {
    /// Tasks without an outcome.
    pub(crate) fn pending(&self) -> u64 {
        self.tasks - self.tally.ended()
    }

    /// Whether every task succeeded.
    pub(crate) fn is_complete(&self) -> bool {
        self.tally.succeeded == self.tasks
    }

    /// Its state as people see it. What was only skipped failed because another workflow did.
    pub(crate) fn state(&self) -> WorkflowState {
        if self.pending() > 0 {
            WorkflowState::Running
        } else if self.is_complete() {
            WorkflowState::Succeeded
        } else if self.tally.failed == 0 && self.tally.cancelled > 0 {
            WorkflowState::Cancelled
        } else {
            WorkflowState::Failed
        }
    }

    /// As it was submitted, but without its groups.
    pub(super) fn head(&self) -> wire::Workflow {
        wire::Workflow {
            name: self.name.clone(),
            submission: self.submission,
            digest: self.digest,
            failure_rule: self.failure_rule,
            checkpoint: Some(self.checkpoint),
            checkpoint_period: self.checkpoint_period,
            folder: self.folder.clone(),
            reuse: self.reuse.clone(),
            rerun: self.rerun.clone(),
            files: self.files.clone(),
            groups: Vec::new(),
        }
    }

    /// Lets groups be found by name, when all of them are there.
    pub(super) fn sort_names(&mut self) {
        let mut by_name: Vec<u32> = (0u32..).zip(&self.groups).map(|(position, _)| position).collect();
        let name = |position: u32| &self.groups[position as usize].spec.name;
        by_name.sort_by(|a, b| name(*a).cmp(name(*b)));
        self.by_name = by_name;
    }

    /// The position of the group that is called `name`.
    pub(crate) fn group_named(&self, name: &str) -> Option<u32> {
        let named = |position: &u32| self.groups[*position as usize].spec.name.as_str();
        let found = self.by_name.binary_search_by(|position| named(position).cmp(name));
        found.ok().map(|index| self.by_name[index])
    }

    /// Keeps the tally and the failed groups right when tasks of the group at `group` change.
    pub(super) fn recount(&mut self, group: u32, from: Status, to: Status, count: u64) {
        self.tally.subtract(from, count);
        self.tally.add(to, count);
        if self.groups[group as usize].tally.failed > 0 {
            self.failed_groups.insert(group);
        } else {
            self.failed_groups.remove(&group);
        }
    }

    /// Drops the tail of standard error if enough of them are remembered.
    pub(super) fn bound_tail(&mut self, failure: &mut Failure, finality: Finality) {
        let spent = match finality {
            Finality::Retried => &mut self.tails[0],
            Finality::Final => &mut self.tails[1],
        };
        if *spent + failure.stderr_tail.len() > STDERR_TAILS_BYTES_MAX / 2 {
            failure.stderr_tail = Vec::new();
        }
        *spent += failure.stderr_tail.len();
    }
}
