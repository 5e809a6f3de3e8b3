//! The attempts that this worker has: those that wait for room, in order, and those that run.
//!
//! This is bookkeeping; who is told of what is decided in [`Core`](crate::Core).

use crate::action::Values;
use crate::identity::CpuPlace;
use crate::limits::{OVERTAKES_MAX, SCAN_MAX};
use crate::room::{Place, Room};
use godwit_common::ids::{AttemptId, GroupId};
use godwit_common::message::worker::{GroupSpec, Live};
use godwit_common::resources::{Capacity, Request};
use godwit_common::time::Time;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// All attempts that have not ended.
#[derive(Debug)]
pub(crate) struct Attempts {
    table: BTreeMap<AttemptId, Entry>,
    /// Those that wait, in the order in which they were given.
    queue: VecDeque<Waiting>,
    /// When something is to be done about a running one; at most one entry for each.
    deadlines: BTreeSet<(Time, AttemptId)>,
    room: Room,
    /// How often the head of the queue was overtaken.
    overtaken: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waiting {
    id: AttemptId,
    variant: u8,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) spec: Arc<GroupSpec>,
    pub(crate) variant: u8,
    pub(crate) values: Values,
    running: Option<Running>,
}

/// An attempt that was started and has not exited.
#[derive(Debug)]
pub(crate) struct Running {
    place: Place,
    pub(crate) started: Option<Time>,
    pub(crate) stop: Option<Stop>,
    deadline: Option<Time>,
}

/// Why a running attempt is being stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It ran longer than this.
    TimeLimit(Duration),
    /// Godwit wants it.
    Wanted,
}

impl Entry {
    fn request(&self) -> &Request {
        &self.spec.task.requests[usize::from(self.variant)]
    }

    pub(crate) fn running(&self) -> Option<&Running> {
        self.running.as_ref()
    }
}

impl Running {
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }
}

impl Attempts {
    pub(crate) fn new(capacity: &Capacity, cpus: Vec<CpuPlace>) -> Attempts {
        Attempts {
            table: BTreeMap::new(),
            queue: VecDeque::new(),
            deadlines: BTreeSet::new(),
            room: Room::new(capacity, cpus),
            overtaken: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    pub(crate) fn contains(&self, id: &AttemptId) -> bool {
        self.table.contains_key(id)
    }

    pub(crate) fn waiting_count(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn running_count(&self) -> usize {
        self.table.len() - self.queue.len()
    }

    /// Lets an attempt wait. Its spec has been checked, and it is not here yet.
    pub(crate) fn give(&mut self, id: AttemptId, spec: Arc<GroupSpec>, variant: u8, values: Values) {
        let entry = Entry { spec, variant, values, running: None };
        let before = self.table.insert(id, entry);
        assert!(before.is_none(), "an attempt is given once");
        self.queue.push_back(Waiting { id, variant });
    }

    /// Takes away those of `ids` that wait.
    pub(crate) fn withdraw(&mut self, ids: &[AttemptId]) -> Vec<AttemptId> {
        let waits = |id: &&AttemptId| self.table.get(id).is_some_and(|entry| entry.running.is_none());
        let withdrawn: BTreeSet<AttemptId> = ids.iter().filter(waits).copied().collect();
        self.drop_waiting(|id| withdrawn.contains(id))
    }

    /// Takes away all that wait.
    pub(crate) fn withdraw_all(&mut self) -> Vec<AttemptId> {
        self.drop_waiting(|_| true)
    }

    fn drop_waiting(&mut self, goes: impl Fn(&AttemptId) -> bool) -> Vec<AttemptId> {
        let head = self.queue.front().copied();
        let mut gone = Vec::new();
        self.queue.retain(|waiting| {
            let goes = goes(&waiting.id);
            gone.extend(goes.then_some(waiting.id));
            !goes
        });
        if self.queue.front().copied() != head {
            self.overtaken = 0;
        }
        for id in &gone {
            self.table.remove(id);
        }
        gone
    }

    /// Gives room to the next waiting attempt that fits: the first, or one behind it as long as that has not happened
    /// too often.
    pub(crate) fn start_next(&mut self) -> Option<AttemptId> {
        let mut misfits: Vec<(GroupId, u8)> = Vec::new();
        for position in 0..self.queue.len().min(SCAN_MAX) {
            let Waiting { id, variant } = self.queue[position];
            if misfits.contains(&(id.task.group, variant)) {
                continue;
            }
            if self.start(id) {
                self.queue.remove(position);
                self.overtaken = if position == 0 { 0 } else { self.overtaken + 1 };
                return Some(id);
            }
            if self.overtaken >= OVERTAKES_MAX {
                return None;
            }
            misfits.push((id.task.group, variant));
        }
        None
    }

    fn start(&mut self, id: AttemptId) -> bool {
        let entry = self.table.get_mut(&id).expect("what waits is in the table");
        let Some(place) = self.room.take(entry.request(), entry.spec.task.pin) else {
            return false;
        };
        entry.running = Some(Running { place, started: None, stop: None, deadline: None });
        true
    }

    pub(crate) fn get(&self, id: &AttemptId) -> Option<&Entry> {
        self.table.get(id)
    }

    pub(crate) fn running_mut(&mut self, id: &AttemptId) -> Option<&mut Running> {
        self.table.get_mut(id)?.running.as_mut()
    }

    /// Every attempt that runs, being stopped or not.
    pub(crate) fn running_ids(&self) -> Vec<AttemptId> {
        let running = self.table.iter().filter(|(_, entry)| entry.running.is_some());
        running.map(|(id, _)| *id).collect()
    }

    /// Removes an attempt that has exited and gives back what it occupied; none if it did not run.
    pub(crate) fn exit(&mut self, id: &AttemptId) -> Option<(Arc<GroupSpec>, Option<Stop>)> {
        self.table.get(id)?.running.as_ref()?;
        self.set_deadline(id, None);
        let entry = self.table.remove(id)?;
        let running = entry.running?;
        self.room.give_back(running.place);
        Some((entry.spec, running.stop))
    }

    /// Puts one deadline in place of the one before.
    pub(crate) fn set_deadline(&mut self, id: &AttemptId, deadline: Option<Time>) {
        let running = self.table.get_mut(id).and_then(|entry| entry.running.as_mut());
        let Some(running) = running else { return };
        if let Some(before) = std::mem::replace(&mut running.deadline, deadline) {
            self.deadlines.remove(&(before, *id));
        }
        self.deadlines.extend(deadline.map(|at| (at, *id)));
    }

    /// An attempt whose deadline is over; it has none afterwards.
    pub(crate) fn pop_due(&mut self, now: Time) -> Option<AttemptId> {
        let (at, id) = *self.deadlines.first()?;
        if at > now {
            return None;
        }
        self.set_deadline(&id, None);
        Some(id)
    }

    pub(crate) fn next_deadline(&self) -> Option<Time> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// As the hello lists them.
    pub(crate) fn live(&self) -> impl Iterator<Item = Live> + '_ {
        self.table.iter().map(|(id, entry)| Live {
            id: *id,
            variant: entry.variant,
            started: entry.running.as_ref().and_then(|running| running.started),
        })
    }
}
