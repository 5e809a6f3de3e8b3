//! What memoization remembers of tasks that are on their way into the queue.

use super::blobs::Blobs;
use super::checks::Checks;
use super::flights::Flights;
use super::gather::Combined;
use super::makers::Makers;
use crate::limits::NOTES_MAX;
use crate::ranges::Ranges;
use crate::state::Slot;
use godwit_common::ids::{GroupId, TaskId, WorkflowId};
use godwit_common::memo::{ContentDigest, MemoKey};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Tasks that are on their way into the queue, and what is needed to decide about them.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    /// Tasks that were not looked at yet.
    incoming: BTreeMap<GroupId, Ranges>,
    /// The same of groups of which enough is prepared already.
    parked: BTreeMap<GroupId, Ranges>,
    stages: BTreeMap<TaskId, Stage>,
    /// How many of a group are in `stages`.
    staged: BTreeMap<GroupId, u64>,
    pub(crate) flights: Flights,
    pub(crate) checks: Checks,
    pub(crate) blobs: Blobs,
    pub(crate) shelves: BTreeMap<WorkflowId, Shelf>,
    pub(crate) combined: Combined,
    /// Why a result did not serve, or was not kept, where the state does not say so.
    notes: BTreeMap<TaskId, String>,
    /// Some could be looked at at once.
    pub(crate) unfinished: bool,
}

/// What is worked out once for a workflow.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    pub(crate) makers: Makers,
    /// The newest earlier workflow of the same name, when it was asked for.
    pub(crate) last: Option<Option<WorkflowId>>,
}

/// What a task waits for that is not incoming any more and not queued yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The result at this place would serve; its outputs have to be looked at, by the check of this number.
    Check { slot: Slot, key: MemoKey, asked: Option<u64> },
    /// An equal task runs already.
    Follow(MemoKey),
    /// Values that it asks for are being read.
    Fetch(BTreeSet<ContentDigest>),
}

impl Desk {
    /// Takes in tasks that are not here yet.
    pub(crate) fn admit(&mut self, id: GroupId, range: Range<u32>, fresh: &mut Ranges) {
        let all: Vec<u32> = self.staged_in(id, range).map(|(task, _)| task.position).collect();
        for position in all {
            fresh.remove(position..position.saturating_add(1));
        }
        let into = if self.parked.contains_key(&id) { &mut self.parked } else { &mut self.incoming };
        let ranges = into.entry(id).or_default();
        fresh.iter().for_each(|range| ranges.insert(range));
        if ranges.is_empty() {
            into.remove(&id);
        }
    }

    /// Takes in one task that is in no stage.
    pub(crate) fn readmit(&mut self, task: TaskId) {
        let into = if self.parked.contains_key(&task.group) { &mut self.parked } else { &mut self.incoming };
        into.entry(task.group).or_default().insert(task.position..task.position.saturating_add(1));
    }

    /// A group with tasks to look at.
    pub(crate) fn first_group(&self) -> Option<GroupId> {
        self.incoming.first_key_value().map(|(id, _)| *id)
    }

    pub(crate) fn take(&mut self, id: GroupId) -> Option<TaskId> {
        let ranges = self.incoming.get_mut(&id)?;
        let range = ranges.take(1)?;
        if ranges.is_empty() {
            self.incoming.remove(&id);
        }
        Some(id.task(range.start))
    }

    /// Looks at the rest of a group later.
    pub(crate) fn park(&mut self, id: GroupId) {
        if let Some(ranges) = self.incoming.remove(&id) {
            self.parked.insert(id, ranges);
        }
    }

    /// Goes on with parked groups of which `has_room` says so.
    pub(crate) fn unpark(&mut self, has_room: impl Fn(GroupId, u64) -> bool) {
        let staged = &self.staged;
        let count = |id: &GroupId| staged.get(id).copied().unwrap_or(0);
        let free: Vec<GroupId> = self.parked.keys().copied().filter(|id| has_room(*id, count(id))).collect();
        for id in free {
            if let Some(ranges) = self.parked.remove(&id) {
                self.incoming.insert(id, ranges);
            }
        }
    }

    pub(crate) fn has_incoming(&self) -> bool {
        !self.incoming.is_empty()
    }

    /// Whether a task was not looked at yet.
    pub(crate) fn is_incoming(&self, task: TaskId) -> bool {
        let of = |all: &BTreeMap<GroupId, Ranges>| {
            all.get(&task.group).is_some_and(|ranges| ranges.contains(task.position))
        };
        of(&self.incoming) || of(&self.parked)
    }

    pub(crate) fn stage(&self, task: TaskId) -> Option<&Stage> {
        self.stages.get(&task)
    }

    pub(crate) fn stage_mut(&mut self, task: TaskId) -> Option<&mut Stage> {
        self.stages.get_mut(&task)
    }

    pub(crate) fn stages(&self) -> impl Iterator<Item = (&TaskId, &Stage)> {
        self.stages.iter()
    }

    pub(crate) fn set_stage(&mut self, task: TaskId, stage: Stage) {
        if self.stages.insert(task, stage).is_none() {
            *self.staged.entry(task.group).or_default() += 1;
        }
    }

    pub(crate) fn clear_stage(&mut self, task: TaskId) -> Option<Stage> {
        let stage = self.stages.remove(&task)?;
        if let Some(count) = self.staged.get_mut(&task.group) {
            *count -= 1;
            if *count == 0 {
                self.staged.remove(&task.group);
            }
        }
        Some(stage)
    }

    /// How many of a group wait in a stage.
    pub(crate) fn staged(&self, id: GroupId) -> u64 {
        self.staged.get(&id).copied().unwrap_or(0)
    }

    fn staged_in(&self, id: GroupId, range: Range<u32>) -> impl Iterator<Item = (&TaskId, &Stage)> {
        let none = self.staged.is_empty() || range.is_empty();
        let range = (!none).then(|| self.stages.range(id.task(range.start)..id.task(range.end)));
        range.into_iter().flatten()
    }

    /// Takes tasks of a stretch out of here, wherever they are. Those that lead others go on doing so.
    pub(crate) fn withdraw(&mut self, id: GroupId, range: &Range<u32>) {
        for all in [&mut self.incoming, &mut self.parked] {
            if let Some(ranges) = all.get_mut(&id) {
                ranges.remove(range.clone());
                if ranges.is_empty() {
                    all.remove(&id);
                }
            }
        }
        let staged: Vec<TaskId> = self.staged_in(id, range.clone()).map(|(task, _)| *task).collect();
        for task in staged {
            match self.clear_stage(task) {
                Some(Stage::Follow(key)) => self.flights.unfollow(&key, task),
                Some(Stage::Check { asked, .. }) => self.checks.drop_task(asked),
                Some(Stage::Fetch(_)) | None => {}
            }
        }
        self.blobs.unpin_all(id.task(range.start)..id.task(range.end));
    }

    pub(crate) fn note(&mut self, task: TaskId, sentence: String) {
        if self.notes.len() >= NOTES_MAX {
            self.notes.pop_first();
        }
        self.notes.insert(task, sentence);
    }

    /// Why a result did not serve, or was not kept.
    pub(crate) fn note_of(&self, task: TaskId) -> Option<&str> {
        self.notes.get(&task).map(String::as_str)
    }

    /// Drops what is worked out for a workflow; of one that is forgotten the notes as well.
    pub(crate) fn clear_workflow(&mut self, id: WorkflowId, notes: bool) {
        self.shelves.remove(&id);
        let group = |group| GroupId { workflow: id, group };
        let groups: Vec<GroupId> =
            self.combined.range(group(0)..=group(u32::MAX)).map(|(id, _)| *id).collect();
        groups.iter().for_each(|id| drop(self.combined.remove(id)));
        if notes {
            let tasks = group(0).task(0)..=group(u32::MAX).task(u32::MAX);
            let noted: Vec<TaskId> = self.notes.range(tasks).map(|(task, _)| *task).collect();
            noted.iter().for_each(|task| drop(self.notes.remove(task)));
        }
    }
}
