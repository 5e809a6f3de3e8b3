//! Deciding about tasks whose needs are met: reuse a result, wait for an equal task, or run.
//!
//! A bounded number is looked at in one event, so that a million of them hold nobody up.

use super::desk::Stage;
use super::gather::gather;
use crate::Core;
use crate::action::Action;
use crate::limits::{MAKERS_AT_ONCE, PREPARED_AT_ONCE, PREPARED_OF_GROUP_MAX};
use crate::ranges::Ranges;
use crate::record::Record;
use crate::state::{Found, Group, Workflow};
use godwit_common::ids::{GroupId, TaskId, WorkflowId};
use godwit_common::memo::{Exported, MemoKey, Origin, Reuse};
use std::ops::Range;

impl Core {
    /// Takes in tasks that may run, of a group that has to be prepared.
    pub(crate) fn bring_in(&mut self, id: GroupId, range: Range<u32>) {
        let mut fresh = Ranges::default();
        fresh.insert(range.clone());
        if let Some(active) = self.queue.active(id) {
            for ready in active.ready.overlapping(range.clone()) {
                fresh.remove(ready);
            }
        }
        self.desk.admit(id, range, &mut fresh);
    }

    /// Looks at tasks that came in, unless nothing is placed at the moment.
    pub(crate) fn prepare(&mut self, out: &mut Vec<Action>) {
        self.desk.unfinished = false;
        if self.is_held() {
            return;
        }
        self.unpark();
        let mut left = PREPARED_AT_ONCE;
        while let Some(group) = self.desk.first_group().filter(|_| left > 0) {
            if self.has_enough(group) {
                self.desk.park(group);
            } else if self.is_memoized(group) && !self.has_makers(group.workflow) {
                left = 0;
            } else if let Some(task) = self.desk.take(group) {
                left -= 1;
                self.prepare_task(task, out);
            }
        }
        self.desk.unfinished = self.desk.has_incoming();
        self.send_checks();
        self.desk.blobs.read(out);
    }

    /// Whether so many tasks of a group are prepared that the others can wait.
    fn has_enough(&self, id: GroupId) -> bool {
        let ready = self.queue.active(id).map_or(0, |active| active.ready.count());
        ready + self.desk.staged(id) >= PREPARED_OF_GROUP_MAX
    }

    fn is_memoized(&self, id: GroupId) -> bool {
        self.state.group(id).is_some_and(|group| group.spec.task.is_memoized())
    }

    fn unpark(&mut self) {
        let queue = &self.queue;
        self.desk.unpark(|id, staged| {
            let ready = queue.active(id).map_or(0, |active| active.ready.count());
            ready + staged <= PREPARED_OF_GROUP_MAX / 2
        });
    }

    /// Goes on with the index of a workflow's outputs, and says whether it is complete.
    fn has_makers(&mut self, id: WorkflowId) -> bool {
        let Some(workflow) = self.state.workflow(id) else { return true };
        let mut budget = MAKERS_AT_ONCE;
        self.desk.shelves.entry(id).or_default().makers.build(workflow, &mut budget)
    }

    fn prepare_task(&mut self, task: TaskId, out: &mut Vec<Action>) {
        if !self.state.is_pending(task) {
            return;
        }
        let Some(key) = self.key_of(task) else {
            return self.supply(task, out);
        };
        if !self.looks_up(task) {
            return self.fly(task, key, out);
        }
        let Some(found) = self.lookup(task.workflow(), key) else {
            return self.fly(task, key, out);
        };
        let outputs = self.state.group(task.group).map_or(0, |group| group.spec.task.outputs.len());
        if found.result.memo.outputs.len() != outputs {
            let origin = self.origin_of(task, &found.result.origin);
            self.desk.note(task, format!("{origin} computed the same, but its outputs were not digested"));
            self.fly(task, key, out);
        } else if outputs == 0 {
            self.reuse(task, found.result, out);
        } else {
            self.desk.set_stage(task, Stage::Check { slot: found.slot, key, asked: None });
            self.desk.checks.wait(task);
        }
    }

    /// The key of a task that is memoized and can be keyed.
    fn key_of(&mut self, task: TaskId) -> Option<MemoKey> {
        let group = self.state.group(task.group)?;
        if !group.spec.task.is_memoized() {
            return None;
        }
        let makers = &self.desk.shelves.entry(task.workflow()).or_default().makers;
        let gathered = gather(&self.state, makers, &mut self.desk.combined, task);
        gathered.ok().map(|gathered| gathered.recipe.key())
    }

    /// Whether earlier results may serve a task.
    pub(crate) fn looks_up(&self, task: TaskId) -> bool {
        self.state.workflow(task.workflow()).is_some_and(|workflow| {
            workflow.reuse != Reuse::Nothing && workflow.rerun.binary_search(&task.group.group).is_err()
        })
    }

    /// The newest result for a key that may serve a workflow.
    fn lookup(&mut self, id: WorkflowId, key: MemoKey) -> Option<Found> {
        let last = self.last_of(id);
        let workflow = self.state.workflow(id)?;
        self.state.results_for(key).find(|found| accepts(workflow, id, last, found))
    }

    /// The newest earlier workflow of the same name that is there or has left results.
    pub(crate) fn last_of(&mut self, id: WorkflowId) -> Option<WorkflowId> {
        let workflow = self.state.workflow(id).filter(|workflow| workflow.reuse == Reuse::Last)?;
        let shelf = self.desk.shelves.entry(id).or_default();
        if let Some(last) = shelf.last {
            return last;
        }
        let mut earlier = self.state.workflows.range(..id).rev();
        let held = earlier.find(|(_, other)| other.name == workflow.name).map(|(id, _)| *id);
        let last = held.max(self.state.memos.last_named(&workflow.name, id));
        shelf.last = Some(last);
        last
    }

    /// Runs a task, or has it wait for an equal one that runs.
    pub(super) fn fly(&mut self, task: TaskId, key: MemoKey, out: &mut Vec<Action>) {
        match self.desk.flights.leader(&key) {
            Some(leader) if leader != task && self.would_accept(task, leader) => {
                self.desk.flights.follow(&key, task);
                self.desk.set_stage(task, Stage::Follow(key));
                return;
            }
            None => {
                let before = self.desk.flights.led_by(task);
                before.into_iter().for_each(|_| self.land(task));
                self.desk.flights.lead(key, task);
            }
            Some(_) => {}
        }
        self.supply(task, out);
    }

    /// Whether the result that `leader` is about to make may serve a task.
    fn would_accept(&mut self, task: TaskId, leader: TaskId) -> bool {
        if !self.looks_up(task) {
            return false;
        }
        let all = self.state.workflow(task.workflow()).is_some_and(|workflow| workflow.reuse == Reuse::All);
        all || leader.workflow() == task.workflow()
            || self.last_of(task.workflow()) == Some(leader.workflow())
    }

    /// A task takes a result.
    pub(super) fn reuse(&mut self, task: TaskId, result: Exported, out: &mut Vec<Action>) {
        let Exported { memo, origin } = result;
        let (memo, origin) = (Box::new(memo), Box::new(origin));
        self.decide(Record::Reused { task, at: self.now, memo, origin }, out);
    }

    /// Tasks of a stretch have ended: they are not waited for any more.
    pub(crate) fn memo_ended(&mut self, id: GroupId, range: &Range<u32>) {
        self.desk.withdraw(id, range);
        for leader in self.desk.flights.leaders_in(id, range) {
            self.land(leader);
        }
    }

    /// Those who wait for a task do so no more: all if there is a result now, or else the next to run.
    fn land(&mut self, leader: TaskId) {
        let key = self.desk.flights.led_by(leader);
        let all = key.is_some_and(|key| self.state.results_for(key).next().is_some());
        for task in self.desk.flights.land(leader, all) {
            self.desk.clear_stage(task);
            self.desk.readmit(task);
        }
    }

    /// The name of the task that computed a result which `task` would take.
    pub(crate) fn origin_of(&self, task: TaskId, origin: &Origin) -> String {
        self.state
            .group(task.group)
            .map_or(origin.to_string(), |group: &Group| Self::origin_name(group, origin))
    }
}

fn accepts(workflow: &Workflow, id: WorkflowId, last: Option<WorkflowId>, found: &Found) -> bool {
    let own = found.holder == Some(id);
    match &workflow.reuse {
        Reuse::All => true,
        Reuse::Nothing => false,
        Reuse::Last => own || (last.is_some() && found.holder == last),
        Reuse::Sources(sources) => {
            own || found.result.origin.source.as_ref().is_some_and(|source| sources.contains(source))
        }
    }
}
