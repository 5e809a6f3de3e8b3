//! Decide, then apply: every durable fact passes through here, and what follows from it is followed to the end.

use crate::Core;
use crate::action::{Action, Level};
use crate::record::Record;
use crate::saving::Saving;
use crate::state::{Effects, Stretch};
use godwit_common::ids::{GroupId, TaskId, WorkflowId};
use godwit_common::outcome::Outcome;
use godwit_common::workflow::FailureRule;
use std::ops::Range;

impl Core {
    /// Makes a fact durable, and whatever follows from it.
    pub(crate) fn decide(&mut self, record: Record, out: &mut Vec<Action>) {
        self.record(record, out);
        self.skip_doomed(out);
    }

    /// Applies one record and has it saved. What it dooms is left to [`Core::skip_doomed`].
    pub(crate) fn record(&mut self, record: Record, out: &mut Vec<Action>) {
        let saving = self.saving(&record);
        if saving == Saving::Now {
            self.save_before(&record, out);
        }
        let mut effects = std::mem::take(&mut self.effects);
        effects.clear();
        match self.state.apply(&record, &mut effects) {
            Ok(()) => {
                self.save_record(record, saving, out);
                self.follow(&mut effects);
            }
            Err(misfit) => {
                debug_assert!(false, "decided on what does not fit: {record}: {}", misfit.0);
                let sentence = format!(
                    "dropped a decision that does not fit, {record}: {}; please report this",
                    misfit.0
                );
                self.notice(Level::Error, sentence, out);
            }
        }
        self.effects = effects;
    }

    fn follow(&mut self, effects: &mut Effects) {
        for (group, range) in effects.ended.drain(..) {
            self.changed.insert(group.workflow);
            self.withdraw(group, range);
        }
        for (group, range) in effects.released.drain(..) {
            self.enqueue(group, range);
        }
        self.doomed.extend(effects.doomed.drain(..));
        for group in effects.groups_ended.drain(..) {
            self.retire(group);
            if self.state.workflow(group.workflow).is_some_and(|workflow| workflow.pending() == 0) {
                self.desk.clear_workflow(group.workflow, false);
            }
        }
    }

    /// Tasks got their outcome without an attempt's doing: they are not started, and their attempts are stopped.
    fn withdraw(&mut self, group: GroupId, range: Range<u32>) {
        self.memo_ended(group, &range);
        self.queue.remove(group, range.clone());
        let delayed = self.delays.remove(group, range.clone());
        if let Some(active) = self.queue.active_mut(group) {
            active.delayed -= delayed;
        }
        let tasks = group.task(range.start)..group.task(range.end);
        let granted: Vec<TaskId> = self.grants.range(tasks.clone()).map(|(task, _)| *task).collect();
        for task in granted {
            self.revoke(task);
        }
        if !self.suspects.is_empty() {
            let suspects: Vec<TaskId> = self.suspects.range(tasks).map(|(task, _)| *task).collect();
            for task in suspects {
                self.suspects.remove(&task);
            }
        }
    }

    /// Tasks may run: they are pending, their needs are met, and nobody has them.
    pub(crate) fn enqueue(&mut self, id: GroupId, range: Range<u32>) {
        let Some(group) = self.state.group(id) else { return };
        self.queue.activate(group);
        if group.is_prepared {
            self.bring_in(id, range);
        } else {
            self.queue.insert(id, range, self.now);
        }
        self.changed.insert(id.workflow);
    }

    /// No task of the group will come again: workers may forget its spec.
    fn retire(&mut self, id: GroupId) {
        for worker in self.queue.retire(id) {
            if let Some(session) = self.fleet.session_mut(worker)
                && session.specs.remove(&id)
            {
                self.fleet.tell(worker, |outgoing| outgoing.forgets.extend([id]));
            }
        }
    }

    /// Skips what can never run, and what needs that, and so on; a loop, as chains may be a million groups long.
    pub(crate) fn skip_doomed(&mut self, out: &mut Vec<Action>) {
        while let Some((group, range)) = self.doomed.pop_front() {
            self.settle_all(group, range, &Outcome::Skipped, out);
        }
    }

    /// Gives what is pending of a stretch this outcome, and says how many tasks that were.
    pub(crate) fn settle_all(
        &mut self,
        id: GroupId,
        range: Range<u32>,
        outcome: &Outcome,
        out: &mut Vec<Action>,
    ) -> u64 {
        let Some(group) = self.state.group(id) else {
            return 0;
        };
        let stretches: Vec<Range<u32>> = group.pending_in(range).collect();
        let mut count = 0;
        for stretch in stretches {
            count += u64::from(stretch.end - stretch.start);
            let record = Record::Settled {
                first: id.task(stretch.start),
                count: stretch.end - stretch.start,
                outcome: outcome.clone(),
                at: self.now,
            };
            self.record(record, out);
        }
        count
    }

    /// Gives what is pending of several stretches this outcome before anything else follows from it.
    pub(crate) fn settle_together(
        &mut self,
        stretches: Vec<Stretch>,
        outcome: &Outcome,
        out: &mut Vec<Action>,
    ) -> u64 {
        let mut count = 0;
        for (group, range) in stretches {
            count += self.settle_all(group, range, outcome, out);
        }
        self.skip_doomed(out);
        count
    }

    /// Cancels the rest of a workflow of which too many tasks have failed.
    pub(crate) fn apply_failure_rule(&mut self, id: WorkflowId, out: &mut Vec<Action>) {
        let Some(workflow) = self.state.workflow(id) else {
            return;
        };
        let FailureRule::StopAfter(most) = workflow.failure_rule else {
            return;
        };
        if workflow.tally.failed <= u64::from(most) || workflow.pending() == 0 {
            return;
        }
        let unfinished = workflow.groups.iter().filter(|group| group.pending() > 0);
        let stretches = unfinished.map(|group| (group.spec.id, 0..group.tasks())).collect();
        self.settle_together(stretches, &Outcome::Cancelled, out);
    }
}
