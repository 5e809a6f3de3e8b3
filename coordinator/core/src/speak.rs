//! What workers are told at the end of an event, in batches, and what they are told to do by people.

use crate::Core;
use crate::action::{Action, Level};
use crate::fleet::{Drain, Outgoing, Session, Stage};
use crate::hold::Mode;
use crate::limits::FORGETS_AT_ONCE_MAX;
use godwit_common::ids::{AttemptId, WorkerId};
use godwit_common::memo::Check;
use godwit_common::message::worker::{AttemptValues, ToWorker};

/// Bytes of values or checks in one message: far below what a frame may have.
const MESSAGE_BYTES: usize = 4 << 20;

impl Core {
    /// Sends what there is to say.
    pub(crate) fn speak(&mut self, out: &mut Vec<Action>) {
        for worker in std::mem::take(&mut self.fleet.talkative) {
            let Some(session) = self.fleet.session_mut(worker) else {
                continue;
            };
            if matches!(session.stage, Stage::Joining(_)) {
                self.fleet.talkative.insert(worker);
                continue;
            }
            let before = out.len();
            session.outgoing.say(session.link, out);
            if out.len() > before {
                session.sent = self.now;
            }
            if !session.outgoing.forgets.is_empty() {
                self.fleet.talkative.insert(worker);
            }
        }
    }

    /// A worker is given nothing new, and what it has not started goes elsewhere.
    pub(crate) fn drain_worker(&mut self, id: WorkerId, drain: Drain) {
        self.fleet.version += 1;
        self.fleet.change(id, |session| session.drain = Some(drain));
        self.retract_waiting(id);
    }

    /// Asks a worker to give back what it has not started.
    pub(crate) fn retract_waiting(&mut self, id: WorkerId) {
        let Some(session) = self.fleet.session_mut(id) else {
            return;
        };
        let mut ids: Vec<AttemptId> = Vec::new();
        for waiting in &session.waiting {
            if let Some(assigned) = session.attempts.get_mut(waiting)
                && !std::mem::replace(&mut assigned.retracting, true)
            {
                ids.push(*waiting);
            }
        }
        if !ids.is_empty() {
            self.fleet.tell(id, |outgoing| outgoing.retracts.extend(ids));
        }
    }

    /// Starts nothing new; running tasks go on.
    pub(crate) fn drain_all(&mut self, out: &mut Vec<Action>) {
        if self.mode == Mode::Open {
            self.mode = Mode::Draining;
            self.notice(Level::Info, "starting nothing new; running tasks go on".to_owned(), out);
        }
        self.save_at_exit(out);
        for worker in self.fleet.ids() {
            self.retract_waiting(worker);
        }
    }

    /// Stops all running tasks; they go back to the queue.
    pub(crate) fn stop_all(&mut self, out: &mut Vec<Action>) {
        if self.mode == Mode::Open {
            self.mode = Mode::Draining;
        }
        self.save_at_exit(out);
        for worker in self.fleet.ids() {
            let stop = |session: &mut Session| {
                let running = session.attempts.iter_mut().filter(|(_, assigned)| !assigned.stopping);
                for (id, assigned) in running {
                    assigned.stopping = true;
                    session.outgoing.stops.push(*id);
                }
            };
            if let Some(session) = self.fleet.session_mut(worker) {
                stop(session);
            }
            self.fleet.tell(worker, |_| ());
        }
    }
}

impl Outgoing {
    fn say(&mut self, link: crate::event::LinkId, out: &mut Vec<Action>) {
        let mut send = |message: ToWorker| out.push(Action::Send(link, message));
        for _ in 0..FORGETS_AT_ONCE_MAX {
            let Some(group) = self.forgets.pop_first() else {
                break;
            };
            send(ToWorker::Forget(group));
        }
        for spec in self.specs.drain(..) {
            send(ToWorker::Spec(spec));
        }
        while !self.values.is_empty() {
            send(ToWorker::Values(within(&mut self.values, bytes_of_values)));
        }
        while !self.checks.is_empty() {
            send(ToWorker::Check(within(&mut self.checks, bytes_of_check)));
        }
        if !self.runs.is_empty() {
            send(ToWorker::Run(std::mem::take(&mut self.runs)));
        }
        if !self.stops.is_empty() {
            send(ToWorker::Stop(std::mem::take(&mut self.stops)));
        }
        if !self.retracts.is_empty() {
            send(ToWorker::Retract(std::mem::take(&mut self.retracts)));
        }
        if std::mem::take(&mut self.drain) {
            send(ToWorker::Drain);
        }
        if std::mem::take(&mut self.quit) {
            send(ToWorker::Quit);
        }
    }
}

/// Takes the first of a batch that fit into one message; at least one.
fn within<T>(batch: &mut Vec<T>, bytes: impl Fn(&T) -> usize) -> Vec<T> {
    let mut sum = 0;
    let fits = |item: &&T| {
        sum += bytes(item);
        sum <= MESSAGE_BYTES
    };
    let count = batch.iter().take_while(fits).count().max(1);
    let rest = batch.split_off(count.min(batch.len()));
    std::mem::replace(batch, rest)
}

fn bytes_of_values(values: &AttemptValues) -> usize {
    values.values.iter().map(|(name, value)| name.len() + value.len() + 64).sum()
}

fn bytes_of_check(check: &Check) -> usize {
    check.outputs.iter().map(|(path, _)| path.len() + 128).sum()
}
