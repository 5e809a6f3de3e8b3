//! Single flight: of equal tasks one runs, and the others wait for it.

use godwit_common::ids::{GroupId, TaskId};
use godwit_common::memo::MemoKey;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Who runs for which key, and who waits for that.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    flights: BTreeMap<MemoKey, Flight>,
    leaders: BTreeMap<TaskId, MemoKey>,
}

#[derive(Debug)]
struct Flight {
    leader: TaskId,
    followers: BTreeSet<TaskId>,
}

impl Flights {
    /// The task that runs for this key.
    pub(crate) fn leader(&self, key: &MemoKey) -> Option<TaskId> {
        self.flights.get(key).map(|flight| flight.leader)
    }

    /// The key for which a task runs.
    pub(crate) fn led_by(&self, task: TaskId) -> Option<MemoKey> {
        self.leaders.get(&task).copied()
    }

    pub(crate) fn leaders(&self) -> impl Iterator<Item = (&TaskId, &MemoKey)> {
        self.leaders.iter()
    }

    /// Tasks of a stretch that lead.
    pub(crate) fn leaders_in(&self, id: GroupId, range: &Range<u32>) -> Vec<TaskId> {
        if self.leaders.is_empty() {
            return Vec::new();
        }
        let tasks = id.task(range.start)..id.task(range.end);
        self.leaders.range(tasks).map(|(task, _)| *task).collect()
    }

    /// A task runs for this key, for which nobody does. It leads for no other.
    pub(crate) fn lead(&mut self, key: MemoKey, task: TaskId) {
        self.flights.insert(key, Flight { leader: task, followers: BTreeSet::new() });
        self.leaders.insert(task, key);
    }

    pub(crate) fn follow(&mut self, key: &MemoKey, task: TaskId) {
        if let Some(flight) = self.flights.get_mut(key) {
            flight.followers.insert(task);
        }
    }

    pub(crate) fn unfollow(&mut self, key: &MemoKey, task: TaskId) {
        if let Some(flight) = self.flights.get_mut(key) {
            flight.followers.remove(&task);
        }
    }

    pub(crate) fn is_following(&self, key: &MemoKey, task: TaskId) -> bool {
        self.flights.get(key).is_some_and(|flight| flight.followers.contains(&task))
    }

    /// A leader has landed: those who waited for it, all of them or, to run instead of it, the first, who leads the
    /// rest from now on.
    pub(crate) fn land(&mut self, leader: TaskId, all: bool) -> BTreeSet<TaskId> {
        let Some(key) = self.leaders.remove(&leader) else { return BTreeSet::new() };
        let Some(mut flight) = self.flights.remove(&key) else { return BTreeSet::new() };
        if all {
            return flight.followers;
        }
        let Some(next) = flight.followers.pop_first() else { return BTreeSet::new() };
        flight.leader = next;
        self.flights.insert(key, flight);
        self.leaders.insert(next, key);
        BTreeSet::from([next])
    }
}
