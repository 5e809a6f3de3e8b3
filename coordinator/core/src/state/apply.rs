//! The only thing that changes durable state: one record at a time.
//!
//! A record that does not fit is refused and changes nothing. While the coordinator runs, that cannot happen; when a
//! log is replayed, it says that the log is not ours or was damaged in a way that checksums do not notice.

use super::briefs::{Brief, How, Made, Ran};
use super::group::Group;
use super::workers::KnownWorker;
use super::workflow::{Finality, Workflow};
use super::{Effects, Misfit, State, Status, Tally};
use crate::record::Record;
use godwit_common::ids::{Attempt, AttemptId, GroupId, TaskId, WorkerId, WorkflowId};
use godwit_common::memo::{Memo, Origin};
use godwit_common::message::worker::GroupSpec;
use godwit_common::outcome::{End, Ended, Failure, Outcome};
use godwit_common::time::Time;
use godwit_common::workflow as wire;
use std::collections::BTreeSet;
use std::ops::Range;

impl State {
    /// Applies a record and notes in `effects` what that changed.
    pub(crate) fn apply(&mut self, record: &Record, effects: &mut Effects) -> Result<(), Misfit> {
        match record {
            Record::Submitted { workflow, at, spec } => self.submit(*workflow, *at, spec),
            Record::Done { worker, at, ended, memo } => {
                self.done(*worker, *at, ended, memo.as_deref(), effects)
            }
            Record::Reused { task, at, memo, origin } => self.reused(*task, *at, memo, origin, effects),
            Record::Imported { results, .. } => {
                results.iter().for_each(|result| self.import(result));
                Ok(())
            }
            Record::Pruned { filter, .. } => {
                self.prune(filter);
                Ok(())
            }
            Record::NumberUsed { workflow } => self.use_number(*workflow),
            Record::Outcomes(outcomes) => {
                outcomes.iter().try_for_each(|outcome| self.apply(&outcome, effects))
            }
            Record::Base(base) => self.restore(base),
            Record::Failed { worker, ended, .. } => self.failed(*worker, ended),
            Record::NodeLost { task, attempt, worker, .. } => self.node_lost(*task, *attempt, *worker),
            Record::Settled { first, count, outcome, at } => {
                self.settle(*first, *count, outcome, *at, effects)
            }
            Record::Reopened { workflow, tasks, .. } => self.reopen(*workflow, tasks),
            Record::Forgotten { workflow } => self.forget(*workflow),
            Record::WorkerJoined { worker, life, host, pid, spool, capacity, at } => {
                let known = KnownWorker {
                    life: *life,
                    host: host.clone(),
                    pid: *pid,
                    spool: spool.clone(),
                    capacity: capacity.clone(),
                    joined: *at,
                    left: None,
                    ended: 0,
                };
                self.workers.join(*worker, known)
            }
            Record::WorkerLeft { worker, reason, at } => self.workers.leave(*worker, *at, reason),
        }
    }

    fn submit(&mut self, id: WorkflowId, at: Time, spec: &wire::Workflow) -> Result<(), Misfit> {
        let expected = self.accepts(spec).map_err(Misfit)?;
        if id != expected {
            return Err(Misfit(format!("the next workflow is {expected}")));
        }
        let mut groups = Vec::with_capacity(spec.groups.len());
        for (position, group) in (0u32..).zip(&spec.groups) {
            let needs = self.resolve(id, &spec.groups, group).map_err(Misfit)?;
            let spec = GroupSpec {
                id: GroupId { workflow: id, group: position },
                name: group.name.clone(),
                workflow_name: spec.name.clone(),
                shape: group.shape.clone(),
                task: group.task.clone(),
            };
            groups.push(Group::new(spec, needs));
        }
        let ids: Vec<GroupId> = groups.iter().map(|group| group.spec.id).collect();
        let workflow = new_workflow(spec, at, groups);
        self.tasks += workflow.tasks;
        self.last_workflow = id.0;
        self.submissions.insert(workflow.submission, id);
        self.workflows.insert(id, workflow);
        ids.into_iter().for_each(|group| self.register(group));
        Ok(())
    }

    fn use_number(&mut self, id: WorkflowId) -> Result<(), Misfit> {
        if self.next_workflow() != Some(id) {
            return Err(Misfit(format!("the workflow before it is {}", self.last_workflow)));
        }
        self.last_workflow = id.0;
        Ok(())
    }

    fn done(
        &mut self,
        worker: WorkerId,
        at: Time,
        ended: &Ended,
        memo: Option<&Memo>,
        effects: &mut Effects,
    ) -> Result<(), Misfit> {
        let AttemptId { task, attempt } = ended.id;
        let range = self.pending_range(task, 1)?;
        let status = match &ended.end {
            End::Succeeded => Status::Succeeded,
            End::Failed(_) => Status::Failed,
            End::Stopped => return Err(Misfit("a stopped attempt is no outcome".to_owned())),
        };
        self.workers.count_end(worker)?;
        let workflow = self.workflow_mut(task.workflow())?;
        workflow.attempts += u64::from(ended.usage.is_some());
        if status == Status::Failed {
            workflow.remember(worker, ended, Finality::Final);
        } else if let Some(group) = workflow.groups.get_mut(task.group.group as usize) {
            let ran = Ran { worker, attempt, usage: ended.usage.clone() };
            let made = memo.map(|memo| Made { memo: memo.clone(), at });
            group.set_brief(task.position, &Brief { how: How::Ran(ran), made });
            if let Some(key) = memo.and_then(|memo| memo.key) {
                self.memos.record(&key, task);
            }
        }
        self.end(task.group, range, status, at, effects);
        Ok(())
    }

    fn reused(
        &mut self,
        task: TaskId,
        at: Time,
        memo: &Memo,
        origin: &Origin,
        effects: &mut Effects,
    ) -> Result<(), Misfit> {
        let range = self.pending_range(task, 1)?;
        let key = memo.key.ok_or_else(|| Misfit("the result has no key".to_owned()))?;
        let workflow = self.workflow_mut(task.workflow())?;
        workflow.reused += 1;
        let made = Some(Made { memo: memo.clone(), at: origin.at });
        let brief = Brief { how: How::Reused(origin.clone()), made };
        workflow.groups[task.group.group as usize].set_brief(task.position, &brief);
        self.memos.record(&key, task);
        self.end(task.group, range, Status::Succeeded, at, effects);
        Ok(())
    }

    fn failed(&mut self, worker: WorkerId, ended: &Ended) -> Result<(), Misfit> {
        let task = ended.id.task;
        self.pending_range(task, 1)?;
        if !matches!(ended.end, End::Failed(_)) {
            return Err(Misfit("its attempt did not fail".to_owned()));
        }
        self.workers.count_end(worker)?;
        let workflow = self.workflow_mut(task.workflow())?;
        workflow.attempts += u64::from(ended.usage.is_some());
        let history = workflow.remember(worker, ended, Finality::Retried);
        history.failures += 1;
        Ok(())
    }

    fn node_lost(&mut self, task: TaskId, attempt: Attempt, worker: WorkerId) -> Result<(), Misfit> {
        self.pending_range(task, 1)?;
        let workflow = self.workflow_mut(task.workflow())?;
        workflow.attempts += 1;
        let history = workflow.groups[task.group.group as usize].history_mut(task.position);
        history.push(AttemptId { task, attempt }, worker, End::Stopped, None);
        history.losses += 1;
        Ok(())
    }

    fn settle(
        &mut self,
        first: TaskId,
        count: u32,
        outcome: &Outcome,
        at: Time,
        effects: &mut Effects,
    ) -> Result<(), Misfit> {
        let range = self.pending_range(first, count)?;
        let status = match outcome {
            Outcome::Succeeded => Status::Succeeded,
            Outcome::Failed(failure) => {
                self.give_verdict(first.group, range.clone(), failure)?;
                Status::Failed
            }
            Outcome::Cancelled => Status::Cancelled,
            Outcome::Skipped => Status::Skipped,
        };
        self.end(first.group, range, status, at, effects);
        Ok(())
    }

    fn give_verdict(&mut self, id: GroupId, range: Range<u32>, failure: &Failure) -> Result<(), Misfit> {
        let workflow = self.workflow_mut(id.workflow)?;
        for position in range {
            let mut failure = failure.clone();
            workflow.bound_tail(&mut failure, Finality::Final);
            let history = workflow.groups[id.group as usize].history_mut(position);
            history.settle(failure.cause, failure.stderr_tail);
        }
        Ok(())
    }

    /// Gives pending tasks their outcome and follows what that means for others.
    fn end(&mut self, id: GroupId, range: Range<u32>, to: Status, at: Time, effects: &mut Effects) {
        let Some(workflow) = self.workflows.get_mut(&id.workflow) else {
            return;
        };
        let group = &mut workflow.groups[id.group as usize];
        group.turn(range.clone(), Status::Pending, to);
        if group.pending() == 0 {
            effects.groups_ended.push(id);
        }
        let count = u64::from(range.end - range.start);
        workflow.recount(id.group, Status::Pending, to, count);
        if workflow.pending() == 0 {
            workflow.ended = Some(at);
        }
        effects.ended.push((id, range.clone()));
        if to == Status::Succeeded {
            self.release(id, range, effects);
        } else {
            self.let_down(id, &range, effects);
        }
    }

    fn forget(&mut self, id: WorkflowId) -> Result<(), Misfit> {
        let workflow = self.workflow_mut(id)?;
        if workflow.pending() > 0 {
            return Err(Misfit(format!("workflow {id} has not ended")));
        }
        self.keep_results(id);
        self.detach(id);
        if let Some(workflow) = self.workflows.remove(&id) {
            self.tasks -= workflow.tasks;
            self.submissions.remove(&workflow.submission);
        }
        Ok(())
    }

    pub(super) fn workflow_mut(&mut self, id: WorkflowId) -> Result<&mut Workflow, Misfit> {
        let workflow = self.workflows.get_mut(&id);
        workflow.ok_or_else(|| Misfit(format!("workflow {id} does not exist")))
    }

    /// The positions of `count` tasks from `first` on, if all of them are there and pending.
    pub(super) fn pending_range(&self, first: TaskId, count: u32) -> Result<Range<u32>, Misfit> {
        let group = self.group(first.group).ok_or_else(|| Misfit("there is no such task".to_owned()))?;
        let range = first.position..first.position.saturating_add(count);
        if range.is_empty() || range.end > group.tasks() {
            return Err(Misfit(format!("its group has {} tasks", group.tasks())));
        }
        let pending = group.pending_in(range.clone()).next() == Some(range.clone());
        if pending { Ok(range) } else { Err(Misfit("it has ended already".to_owned())) }
    }
}

impl Workflow {
    /// Adds an ended attempt to the history of its task.
    fn remember(&mut self, worker: WorkerId, ended: &Ended, finality: Finality) -> &mut super::History {
        let mut end = ended.end.clone();
        if let End::Failed(failure) = &mut end {
            self.bound_tail(failure, finality);
        }
        let TaskId { group, position } = ended.id.task;
        let history = self.groups[group.group as usize].history_mut(position);
        history.push(ended.id, worker, end, ended.usage.clone());
        history
    }
}

pub(super) fn new_workflow(spec: &wire::Workflow, at: Time, groups: Vec<Group>) -> Workflow {
    let mut workflow = Workflow {
        name: spec.name.clone(),
        submission: spec.submission,
        digest: spec.digest,
        failure_rule: spec.failure_rule,
        checkpoint: spec.checkpoint.unwrap_or_default(),
        checkpoint_period: spec.checkpoint_period,
        submitted: at,
        ended: None,
        by_name: Vec::new(),
        tasks: spec.task_count(),
        groups,
        tally: Tally::default(),
        attempts: 0,
        reused: 0,
        folder: spec.folder.clone(),
        reuse: spec.reuse.clone(),
        rerun: spec.rerun.clone(),
        files: spec.files.clone(),
        failed_groups: BTreeSet::new(),
        earlier: BTreeSet::new(),
        dependents: Vec::new(),
        tails: [0; 2],
    };
    workflow.sort_names();
    workflow
}
