//! Bad nodes: a worker on which tasks fail one after the other, quickly, while the same groups do better elsewhere,
//! is given nothing more.
//!
//! "Better elsewhere" means: since the failures here began, the same groups succeeded more often than they failed on
//! other workers; or they never failed there since, and have succeeded at some time. A worker on which everything
//! fails because everything fails everywhere is left alone, and so is the last one that takes tasks.

use crate::Core;
use crate::action::{Action, Level};
use crate::fleet::{Drain, Streak};
use crate::limits::QUICK_FAILURE;
use godwit_common::ids::WorkerId;
use godwit_common::outcome::Ended;

impl Core {
    pub(crate) fn note_success(&mut self, worker: WorkerId, ended: &Ended) {
        self.measure(ended);
        if let Some(active) = self.queue.active_mut(ended.id.task.group) {
            active.successes += 1;
        }
        if let Some(session) = self.fleet.session_mut(worker) {
            session.streak = Streak::default();
        }
    }

    pub(crate) fn note_failure(&mut self, worker: WorkerId, ended: &Ended, out: &mut Vec<Action>) {
        self.measure(ended);
        let group = ended.id.task.group;
        let Some(active) = self.queue.active_mut(group) else {
            return;
        };
        let (successes, failures) = (active.successes, active.failures);
        active.failures += 1;
        let quick = ended.usage.as_ref().is_none_or(|usage| usage.wall <= QUICK_FAILURE);
        let Some(session) = self.fleet.session_mut(worker).filter(|_| quick) else {
            return;
        };
        session.streak.extend(group, successes, failures);
        let (count, drained) = (session.streak.count, session.drain.is_some());
        let most = self.settings.quarantine_failures;
        if most > 0 && count >= most && !drained && self.does_better_elsewhere(worker) {
            self.quarantine(worker, count, out);
        }
    }

    fn measure(&mut self, ended: &Ended) {
        let active = self.queue.active_mut(ended.id.task.group);
        if let (Some(active), Some(usage)) = (active, &ended.usage) {
            active.pace.measure(usage.wall);
        }
    }

    fn does_better_elsewhere(&self, worker: WorkerId) -> bool {
        let elsewhere = |other: &crate::fleet::Session| other.id != worker && other.takes_tasks();
        let Some(session) = self.fleet.session(worker) else {
            return false;
        };
        if !self.fleet.sessions().any(elsewhere) {
            return false;
        }
        let (mut successes, mut failures, mut ever) = (0, 0, 0);
        for before in &session.streak.groups {
            if let Some(active) = self.queue.active(before.group) {
                successes += active.successes.saturating_sub(before.successes);
                failures += active.failures.saturating_sub(before.failures + before.own);
                ever += active.successes;
            }
        }
        successes > failures || (failures == 0 && ever > 0)
    }

    fn quarantine(&mut self, worker: WorkerId, count: u32, out: &mut Vec<Action>) {
        let reason = format!("{count} tasks in a row failed on it while the same tasks do better elsewhere");
        let host = self.state.workers.get(worker).map_or("", |known| known.host.as_str());
        let sentence = format!("worker {worker} on {host} is quarantined: {reason}");
        self.notice(Level::Warning, sentence, out);
        self.drain_worker(worker, Drain::Quarantined(reason));
        self.fleet.tell(worker, |outgoing| outgoing.drain = true);
    }
}
