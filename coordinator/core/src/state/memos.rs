//! The memo table: which results there are for a key, in the order in which they were recorded.
//!
//! A result of a task refers to the task as long as its workflow is there, so that it costs a few tens of bytes beside
//! the task's brief; it is kept whole, encoded, when the workflow is forgotten or if it comes from another store. How
//! keys are made, and which result may serve whom, is not decided here.

use super::briefs::{How, Made};
use super::group::Group;
use super::{State, Status};
use crate::limits::KEPT_RESULTS_MAX;
use godwit_common::ids::{TaskId, WorkflowId};
use godwit_common::memo::{Exported, MemoKey, Origin, PruneFilter};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All results that can serve.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memos {
    table: BTreeMap<Slot, Place>,
    /// Results that are kept whole, encoded.
    kept: BTreeMap<u64, Box<[u8]>>,
    /// Keys of the results that are kept, by the order in which they were recorded.
    slots: BTreeMap<u64, u64>,
    /// Forgotten workflows whose results are kept.
    holders: BTreeMap<WorkflowId, Holder>,
    /// Results that were ever recorded.
    count: u64,
}

/// Where a result stands in the table: the beginning of its key, then the order in which it was recorded.
pub(crate) type Slot = (u64, u64);

/// Where the whole of a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In the brief of this task.
    Task(TaskId),
    /// Kept.
    Kept,
}

/// A forgotten workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Holder {
    name: String,
    results: u64,
}

/// A result that is kept whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The forgotten workflow that had it, and its name; none if it came from another store.
    pub(crate) holder: Option<(WorkflowId, String)>,
    /// The result.
    pub(crate) result: Exported,
}

/// An entry of the table, as a base has it: in the order in which they were recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Entry {
    /// The result of this task.
    Task(TaskId),
    /// A result of which nothing else is left.
    Kept(Box<Kept>),
}

/// A result for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) slot: Slot,
    /// The workflow that has it, be it its own or reused; none if it came from another store.
    pub(crate) holder: Option<WorkflowId>,
    pub(crate) result: Exported,
}

fn prefix(key: &MemoKey) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = key.0;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

impl Memos {
    fn put(&mut self, prefix: u64, place: Place) -> u64 {
        self.count += 1;
        self.table.insert((prefix, self.count), place);
        self.count
    }

    /// The result of a task, whose brief has the same key.
    pub(super) fn record(&mut self, key: &MemoKey, task: TaskId) {
        self.put(prefix(key), Place::Task(task));
    }

    /// A result that is kept whole; the oldest goes if there are too many.
    fn keep(&mut self, kept: &Kept) {
        let Some(key) = kept.result.memo.key else { return };
        let order = self.put(prefix(&key), Place::Kept);
        self.keep_as((prefix(&key), order), kept);
    }

    fn keep_as(&mut self, slot: Slot, kept: &Kept) {
        let bytes = postcard::to_allocvec(kept).expect("plain data encodes into memory");
        self.table.insert(slot, Place::Kept);
        self.kept.insert(slot.1, bytes.into());
        self.slots.insert(slot.1, slot.0);
        if let Some((workflow, name)) = &kept.holder {
            let holder = Holder { name: name.clone(), results: 0 };
            self.holders.entry(*workflow).or_insert(holder).results += 1;
        }
        if self.kept.len() > KEPT_RESULTS_MAX
            && let Some((order, prefix)) =
                self.slots.first_key_value().map(|(order, prefix)| (*order, *prefix))
        {
            self.remove((prefix, order));
        }
    }

    fn kept_at(&self, order: u64) -> Option<Kept> {
        postcard::from_bytes(self.kept.get(&order)?).ok()
    }

    fn remove(&mut self, slot: Slot) {
        if self.table.remove(&slot) != Some(Place::Kept) {
            return;
        }
        let kept = self.kept_at(slot.1);
        self.kept.remove(&slot.1);
        self.slots.remove(&slot.1);
        let holder = kept.and_then(|kept| kept.holder);
        if let Some((workflow, _)) = holder
            && let Some(holder) = self.holders.get_mut(&workflow)
        {
            holder.results -= 1;
            if holder.results == 0 {
                self.holders.remove(&workflow);
            }
        }
    }

    /// The newest forgotten workflow of this name before `before` whose results are kept.
    pub(crate) fn last_named(&self, name: &str, before: WorkflowId) -> Option<WorkflowId> {
        let mut earlier = self.holders.range(..before).rev();
        earlier.find(|(_, holder)| holder.name == name).map(|(id, _)| *id)
    }

    fn entries(&self) -> impl Iterator<Item = (u64, Place, Option<&[u8]>)> {
        let kept = |order: &u64| self.kept.get(order).map(|bytes| &**bytes);
        self.table.iter().map(move |((prefix, order), place)| (*prefix, *place, kept(order)))
    }
}

/// The same results for every key, in the same order: how they were counted when they were recorded says nothing.
impl PartialEq for Memos {
    fn eq(&self, other: &Memos) -> bool {
        self.holders == other.holders && self.entries().eq(other.entries())
    }
}

impl Eq for Memos {}

impl State {
    /// The results for a key, the newest first.
    pub(crate) fn results_for(&self, key: MemoKey) -> impl Iterator<Item = Found> + '_ {
        let slots = self.memos.table.range((prefix(&key), 0)..=(prefix(&key), u64::MAX)).rev();
        let found = slots.filter_map(|(slot, place)| self.found(*slot, *place));
        found.filter(move |found| found.result.memo.key == Some(key))
    }

    /// The result at this place of the table, if it is still there.
    pub(crate) fn result_at(&self, slot: Slot) -> Option<Found> {
        self.found(slot, *self.memos.table.get(&slot)?)
    }

    /// Every result: by key, the newest of a key last, each once though several workflows took it.
    pub(crate) fn results(&self) -> impl Iterator<Item = Exported> + '_ {
        let mut before: Vec<Exported> = Vec::new();
        let all = self.memos.table.iter().filter_map(|(slot, place)| self.found(*slot, *place));
        all.filter_map(move |Found { result, .. }| {
            before.retain(|other| other.memo.key == result.memo.key);
            let new = before.iter().all(|other| other.origin != result.origin);
            new.then(|| before.push(result.clone()));
            new.then_some(result)
        })
    }

    fn found(&self, slot: Slot, place: Place) -> Option<Found> {
        match place {
            Place::Task(task) => {
                let result = self.result_of(task)?;
                Some(Found { slot, holder: Some(task.workflow()), result })
            }
            Place::Kept => {
                let Kept { holder, result } = self.memos.kept_at(slot.1)?;
                Some(Found { slot, holder: holder.map(|(workflow, _)| workflow), result })
            }
        }
    }

    /// The result of a task that succeeded and left one.
    pub(crate) fn result_of(&self, task: TaskId) -> Option<Exported> {
        let workflow = self.workflows.get(&task.workflow())?;
        let group = workflow.groups.get(task.group.group as usize)?;
        let brief = group.brief(task.position)?;
        let Made { memo, at } = brief.made?;
        let origin = match brief.how {
            How::Reused(origin) => origin,
            How::Ran(_) => origin(task, &workflow.name, group, at),
        };
        Some(Exported { memo, origin })
    }

    /// Takes in a result of another store.
    pub(super) fn import(&mut self, result: &Exported) {
        self.memos.keep(&Kept { holder: None, result: result.clone() });
    }

    /// Whether this very result is there.
    pub(crate) fn has_result(&self, result: &Exported) -> bool {
        let key = result.memo.key;
        key.is_some_and(|key| self.results_for(key).any(|found| found.result.origin == result.origin))
    }

    /// How many results fit the filter.
    pub(crate) fn count_results(&self, filter: &PruneFilter) -> u64 {
        self.results().filter(|result| fits(filter, &result.origin)).count() as u64
    }

    /// Drops the results that fit the filter. Tasks that reused them keep their outcome.
    pub(super) fn prune(&mut self, filter: &PruneFilter) {
        let fitting = |(slot, place): (&Slot, &Place)| {
            let found = self.found(*slot, *place);
            found.is_none_or(|found| fits(filter, &found.result.origin)).then_some(*slot)
        };
        let slots: Vec<Slot> = self.memos.table.iter().filter_map(fitting).collect();
        slots.into_iter().for_each(|slot| self.memos.remove(slot));
    }

    /// Before a workflow is dropped: its results are kept whole.
    pub(super) fn keep_results(&mut self, id: WorkflowId) {
        let Some(workflow) = self.workflows.get(&id) else { return };
        let mut kept: Vec<(Slot, Kept)> = Vec::new();
        for group in workflow.groups.iter().filter(|group| group.spec.task.is_memoized()) {
            for position in group.stretches(0..group.tasks(), |status| status == Status::Succeeded).flatten()
            {
                let task = group.spec.id.task(position);
                if let Some((slot, result)) = self.slot_of(task) {
                    kept.push((slot, Kept { holder: Some((id, workflow.name.clone())), result }));
                }
            }
        }
        kept.sort_unstable_by_key(|(slot, _)| slot.1);
        kept.into_iter().for_each(|(slot, kept)| self.memos.keep_as(slot, &kept));
    }

    fn slot_of(&self, task: TaskId) -> Option<(Slot, Exported)> {
        let result = self.result_of(task)?;
        let prefix = prefix(&result.memo.key?);
        let mut slots = self.memos.table.range((prefix, 0)..=(prefix, u64::MAX)).rev();
        let (slot, _) = slots.find(|(_, place)| **place == Place::Task(task))?;
        Some((*slot, result))
    }

    /// The table for a base, in the order in which the results were recorded. Briefs are not in it.
    pub(crate) fn memo_entries(&self) -> impl Iterator<Item = Entry> + '_ {
        let mut slots: Vec<(u64, u64)> =
            self.memos.table.keys().map(|(prefix, order)| (*order, *prefix)).collect();
        slots.sort_unstable();
        slots.into_iter().filter_map(|(order, prefix)| match self.memos.table.get(&(prefix, order))? {
            Place::Task(task) => Some(Entry::Task(*task)),
            Place::Kept => self.memos.kept_at(order).map(|kept| Entry::Kept(Box::new(kept))),
        })
    }

    /// Takes in an entry of a base. The briefs of tasks must be there.
    ///
    /// # Errors
    /// A sentence that says why it does not fit.
    pub(crate) fn restore_memo(&mut self, entry: &Entry) -> Result<(), String> {
        match entry {
            Entry::Kept(kept) if kept.result.memo.key.is_some() => self.memos.keep(kept),
            Entry::Kept(_) => return Err("a result without a key".to_owned()),
            Entry::Task(task) => {
                let key = self.result_of(*task).and_then(|result| result.memo.key);
                let key = key.ok_or("a task of the memo table left no result")?;
                self.memos.record(&key, *task);
            }
        }
        Ok(())
    }
}

fn origin(task: TaskId, workflow_name: &str, group: &Group, at: godwit_common::time::Time) -> Origin {
    Origin {
        workflow: task.workflow(),
        workflow_name: workflow_name.to_owned(),
        group: group.spec.name.clone(),
        position: group.spec.shape.index(task.position),
        source: None,
        at,
    }
}

fn fits(filter: &PruneFilter, origin: &Origin) -> bool {
    filter.fits(origin)
}
