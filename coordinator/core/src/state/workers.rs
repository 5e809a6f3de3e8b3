//! Workers that the log knows: those that may come back, and the last of those that left.

use super::Misfit;
use crate::limits::LEFT_WORKERS_MAX;
use crate::record::SavedWorker;
use godwit_common::ids::{Token, WorkerId};
use godwit_common::resources::Capacity;
use godwit_common::time::Time;
use std::collections::{BTreeMap, VecDeque};

/// The workers of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Workers {
    known: BTreeMap<WorkerId, KnownWorker>,
    /// The newest name of each life.
    lives: BTreeMap<Token, WorkerId>,
    /// Names of those that left, oldest first.
    left: VecDeque<WorkerId>,
    last: u32,
}

/// What the log says of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownWorker {
    pub(crate) life: Token,
    pub(crate) host: String,
    pub(crate) pid: u32,
    pub(crate) spool: String,
    pub(crate) capacity: Capacity,
    pub(crate) joined: Time,
    /// When and why it left.
    pub(crate) left: Option<(Time, String)>,
    /// Tasks whose attempt ended on it.
    pub(crate) ended: u64,
}

impl Workers {
    pub(crate) fn get(&self, id: WorkerId) -> Option<&KnownWorker> {
        self.known.get(&id)
    }

    /// The worker of this life, unless it was forgotten.
    pub(crate) fn of_life(&self, life: Token) -> Option<(WorkerId, &KnownWorker)> {
        let id = self.lives.get(&life)?;
        Some((*id, self.known.get(id)?))
    }

    /// The name for the next worker.
    pub(crate) fn next(&self) -> Option<WorkerId> {
        self.last.checked_add(1).map(WorkerId)
    }

    /// Workers that did not leave.
    pub(crate) fn present(&self) -> impl Iterator<Item = (WorkerId, &KnownWorker)> {
        let known = self.known.iter().map(|(id, worker)| (*id, worker));
        known.filter(|(_, worker)| worker.left.is_none())
    }

    /// Workers that left, latest first.
    pub(crate) fn left(&self) -> impl Iterator<Item = (WorkerId, &KnownWorker)> {
        let left = self.left.iter().rev();
        left.filter_map(|id| self.known.get(id).map(|worker| (*id, worker)))
    }

    pub(super) fn join(&mut self, id: WorkerId, worker: KnownWorker) -> Result<(), Misfit> {
        if Some(id) != self.next() {
            return Err(Misfit(format!("the worker before it is w{}", self.last)));
        }
        self.last = id.0;
        self.lives.insert(worker.life, id);
        self.known.insert(id, worker);
        Ok(())
    }

    pub(super) fn leave(&mut self, id: WorkerId, at: Time, reason: &str) -> Result<(), Misfit> {
        let worker = self.known.get_mut(&id).ok_or_else(|| unknown(id))?;
        if worker.left.is_some() {
            return Err(Misfit(format!("{id} left before")));
        }
        worker.left = Some((at, reason.to_owned()));
        self.left.push_back(id);
        if self.left.len() > LEFT_WORKERS_MAX {
            self.forget_oldest();
        }
        Ok(())
    }

    /// Counts an attempt that ended on a worker, which may have been forgotten before that was saved.
    pub(super) fn count_end(&mut self, id: WorkerId) -> Result<(), Misfit> {
        if id.0 > self.last {
            return Err(unknown(id));
        }
        if let Some(worker) = self.known.get_mut(&id) {
            worker.ended += 1;
        }
        Ok(())
    }

    /// Every worker that is remembered.
    pub(super) fn all(&self) -> impl Iterator<Item = (WorkerId, &KnownWorker)> {
        self.known.iter().map(|(id, worker)| (*id, worker))
    }

    /// The highest number that was given out.
    pub(super) fn last(&self) -> u32 {
        self.last
    }

    pub(super) fn restore_last(&mut self, last: u32) {
        self.last = last;
    }

    pub(super) fn restore(&mut self, saved: &SavedWorker) -> Result<(), Misfit> {
        if saved.id.0 > self.last || self.known.contains_key(&saved.id) {
            return Err(Misfit("its number was not given out or is used twice".to_owned()));
        }
        if saved.current {
            self.lives.insert(saved.life, saved.id);
        }
        let known = KnownWorker {
            life: saved.life,
            host: saved.host.clone(),
            pid: saved.pid,
            spool: saved.spool.clone(),
            capacity: saved.capacity.clone(),
            joined: saved.joined,
            left: saved.left.clone(),
            ended: saved.ended,
        };
        self.known.insert(saved.id, known);
        Ok(())
    }

    pub(super) fn restore_left(&mut self, left: &[WorkerId]) -> Result<(), Misfit> {
        let gone = |id: &WorkerId| self.known.get(id).is_some_and(|worker| worker.left.is_some());
        if !left.iter().all(gone) {
            return Err(Misfit("a worker of them did not leave".to_owned()));
        }
        self.left = left.iter().copied().collect();
        Ok(())
    }

    fn forget_oldest(&mut self) {
        let Some(id) = self.left.pop_front() else { return };
        let Some(worker) = self.known.remove(&id) else {
            return;
        };
        if self.lives.get(&worker.life) == Some(&id) {
            self.lives.remove(&worker.life);
        }
    }
}

fn unknown(id: WorkerId) -> Misfit {
    Misfit(format!("{id} is not known"))
}
