//! Grants: which attempt at a task is the one whose end counts, and how placement's wishes become grants.

use crate::Core;
use crate::action::Action;
use crate::core::Grant;
use crate::fleet::{Assigned, Room, Session};
use crate::place::{Assignment, Rooms, give_ahead, place, reserve, take_back};
use godwit_common::ids::{Attempt, AttemptId, Epoch, TaskId, WorkerId};
use godwit_common::message::worker::{GroupSpec, Run};
use std::sync::Arc;

/// Placement is repeated when it frees a worker itself, by giving up a reservation; once is enough for that.
const ROUNDS: usize = 2;

impl Core {
    /// Gives workers what they have room for.
    pub(crate) fn place_all(&mut self, out: &mut Vec<Action>) {
        self.reserve_due = None;
        if self.is_held() || self.fleet.is_empty() {
            return;
        }
        for _ in 0..ROUNDS {
            let freed = self.fleet.take_freed();
            let made = place(&mut self.queue, &mut self.fleet, &freed, self.now);
            self.grant_all(made, out);
            if freed.is_empty() {
                break;
            }
            let prefetch = self.settings.prefetch;
            let ahead = give_ahead(&mut self.queue, &self.fleet, &freed, prefetch, self.now);
            self.grant_all(ahead, out);
        }
        self.reserve_due = reserve(&self.queue, &mut self.fleet, self.now);
        for (worker, ids) in take_back(&self.queue, &mut self.fleet, self.now) {
            self.fleet.tell(worker, |outgoing| outgoing.retracts.extend(ids));
        }
    }

    fn grant_all(&mut self, made: Vec<Assignment>, out: &mut Vec<Action>) {
        for assignment in made {
            self.grant(assignment, out);
        }
    }

    fn grant(&mut self, made: Assignment, out: &mut Vec<Action>) {
        let Some(group) = self.state.group(made.group) else {
            return;
        };
        let asks = group.asks_values;
        let spec = Arc::clone(&group.spec);
        self.inform(made.worker, &spec);
        let rooms: Vec<Room> = match made.rooms {
            Rooms::Held(held) => held.into_iter().map(Room::Held).collect(),
            Rooms::Waiting(count) => (0..count).map(|_| Room::Waiting).collect(),
        };
        let mut values = Vec::new();
        let mut given = Vec::with_capacity(rooms.len());
        for (position, room) in (made.first..).zip(rooms) {
            let id = self.next_attempt(made.group.task(position), out);
            self.give_grant(made.worker, id);
            if asks {
                values.extend(self.values_for(id));
            }
            given.push((id, Assigned::new(Some(Arc::clone(&spec)), made.variant, room)));
        }
        if !values.is_empty() {
            self.fleet.tell(made.worker, |outgoing| outgoing.values.extend(values));
        }
        self.hand_over(made.worker, made.variant, given);
    }

    /// A new attempt at a task. If its last one was on a worker that was lost, that loss counts now.
    fn next_attempt(&mut self, task: TaskId, out: &mut Vec<Action>) -> AttemptId {
        let attempt = Attempt { epoch: self.epoch.unwrap_or(Epoch(0)), number: self.next_number(task) };
        if let Some((attempt, worker)) = self.suspects.remove(&task) {
            self.count_loss(AttemptId { task, attempt }, worker, out);
        }
        AttemptId { task, attempt }
    }

    fn hand_over(&mut self, worker: WorkerId, variant: u8, given: Vec<(AttemptId, Assigned)>) {
        self.fleet.tell(worker, |outgoing| {
            let ids = given.iter().map(|(id, _)| *id);
            ids.for_each(|id| add_run(&mut outgoing.runs, id, variant));
        });
        let now = self.now;
        let take = |session: &mut Session| {
            if session.waiting.is_empty() {
                session.moved = now;
            }
            for (id, assigned) in given {
                if assigned.is_waiting() {
                    session.waiting.push_back(id);
                }
                session.attempts.insert(id, assigned);
            }
        };
        self.fleet.occupy(worker, take);
    }

    /// Makes sure that a worker has the spec.
    fn inform(&mut self, worker: WorkerId, spec: &Arc<GroupSpec>) {
        let Some(session) = self.fleet.session_mut(worker) else {
            return;
        };
        if !session.specs.insert(spec.id) {
            return;
        }
        if !session.outgoing.forgets.remove(&spec.id) {
            session.outgoing.specs.push(Arc::clone(spec));
        }
        if let Some(active) = self.queue.active_mut(spec.id) {
            active.informed.insert(worker);
        }
    }

    /// The number for the next attempt at a task: higher than any that is known.
    pub(crate) fn next_number(&self, task: TaskId) -> u32 {
        let group = self.state.group(task.group).filter(|group| group.has_histories());
        let history = group.and_then(|group| group.history(task.position));
        let recorded = history.map_or(0, |history| history.number);
        let used = if self.numbers.is_empty() { 0 } else { self.numbers.get(&task).copied().unwrap_or(0) };
        recorded.max(used).saturating_add(1)
    }

    pub(crate) fn give_grant(&mut self, worker: WorkerId, id: AttemptId) {
        let attempt = id.attempt;
        self.grants.insert(id.task, Grant { worker, attempt });
        self.queue.grant(id.task.group, 1);
        self.changed.insert(id.task.workflow());
    }

    /// Ends a grant; its number stays used up.
    pub(crate) fn take_grant(&mut self, task: TaskId) -> Option<Grant> {
        let grant = self.grants.remove(&task)?;
        self.queue.ungrant(task.group);
        let number = self.numbers.entry(task).or_insert(0);
        *number = (*number).max(grant.attempt.number);
        self.changed.insert(task.workflow());
        Some(grant)
    }

    /// Ends a grant and has the attempt stopped.
    pub(crate) fn revoke(&mut self, task: TaskId) {
        let Some(grant) = self.take_grant(task) else {
            return;
        };
        let id = AttemptId { task, attempt: grant.attempt };
        if let Some(session) = self.fleet.session_mut(grant.worker) {
            if let Some(assigned) = session.attempts.get_mut(&id) {
                assigned.stopping = true;
            }
            self.fleet.tell(grant.worker, |outgoing| outgoing.stops.push(id));
        }
    }
}

/// Adds an attempt to the runs, in the last one if it is its neighbour.
fn add_run(runs: &mut Vec<Run>, id: AttemptId, variant: u8) {
    if let Some(last) = runs.last_mut()
        && last.first.group == id.task.group
        && last.attempt == id.attempt
        && last.variant == variant
        && last.first.position + last.count == id.task.position
    {
        last.count += 1;
        return;
    }
    runs.push(Run { first: id.task, count: 1, attempt: id.attempt, variant });
}
