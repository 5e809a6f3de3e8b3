//! A worker connects: new, back after a break, or back from before the coordinator was started.

use crate::Core;
use crate::action::{Action, Level};
use crate::event::LinkId;
use crate::fleet::{Session, Stage};
use crate::hold::Mode;
use crate::limits::{LIVE_ATTEMPTS_MAX, WORKER_GPUS_MAX, WORKERS_MAX};
use crate::record::Record;
use godwit_common::ids::{AttemptId, Epoch, WorkerId};
use godwit_common::limits::{NAMED_RESOURCES_MAX, REASON_BYTES_MAX};
use godwit_common::message::worker::{ToWorker, Welcome, WorkerHello};
use std::collections::BTreeSet;
use std::time::Duration;

/// A worker that was not known before says at once what it has to tell; it is not given anything before that, because
/// it may have attempts of another store, whose names may be equal to ours.
const STRANGER_GRACE: Duration = Duration::from_millis(100);

/// A worker that introduces itself.
pub(crate) struct Arrival {
    id: WorkerId,
    /// Whether the log knew it before, so that its attempts may be ours.
    pub(crate) known: bool,
    /// Attempts that it was granted and that may still be with it.
    pub(crate) granted: BTreeSet<AttemptId>,
}

impl Core {
    pub(crate) fn greet(&mut self, link: LinkId, hello: &WorkerHello, out: &mut Vec<Action>) {
        if self.mode == Mode::Stopping {
            out.push(Action::Close(link, "the coordinator is about to stop".to_owned()));
            return;
        }
        if let Some(fault) = self.fault(hello) {
            out.push(Action::Send(link, ToWorker::Refused(fault.clone())));
            out.push(Action::Close(link, fault));
            return;
        }
        if let Some(worker) = self.fleet.by_link(link) {
            let reason = "it said hello twice";
            out.push(Action::Close(link, reason.to_owned()));
            return self.lose_worker(worker, reason, out);
        }
        let Some(arrival) = self.admit(hello, out) else {
            let fault = "there are no names for workers left".to_owned();
            out.push(Action::Close(link, fault));
            return;
        };
        let named_at = self.fleet.named_at(arrival.id);
        let mut session = Session::new(arrival.id, link, hello, Stage::Joining(named_at), self.now);
        session.known = arrival.known;
        self.take_over(&mut session, &arrival, &hello.live);
        self.fleet.join(session);
        self.fleet.tell(arrival.id, |_| ());
        self.welcome_durable(out);
    }

    /// Why a worker is not wanted.
    fn fault(&self, hello: &WorkerHello) -> Option<String> {
        let capacity = &hello.capacity;
        let sorted = capacity.named.is_sorted_by(|a, b| a.0 < b.0);
        if self.fleet.len() >= WORKERS_MAX {
            Some(format!("{WORKERS_MAX} workers are connected, which is the limit"))
        } else if capacity.gpus > WORKER_GPUS_MAX {
            Some(format!("{} gpus are more than {WORKER_GPUS_MAX}", capacity.gpus))
        } else if capacity.named.len() > NAMED_RESOURCES_MAX || !sorted {
            Some("its named resources are too many, not sorted or not unique".to_owned())
        } else if hello.live.len() > LIVE_ATTEMPTS_MAX {
            Some(format!("it brings more than {LIVE_ATTEMPTS_MAX} attempts"))
        } else if hello.host.len() > REASON_BYTES_MAX || hello.spool.len() > REASON_BYTES_MAX {
            Some(format!("its host or spool is longer than {REASON_BYTES_MAX} bytes"))
        } else {
            None
        }
    }

    /// Finds out who the worker is, and gives it a name if it has none.
    fn admit(&mut self, hello: &WorkerHello, out: &mut Vec<Action>) -> Option<Arrival> {
        let found = self.state.workers.of_life(hello.life);
        let known = found.is_some();
        if let Some((id, worker)) = found
            && worker.left.is_none()
        {
            let granted = self.replace(id, out);
            return Some(Arrival { id, known, granted });
        }
        let id = self.state.workers.next()?;
        let record = Record::WorkerJoined {
            worker: id,
            life: hello.life,
            host: hello.host.clone(),
            pid: hello.pid,
            spool: hello.spool.clone(),
            capacity: hello.capacity.clone(),
            at: self.now,
        };
        self.record(record, out);
        self.fleet.note_name(id, self.appended);
        let granted = BTreeSet::new();
        Some(Arrival { id, known, granted })
    }

    /// The newest connection of a worker counts. What it was granted on the one before stays granted for now.
    fn replace(&mut self, id: WorkerId, out: &mut Vec<Action>) -> BTreeSet<AttemptId> {
        let Some(old) = self.part(id) else {
            return BTreeSet::new();
        };
        out.push(Action::Close(old.link, "the worker connected anew".to_owned()));
        let all = old.attempts.keys().chain(&old.unconfirmed).copied();
        all.filter(|attempt| self.is_granted(id, *attempt)).collect()
    }

    /// Welcomes those whose names are durable by now.
    pub(crate) fn welcome_durable(&mut self, out: &mut Vec<Action>) {
        let durable = self.gate.durable();
        self.fleet.forget_names(durable);
        for id in self.fleet.joining() {
            let Some(session) = self.fleet.session(id) else {
                continue;
            };
            let Stage::Joining(position) = session.stage else {
                continue;
            };
            if position > durable {
                continue;
            }
            let welcome = Welcome {
                worker: id,
                epoch: self.epoch.unwrap_or(Epoch(0)),
                heartbeat_period: self.settings.heartbeat_period,
                heartbeat_timeout: self.settings.heartbeat_timeout,
            };
            out.push(Action::Send(session.link, ToWorker::Welcome(welcome)));
            let known = session.known;
            let grace = if known { self.settings.heartbeat_period } else { STRANGER_GRACE };
            let until = self.now + grace;
            self.fleet.note_settling(until);
            self.fleet.change(id, |session| session.stage = Stage::Settling(until));
            self.announce(id, known, out);
        }
    }

    fn announce(&self, id: WorkerId, known: bool, out: &mut Vec<Action>) {
        let worker = self.state.workers.get(id);
        let host = worker.map_or("", |worker| worker.host.as_str());
        let verb = if known { "is back" } else { "connected" };
        self.notice(Level::Info, format!("worker {id} on {host} {verb}"), out);
    }

    /// A worker that came back has told all that it had to tell: what it was granted and does not have goes back to
    /// the queue.
    pub(crate) fn settle_worker(&mut self, id: WorkerId) {
        let settle = |session: &mut Session| {
            session.stage = Stage::Ready;
            std::mem::take(&mut session.unconfirmed)
        };
        for attempt in self.fleet.change(id, settle).unwrap_or_default() {
            if self.is_granted(id, attempt) {
                self.give_back(attempt);
            }
        }
        self.stop_awaiting(id);
    }
}
