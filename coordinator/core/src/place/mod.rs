//! Placement: which ready tasks go to which workers. Functions of the ready queue and the fleet, and of nothing else.
//!
//! Classes are served by priority, then by submission. Only workers that have been freed since the last time are
//! asked about classes that were not fresh then, so that an event costs no more than what it changed. Within a class
//! a worker with more free cpus comes first, and the variants in the order of preference.

mod ahead;
mod balance;
mod reserve;

pub(crate) use ahead::give_ahead;
pub(crate) use balance::take_back;
pub(crate) use reserve::reserve;

use crate::fleet::{Fleet, Session};
use crate::limits::WORKER_ATTEMPTS_MAX;
use crate::queue::{ClassId, ClassKey, Queue};
use godwit_common::ids::{GroupId, WorkerId};
use godwit_common::resources::Held;
use godwit_common::time::Time;
use std::sync::Arc;

/// Neighbouring tasks for one worker.
#[derive(Debug)]
pub(crate) struct Assignment {
    pub(crate) worker: WorkerId,
    pub(crate) group: GroupId,
    /// Position of the first task.
    pub(crate) first: u32,
    pub(crate) variant: u8,
    pub(crate) rooms: Rooms,
}

/// What the tasks of an assignment take up.
#[derive(Debug)]
pub(crate) enum Rooms {
    /// Each of them these resources, which are taken already.
    Held(Vec<Held>),
    /// So many of them a place in the worker's queue.
    Waiting(u32),
}

/// Takes what can run now out of the queue and room for it out of the fleet.
pub(crate) fn place(queue: &mut Queue, fleet: &mut Fleet, freed: &[WorkerId], now: Time) -> Vec<Assignment> {
    let mut placement = Placement { queue, fleet, now, made: Vec::new() };
    let order: Vec<ClassId> = placement.queue.in_order().collect();
    let mut cpus_free = placement.cpus_free(freed);
    for class in order {
        let made = placement.made.len();
        placement.serve(class, freed, cpus_free);
        if placement.made.len() > made {
            cpus_free = placement.cpus_free(freed);
        }
    }
    placement.made
}

struct Placement<'a> {
    queue: &'a mut Queue,
    fleet: &'a mut Fleet,
    now: Time,
    made: Vec<Assignment>,
}

impl Placement<'_> {
    /// The most hundredths of cpus that any of these workers has free.
    fn cpus_free(&self, workers: &[WorkerId]) -> Option<u32> {
        let sessions = workers.iter().filter_map(|worker| self.fleet.session(*worker));
        sessions.map(|session| session.pool.cpus().0).max()
    }

    fn serve(&mut self, id: ClassId, freed: &[WorkerId], cpus_free: Option<u32>) {
        let Some(class) = self.queue.class_mut(id) else {
            return;
        };
        let fresh = std::mem::take(&mut class.fresh);
        if !fresh && cpus_free.is_none_or(|cpus| cpus < class.cpus_min()) {
            return;
        }
        let offer = Offer { class: id, key: Arc::clone(&class.key) };
        for variant in 0..offer.key.requests.len() {
            if fresh {
                self.fill_all(&offer, variant);
            } else {
                self.fill(&offer, variant, freed);
            }
        }
    }

    fn ready(&self, class: ClassId) -> u32 {
        let ready = self.queue.class(class).map_or(0, |class| class.ready);
        u32::try_from(ready).unwrap_or(u32::MAX)
    }

    /// Spreads the class over these workers; what is left then goes wherever it fits.
    fn fill(&mut self, offer: &Offer, variant: usize, workers: &[WorkerId]) {
        let share = self.ready(offer.class).div_ceil(u32::try_from(workers.len()).unwrap_or(1).max(1));
        for most in [share, u32::MAX] {
            for worker in workers {
                let most = most.min(self.ready(offer.class));
                if most == 0 {
                    return;
                }
                self.give(offer, variant, *worker, most);
            }
        }
    }

    /// Spreads the class over all workers, those with the most free cpus first. A worker that was given something
    /// has fewer of them, and its turn comes again later.
    fn fill_all(&mut self, offer: &Offer, variant: usize) {
        let workers = u32::try_from(self.fleet.roomy_count()).unwrap_or(1).max(1);
        let share = (self.ready(offer.class) / workers).max(1);
        let cpus = offer.key.requests[variant].cpus.0;
        let mut mark = None;
        while let Some(worker) = self.fleet.roomiest_below(mark, cpus) {
            let most = share.min(self.ready(offer.class));
            if most == 0 {
                return;
            }
            self.give(offer, variant, worker.1.0, most);
            mark = Some(worker);
        }
    }

    /// Gives at most `most` tasks to a worker.
    fn give(&mut self, offer: &Offer, variant: usize, worker: WorkerId, most: u32) {
        let reserved = self.fleet.reserved;
        if reserved.is_some_and(|(who, class)| who == worker && class != offer.class) {
            return;
        }
        let suits = |session: &Session| offer.suits(session, self.now);
        if !self.fleet.session(worker).is_some_and(suits) {
            return;
        }
        let request = &offer.key.requests[variant];
        let take = |session: &mut Session| {
            let room = WORKER_ATTEMPTS_MAX.saturating_sub(session.attempts.len());
            let takes = std::iter::from_fn(|| session.pool.take(request));
            takes.take(room.min(most as usize)).collect::<Vec<Held>>()
        };
        let mut held = self.fleet.occupy(worker, take).unwrap_or_default();
        if held.is_empty() {
            return;
        }
        if let Some(class) = self.queue.class_mut(offer.class) {
            class.waiting_since = self.now;
        }
        if let Some((worker, class)) = reserved
            && class == offer.class
        {
            self.fleet.reserved = None;
            self.fleet.change(worker, |_| ());
        }
        while !held.is_empty() {
            let wanted = u32::try_from(held.len()).unwrap_or(u32::MAX);
            let Some((group, range)) = self.queue.take(offer.class, wanted) else {
                self.put_back(worker, held);
                return;
            };
            let rest = held.split_off((range.end - range.start) as usize);
            self.made.push(Assignment {
                worker,
                group,
                first: range.start,
                variant: u8::try_from(variant).unwrap_or(u8::MAX),
                rooms: Rooms::Held(std::mem::replace(&mut held, rest)),
            });
        }
    }

    fn put_back(&mut self, worker: WorkerId, held: Vec<Held>) {
        let give_back = |session: &mut Session| {
            held.into_iter().for_each(|held| session.pool.give_back(held));
        };
        self.fleet.change(worker, give_back);
    }
}

/// What a class asks for.
struct Offer {
    class: ClassId,
    key: Arc<ClassKey>,
}

impl Offer {
    fn suits(&self, session: &Session, now: Time) -> bool {
        session.takes_tasks() && session.has_time(self.key.time_request, now)
    }
}
