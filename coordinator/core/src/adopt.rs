//! What becomes of the attempts that a worker brings with it: adopted, or stopped.

use crate::Core;
use crate::fleet::{Assigned, Room, Session};
use crate::hello::Arrival;
use godwit_common::ids::{AttemptId, Epoch, TaskId, WorkerId};
use godwit_common::message::worker::Live;
use std::cmp::Ordering;

impl Core {
    /// Takes over the attempts that the worker still has, and has the others stopped.
    pub(crate) fn take_over(&mut self, session: &mut Session, arrival: &Arrival, live: &[Live]) {
        for live in live {
            if session.attempts.contains_key(&live.id) {
                continue;
            }
            let granted = arrival.granted.contains(&live.id);
            let wanted = granted || (arrival.known && self.is_adoptable(live.id));
            let assigned = self.settle_in(session, live, wanted);
            if assigned.stopping {
                session.outgoing.stops.push(live.id);
            } else if !granted {
                self.adopt(session.id, live.id);
            }
            if assigned.is_waiting() {
                session.waiting.push_back(live.id);
            }
            session.attempts.insert(live.id, assigned);
        }
        let stays = |id: &AttemptId| session.attempts.get(id).is_some_and(|assigned| !assigned.stopping);
        let unconfirmed = arrival.granted.iter().filter(|id| !stays(id));
        session.unconfirmed = unconfirmed.copied().collect();
        session.move_up(self.now);
    }

    fn settle_in(&self, session: &mut Session, live: &Live, wanted: bool) -> Assigned {
        let spec = self.state.group(live.id.task.group).map(|group| group.spec.clone());
        let mut assigned = Assigned::new(spec, live.variant, Room::Nothing);
        assigned.started = live.started;
        if live.started.is_none() && assigned.request().is_some() {
            assigned.room = Room::Waiting;
        } else if let Some(held) = assigned.request().and_then(|request| session.pool.take(request)) {
            assigned.room = Room::Held(held);
        }
        assigned.stopping = !wanted || matches!(assigned.room, Room::Nothing);
        assigned
    }

    /// Whether an attempt that nobody is waiting for may go on: its task has no outcome, nobody else has it, and all
    /// that it needs has succeeded.
    pub(crate) fn is_adoptable(&self, id: AttemptId) -> bool {
        let AttemptId { task, attempt } = id;
        let ours = match attempt.epoch.cmp(&self.epoch.unwrap_or(Epoch(0))) {
            Ordering::Less => true,
            Ordering::Equal => attempt.number < self.next_number(task),
            Ordering::Greater => false,
        };
        ours && self.state.is_pending(task)
            && !self.grants.contains_key(&task)
            && self.state.is_released(task)
    }

    fn adopt(&mut self, worker: WorkerId, id: AttemptId) {
        self.claim(id.task);
        self.suspects.remove(&id.task);
        self.give_grant(worker, id);
    }

    /// Takes a task that is not granted out of wherever it waits.
    pub(crate) fn claim(&mut self, task: TaskId) {
        let range = task.position..task.position.saturating_add(1);
        if let Some(group) = self.state.group(task.group) {
            self.queue.activate(group);
        }
        self.queue.remove(task.group, range.clone());
        self.desk.withdraw(task.group, &range);
        let delayed = self.delays.remove(task.group, range);
        if let Some(active) = self.queue.active_mut(task.group) {
            active.delayed -= delayed;
        }
    }
}
