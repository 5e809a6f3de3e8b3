//! The workers: those that are connected, what they have and run, and those that are away.
//!
//! Not durable, apart from their names, which the state keeps. Who is given what is decided in `place`.

mod absent;
mod assigned;
mod fit;
mod session;
mod streak;

pub(crate) use absent::{Absence, Absent};
pub(crate) use assigned::{Assigned, Room};
pub(crate) use fit::{could_hold, shortage};
pub(crate) use session::{Drain, Outgoing, Session, Stage};
pub(crate) use streak::Streak;

use crate::event::{LinkId, Position};
use crate::queue::ClassId;
use godwit_common::ids::{AttemptId, WorkerId};
use godwit_common::time::Time;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// All workers.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    sessions: BTreeMap<WorkerId, Session>,
    links: BTreeMap<LinkId, WorkerId>,
    pub(crate) absent: BTreeMap<WorkerId, Absent>,
    /// Workers that can be given tasks, by hundredths of cpus that are free.
    roomy: BTreeSet<Roominess>,
    /// Workers on which attempts wait for room, by how many.
    queued: BTreeSet<(usize, WorkerId)>,
    /// Workers that may have room now that they had not when placement last looked.
    freed: BTreeSet<WorkerId>,
    /// Workers with messages that are not sent.
    pub(crate) talkative: BTreeSet<WorkerId>,
    /// Where the log names workers whose names may not be durable yet.
    named_at: BTreeMap<WorkerId, Position>,
    /// Workers that were not welcomed yet.
    joining: BTreeSet<WorkerId>,
    /// When a worker that came back counts as settled at the latest.
    pub(crate) settle_due: Option<Time>,
    /// When a lost worker may have to be given up.
    pub(crate) lost_due: Option<Time>,
    /// A worker that is kept free for a class.
    pub(crate) reserved: Option<(WorkerId, ClassId)>,
    /// Goes up when a worker comes, goes or changes what it takes.
    pub(crate) version: u64,
}

/// The place of a worker in the order in which room is looked for, the last first: the hundredths of cpus that are
/// free, then the lower name.
pub(crate) type Roominess = (u32, Reverse<WorkerId>);

impl Fleet {
    pub(crate) fn len(&self) -> usize {
        self.sessions.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    pub(crate) fn session(&self, id: WorkerId) -> Option<&Session> {
        self.sessions.get(&id)
    }

    /// For changes that have nothing to do with room; else [`Fleet::change`].
    pub(crate) fn session_mut(&mut self, id: WorkerId) -> Option<&mut Session> {
        self.sessions.get_mut(&id)
    }

    pub(crate) fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values()
    }

    pub(crate) fn ids(&self) -> Vec<WorkerId> {
        self.sessions.keys().copied().collect()
    }

    pub(crate) fn by_link(&self, link: LinkId) -> Option<WorkerId> {
        self.links.get(&link).copied()
    }

    /// A worker connected. There is no session of this worker.
    pub(crate) fn join(&mut self, session: Session) {
        let id = session.id;
        self.links.insert(session.link, id);
        self.absent.remove(&id);
        self.joining.insert(id);
        self.sessions.insert(id, session);
        self.version += 1;
        self.change(id, |_| ());
    }

    /// A worker's connection is over.
    pub(crate) fn part(&mut self, id: WorkerId) -> Option<Session> {
        let session = self.sessions.remove(&id)?;
        self.links.remove(&session.link);
        if let Some(cpus) = session.indexed {
            self.roomy.remove(&(cpus, Reverse(id)));
        }
        self.queued.remove(&(session.waiting.len(), id));
        self.freed.remove(&id);
        self.talkative.remove(&id);
        self.joining.remove(&id);
        if self.reserved.is_some_and(|(worker, _)| worker == id) {
            self.reserved = None;
        }
        self.version += 1;
        Some(session)
    }

    /// Workers that were not welcomed when this was asked last.
    pub(crate) fn joining(&mut self) -> Vec<WorkerId> {
        let sessions = &self.sessions;
        let joining = |id: &WorkerId| {
            let session = sessions.get(id);
            session.is_some_and(|session| matches!(session.stage, Stage::Joining(_)))
        };
        self.joining.retain(joining);
        self.joining.iter().copied().collect()
    }

    /// A worker was named in this record.
    pub(crate) fn note_name(&mut self, id: WorkerId, position: Position) {
        self.named_at.insert(id, position);
    }

    /// The record that names a worker, if it may not be durable yet.
    pub(crate) fn named_at(&self, id: WorkerId) -> Position {
        self.named_at.get(&id).copied().unwrap_or_default()
    }

    /// Names that are durable need not be remembered.
    pub(crate) fn forget_names(&mut self, durable: Position) {
        self.named_at.retain(|_, position| *position > durable);
    }

    /// A worker counts as settled at this time.
    pub(crate) fn note_settling(&mut self, until: Time) {
        self.settle_due = Some(self.settle_due.map_or(until, |earliest| earliest.min(until)));
    }

    /// A worker was lost and is to be given up at this time.
    pub(crate) fn note_lost(&mut self, due: Time) {
        self.lost_due = Some(self.lost_due.map_or(due, |earliest| earliest.min(due)));
    }

    /// Changes a session and keeps the indices right. Whatever frees room must come through here.
    pub(crate) fn change<R>(&mut self, id: WorkerId, change: impl FnOnce(&mut Session) -> R) -> Option<R> {
        let session = self.sessions.get_mut(&id)?;
        let (free_before, waiting_before) = (session.indexed, session.waiting.len());
        let result = change(session);
        let free = session.takes_tasks().then(|| session.pool.cpus().0);
        session.indexed = free;
        if free != free_before {
            self.roomy.extend(free.map(|cpus| (cpus, Reverse(id))));
            if let Some(cpus) = free_before {
                self.roomy.remove(&(cpus, Reverse(id)));
            }
        }
        let waiting = session.waiting.len();
        if waiting != waiting_before {
            self.queued.remove(&(waiting_before, id));
        }
        if waiting > 0 {
            self.queued.insert((waiting, id));
        }
        if free.is_some() {
            self.freed.insert(id);
        }
        Some(result)
    }

    /// Workers that may have room for what was ready before.
    pub(crate) fn take_freed(&mut self) -> Vec<WorkerId> {
        std::mem::take(&mut self.freed).into_iter().collect()
    }

    /// Takes room on a worker for placement, which knows by itself that the worker has less of it now.
    pub(crate) fn occupy<R>(&mut self, id: WorkerId, change: impl FnOnce(&mut Session) -> R) -> Option<R> {
        let was_freed = self.freed.contains(&id);
        let result = self.change(id, change);
        if !was_freed {
            self.freed.remove(&id);
        }
        result
    }

    /// The worker with the most free cpus below the mark, if it has at least `cpus` of them.
    pub(crate) fn roomiest_below(&self, mark: Option<Roominess>, cpus: u32) -> Option<Roominess> {
        let last = match mark {
            None => self.roomy.iter().next_back(),
            Some(mark) => self.roomy.range(..mark).next_back(),
        };
        last.copied().filter(|(free, _)| *free >= cpus)
    }

    /// Workers that can be given tasks.
    pub(crate) fn roomy_count(&self) -> usize {
        self.roomy.len()
    }

    /// Workers on which attempts wait, most first.
    pub(crate) fn queued(&self) -> impl Iterator<Item = WorkerId> + '_ {
        self.queued.iter().rev().map(|(_, id)| *id)
    }

    /// Removes an attempt from a worker: its resources are free, and those that wait there move up.
    pub(crate) fn release(&mut self, id: WorkerId, attempt: AttemptId, now: Time) -> Option<Assigned> {
        self.change(id, |session| session.release(attempt, now)).flatten()
    }

    /// Says something to a worker at the end of this event.
    pub(crate) fn tell(&mut self, id: WorkerId, what: impl FnOnce(&mut Outgoing)) {
        if let Some(session) = self.sessions.get_mut(&id) {
            what(&mut session.outgoing);
            self.talkative.insert(id);
        }
    }

    /// Makes sure that the indices say what the sessions say.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (id, session) in &self.sessions {
            session.check().map_err(|fault| format!("{id}: {fault}"))?;
            let free = session.takes_tasks().then(|| session.pool.cpus().0);
            if session.indexed != free || free.is_some_and(|cpus| !self.roomy.contains(&(cpus, Reverse(*id))))
            {
                return Err(format!("{id} is not indexed by its free cpus"));
            }
            let waiting = session.waiting.len();
            if (waiting > 0) != self.queued.contains(&(waiting, *id)) {
                return Err(format!("{id} is not indexed by its waiting attempts"));
            }
            if self.links.get(&session.link) != Some(id) {
                return Err(format!("{id} is not known by its link"));
            }
        }
        let indexed = self.sessions.values().filter(|s| s.indexed.is_some()).count();
        let waiting = self.sessions.values().filter(|s| !s.waiting.is_empty()).count();
        let sizes = (self.roomy.len(), self.queued.len(), self.links.len());
        if sizes != (indexed, waiting, self.sessions.len()) {
            return Err(format!("indices of the fleet have strangers: {sizes:?}"));
        }
        Ok(())
    }
}
