//! A connected worker.

use super::{Assigned, Room, Streak};
use crate::event::{LinkId, Position};
use godwit_common::ids::{AttemptId, GroupId, WorkerId};
use godwit_common::memo::Check;
use godwit_common::message::worker::{AttemptValues, GroupSpec, Run, WorkerHello};
use godwit_common::resources::{Capacity, Pool};
use godwit_common::time::Time;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// A worker and what it has.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: WorkerId,
    pub(crate) link: LinkId,
    pub(crate) capacity: Capacity,
    pub(crate) ends: Option<Time>,
    pub(crate) stage: Stage,
    /// Whether the log knew it before it connected, so that attempts that it brings may be ours.
    pub(crate) known: bool,
    pub(crate) drain: Option<Drain>,
    /// When it was heard last.
    pub(crate) heard: Time,
    /// When something was sent to it last.
    pub(crate) sent: Time,
    pub(crate) pool: Pool,
    pub(crate) attempts: BTreeMap<AttemptId, Assigned>,
    /// Attempts that wait for room there, in order.
    pub(crate) waiting: VecDeque<AttemptId>,
    /// Attempts that it was granted before it came back and of which it has not spoken yet.
    pub(crate) unconfirmed: BTreeSet<AttemptId>,
    /// Groups whose spec it has.
    pub(crate) specs: BTreeSet<GroupId>,
    pub(crate) outgoing: Outgoing,
    pub(crate) streak: Streak,
    /// When an attempt last left the queue there.
    pub(crate) moved: Time,
    /// Nothing is given ahead until something ends: what it had was taken back.
    pub(crate) stalled: bool,
    /// The free cpus under which it is indexed.
    pub(super) indexed: Option<u32>,
}

/// How far the acquaintance has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Its name is not durable yet; it was not welcomed.
    Joining(Position),
    /// It may have results to tell; until this time, or until it has said something, it is given nothing.
    Settling(Time),
    /// It takes tasks.
    Ready,
}

/// Why a worker is given nothing new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Drain {
    /// It said so, or somebody wanted it.
    Wanted(String),
    /// Tasks failed on it suspiciously.
    Quarantined(String),
}

/// What is to be said to a worker at the end of an event.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    pub(crate) specs: Vec<Arc<GroupSpec>>,
    /// Values that go before the runs.
    pub(crate) values: Vec<AttemptValues>,
    pub(crate) checks: Vec<Check>,
    pub(crate) runs: Vec<Run>,
    pub(crate) stops: Vec<AttemptId>,
    pub(crate) retracts: Vec<AttemptId>,
    pub(crate) forgets: BTreeSet<GroupId>,
    pub(crate) drain: bool,
    pub(crate) quit: bool,
}

impl Session {
    pub(crate) fn new(id: WorkerId, link: LinkId, hello: &WorkerHello, stage: Stage, now: Time) -> Session {
        let drain = hello.draining.then(|| Drain::Wanted("it said so".to_owned()));
        Session {
            id,
            link,
            capacity: hello.capacity.clone(),
            ends: hello.ends,
            stage,
            known: false,
            drain,
            heard: now,
            sent: now,
            pool: Pool::new(&hello.capacity),
            attempts: BTreeMap::new(),
            waiting: VecDeque::new(),
            unconfirmed: BTreeSet::new(),
            specs: BTreeSet::new(),
            outgoing: Outgoing::default(),
            streak: Streak::default(),
            moved: now,
            stalled: false,
            indexed: None,
        }
    }

    /// Whether it can be given tasks.
    pub(crate) fn takes_tasks(&self) -> bool {
        self.stage == Stage::Ready && self.drain.is_none()
    }

    /// Whether it will still be there when a task that asks for so much time ends.
    pub(crate) fn has_time(&self, wanted: Option<Duration>, now: Time) -> bool {
        match (wanted, self.ends) {
            (Some(wanted), Some(ends)) => ends.since(now) >= wanted,
            _ => true,
        }
    }

    /// Attempts that take up resources.
    pub(crate) fn holding_count(&self) -> usize {
        self.attempts.len() - self.waiting.len()
    }

    pub(super) fn release(&mut self, id: AttemptId, now: Time) -> Option<Assigned> {
        let mut assigned = self.attempts.remove(&id)?;
        match std::mem::replace(&mut assigned.room, Room::Nothing) {
            Room::Held(held) => {
                self.pool.give_back(held);
                self.stalled = false;
            }
            Room::Waiting => {
                self.waiting.retain(|waiting| *waiting != id);
                assigned.room = Room::Waiting;
            }
            Room::Nothing => {}
        }
        self.move_up(now);
        Some(assigned)
    }

    /// Those that wait take the room that there is, in order, as the worker itself does it.
    pub(crate) fn move_up(&mut self, now: Time) {
        while let Some(id) = self.waiting.front() {
            let Some(next) = self.attempts.get_mut(id) else {
                return;
            };
            let Some(held) = next.request().and_then(|request| self.pool.take(request)) else {
                return;
            };
            next.room = Room::Held(held);
            self.waiting.pop_front();
            self.moved = now;
        }
    }

    /// The worker says that it started an attempt.
    pub(crate) fn start(&mut self, id: AttemptId, now: Time) -> bool {
        let Some(assigned) = self.attempts.get_mut(&id) else {
            return false;
        };
        let news = assigned.started.is_none();
        assigned.started.get_or_insert(now);
        if assigned.is_waiting() {
            let held = assigned.request().and_then(|request| self.pool.take(request));
            if let Some(held) = held {
                assigned.room = Room::Held(held);
                self.waiting.retain(|waiting| *waiting != id);
                self.moved = now;
            }
        }
        news
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let (mut cpus, mut memory) = (self.pool.cpus().0, self.pool.memory());
        for (id, assigned) in &self.attempts {
            match &assigned.room {
                Room::Held(held) => {
                    cpus += held.request().cpus.0;
                    memory += held.request().memory;
                }
                Room::Waiting if !self.waiting.contains(id) => {
                    return Err(format!("{id:?} waits outside of the queue"));
                }
                Room::Waiting | Room::Nothing => {}
            }
        }
        if (cpus, memory) != (self.capacity.cpus.0, self.capacity.memory) {
            return Err("its free resources are miscounted".to_owned());
        }
        let waiting = self.attempts.values().filter(|assigned| assigned.is_waiting());
        if waiting.count() != self.waiting.len() {
            return Err("its queue has strangers".to_owned());
        }
        Ok(())
    }
}
