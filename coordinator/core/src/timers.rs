//! What is due: retries, silence, heartbeats, waits that are over.

use crate::Core;
use crate::action::Action;
use crate::fleet::{Session, Stage};
use crate::limits::STALL_TIME;
use godwit_common::duration::Human;
use godwit_common::ids::WorkerId;
use godwit_common::message::worker::ToWorker;
use std::time::Duration;

/// The fleet is not looked through more often than this, whatever the settings say.
const PATROL_PERIOD_MIN: Duration = Duration::from_millis(10);

impl Core {
    pub(crate) fn run_timers(&mut self, out: &mut Vec<Action>) {
        self.retry_due();
        if self.now >= self.patrol {
            self.go_on_patrol(out);
        }
        self.settle_due();
        self.give_up_lost(out);
        self.end_reattach(out);
        self.save_due(out);
    }

    fn retry_due(&mut self) {
        while let Some(task) = self.delays.pop(self.now) {
            if let Some(active) = self.queue.active_mut(task.group) {
                active.delayed -= 1;
            }
            self.enqueue(task.group, task.position..task.position + 1);
        }
    }

    /// Does not wait any longer for what workers that came back may have to tell.
    fn settle_due(&mut self) {
        if self.fleet.settle_due.is_none_or(|due| due > self.now) {
            return;
        }
        self.fleet.settle_due = None;
        for worker in self.fleet.ids() {
            let Some(Stage::Settling(until)) = self.fleet.session(worker).map(|session| session.stage) else {
                continue;
            };
            if until <= self.now {
                self.settle_worker(worker);
            } else {
                self.fleet.note_settling(until);
            }
        }
    }

    /// Looks through the whole fleet for workers that are silent, that want to hear something, or that are stuck.
    fn go_on_patrol(&mut self, out: &mut Vec<Action>) {
        let timeout = self.settings.heartbeat_timeout;
        let period = self.settings.heartbeat_period.min(timeout / 2) / 2;
        let overslept = self.now.since(self.patrol) > timeout / 2;
        self.patrol = self.now + period.max(PATROL_PERIOD_MIN);
        if overslept {
            return self.excuse_silence();
        }
        for worker in self.fleet.ids() {
            self.visit(worker, out);
        }
    }

    /// The coordinator itself was away, such as on a laptop that slept: what workers said meanwhile may not have been
    /// read yet, so they have their time anew.
    fn excuse_silence(&mut self) {
        for worker in self.fleet.ids() {
            if let Some(session) = self.fleet.session_mut(worker) {
                session.heard = self.now;
            }
        }
    }

    fn visit(&mut self, worker: WorkerId, out: &mut Vec<Action>) {
        let (now, period) = (self.now, self.settings.heartbeat_period);
        let Some(session) = self.fleet.session_mut(worker) else {
            return;
        };
        let timeout = self.settings.heartbeat_timeout;
        if now.since(session.heard) >= timeout {
            let reason = format!("it was silent for {}", Human(timeout));
            out.push(Action::Close(session.link, reason.clone()));
            return self.lose_worker(worker, &reason, out);
        }
        let welcomed = !matches!(session.stage, Stage::Joining(_));
        if welcomed && now.since(session.sent) >= period {
            session.sent = now;
            out.push(Action::Send(session.link, ToWorker::Heartbeat));
        }
        let stuck = |session: &Session| !session.waiting.is_empty() && now.since(session.moved) >= STALL_TIME;
        if stuck(session) {
            session.stalled = true;
            self.retract_waiting(worker);
        }
    }
}
