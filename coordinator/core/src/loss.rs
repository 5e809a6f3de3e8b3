//! Workers that are lost or leave, and what becomes of what they had.
//!
//! The tasks of a lost worker go back to the queue at once. The loss counts against `node_losses_max` when the task
//! is started again: a worker that comes back before that still has its attempts, and then nothing was lost.

use crate::Core;
use crate::action::{Action, Level};
use crate::event::LinkId;
use crate::fleet::{Absence, Absent, Assigned, Room, Session};
use crate::limits::LOST_WORKER_FORGOTTEN_AFTER;
use crate::record::Record;
use godwit_common::ids::{AttemptId, WorkerId};
use godwit_common::outcome::{Cause, Failure, Outcome};
use godwit_common::time::Time;

impl Core {
    pub(crate) fn lose_link(&mut self, link: LinkId, reason: &str, out: &mut Vec<Action>) {
        if let Some(worker) = self.fleet.by_link(link) {
            self.lose_worker(worker, reason, out);
        }
    }

    pub(crate) fn lose_worker(&mut self, id: WorkerId, reason: &str, out: &mut Vec<Action>) {
        let Some(session) = self.part(id) else { return };
        let absent = Absent { absence: Absence::Lost, since: self.now, reason: reason.to_owned() };
        self.fleet.absent.insert(id, absent);
        self.fleet.note_lost(self.now + LOST_WORKER_FORGOTTEN_AFTER);
        let mut tasks = 0u64;
        for (attempt, assigned) in session.attempts {
            if self.is_granted(id, attempt) {
                tasks += 1;
                self.lose_attempt(id, attempt, &assigned, out);
            }
        }
        self.give_back_all(id, session.unconfirmed);
        let host = self.state.workers.get(id).map_or("", |worker| worker.host.as_str());
        let sentence =
            format!("lost worker {id} on {host}: {reason}; {tasks} of its tasks go back to the queue");
        self.notice(Level::Warning, sentence, out);
    }

    fn lose_attempt(&mut self, worker: WorkerId, id: AttemptId, assigned: &Assigned, out: &mut Vec<Action>) {
        if !matches!(assigned.room, Room::Held(_)) || assigned.stopping {
            return self.give_back(id);
        }
        let Some(group) = self.state.group(id.task.group) else {
            return;
        };
        let most = group.spec.task.retry.node_losses_max;
        let losses = group.history(id.task.position).map_or(0, |history| history.losses);
        if losses < most {
            self.give_back(id);
            self.suspects.insert(id.task, (id.attempt, worker));
            return;
        }
        self.take_grant(id.task);
        self.count_loss(id, worker, out);
        let failure = Failure { cause: Cause::NodeLosses(losses.saturating_add(1)), stderr_tail: Vec::new() };
        let record =
            Record::Settled { first: id.task, count: 1, outcome: Outcome::Failed(failure), at: self.now };
        self.decide(record, out);
        self.apply_failure_rule(id.task.workflow(), out);
    }

    pub(crate) fn count_loss(&mut self, id: AttemptId, worker: WorkerId, out: &mut Vec<Action>) {
        let record = Record::NodeLost { task: id.task, attempt: id.attempt, worker, at: self.now };
        self.record(record, out);
    }

    fn give_back_all(&mut self, worker: WorkerId, attempts: impl IntoIterator<Item = AttemptId>) {
        for attempt in attempts {
            if self.is_granted(worker, attempt) {
                self.give_back(attempt);
            }
        }
    }

    /// A worker says goodbye.
    pub(crate) fn leave(&mut self, id: WorkerId, reason: String, out: &mut Vec<Action>) {
        let Some(session) = self.part(id) else { return };
        self.give_back_all(id, session.attempts.into_keys().chain(session.unconfirmed));
        self.notice(Level::Info, format!("worker {id} left: {reason}"), out);
        out.push(Action::Close(session.link, "goodbye".to_owned()));
        self.part_for_good(id, reason, out);
    }

    /// Ends a worker's session; what was held back for its connection is for nobody any more.
    pub(crate) fn part(&mut self, id: WorkerId) -> Option<Session> {
        let session = self.fleet.part(id)?;
        self.gate.discard_link(session.link);
        self.lose_checks(id);
        Some(session)
    }

    fn part_for_good(&mut self, worker: WorkerId, reason: String, out: &mut Vec<Action>) {
        self.fleet.absent.remove(&worker);
        self.stop_awaiting(worker);
        let at = self.now;
        self.record(Record::WorkerLeft { worker, reason, at }, out);
    }

    /// The shell knows that a worker is dead.
    pub(crate) fn worker_ended(&mut self, id: WorkerId, out: &mut Vec<Action>) {
        let reason = "its process or batch job ended";
        if let Some(session) = self.fleet.session(id) {
            out.push(Action::Close(session.link, reason.to_owned()));
            self.lose_worker(id, reason, out);
        }
        let worker = self.state.workers.get(id);
        if worker.is_some_and(|worker| worker.left.is_none()) {
            self.part_for_good(id, reason.to_owned(), out);
        }
    }

    /// When a lost worker is given up next.
    pub(crate) fn lost_due(&self) -> Option<Time> {
        self.fleet.lost_due
    }

    /// Gives up workers that were lost long ago.
    pub(crate) fn give_up_lost(&mut self, out: &mut Vec<Action>) {
        if self.fleet.lost_due.is_none_or(|due| due > self.now) {
            return;
        }
        self.fleet.lost_due = None;
        let lost = self.fleet.absent.iter().filter(|(_, a)| a.absence == Absence::Lost);
        let lost: Vec<(WorkerId, Time)> = lost.map(|(id, absent)| (*id, absent.since)).collect();
        for (worker, since) in lost {
            let due = since + LOST_WORKER_FORGOTTEN_AFTER;
            if due <= self.now {
                self.part_for_good(worker, "it was lost and did not come back".to_owned(), out);
            } else {
                self.fleet.note_lost(due);
            }
        }
    }
}
