//! The state machine: one event in, some actions out.
//!
//! What the coordinator orders is in [`orders`](crate::orders), how a worker goes in [`leaving`](crate::leaving).

use crate::action::{Action, Launch, Leave, Signal};
use crate::attempts::{Attempts, Stop};
use crate::checks::Checks;
use crate::event::{Event, Exit};
use crate::identity::{Identity, Settings};
use crate::leaving::Stage;
use crate::limits::RUNNING_MAX;
use crate::link::Link;
use crate::outbox::Outbox;
use crate::values::AttemptValues;
use godwit_common::duration::Human;
use godwit_common::ids::{AttemptId, GroupId};
use godwit_common::message::worker::{FromWorker, GroupSpec, Live, WorkerHello};
use godwit_common::outcome::{Cause, End, Ended, Failure, Usage};
use godwit_common::time::Time;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A worker without its processes and its network.
#[derive(Debug)]
pub struct Core {
    pub(crate) identity: Identity,
    pub(crate) settings: Settings,
    pub(crate) link: Link,
    /// Specs that this connection's coordinator sent; a running attempt holds its own.
    pub(crate) specs: BTreeMap<GroupId, Arc<GroupSpec>>,
    pub(crate) attempts: Attempts,
    pub(crate) outbox: Outbox,
    /// Values that came before the attempts that ask for them.
    pub(crate) values: AttemptValues,
    pub(crate) checks: Checks,
    pub(crate) stage: Stage,
    /// Since when there is nothing to do; none while there is something.
    idle_since: Option<Time>,
}

impl Core {
    /// A worker without a coordinator and without work.
    pub fn new(identity: Identity, settings: Settings, now: Time) -> Core {
        Core {
            attempts: Attempts::new(&identity.capacity, identity.cpus.clone()),
            identity,
            settings,
            link: Link::new(now),
            specs: BTreeMap::new(),
            outbox: Outbox::default(),
            values: AttemptValues::default(),
            checks: Checks::default(),
            stage: Stage::Serving,
            idle_since: Some(now),
        }
    }

    /// Takes in what happened and appends what is to be done. `now` never goes back. After [`Action::Exit`] nothing
    /// is done any more.
    pub fn handle(&mut self, now: Time, event: Event, out: &mut Vec<Action>) {
        if self.stage.is_gone() {
            return;
        }
        match event {
            Event::Connected => self.greet(now, out),
            Event::Message(message) => self.obey(now, message, out),
            Event::Disconnected(_) => self.disconnect(now),
            Event::Started { id, at } => self.started(id, at),
            Event::Gathering(id) => self.gathering(id),
            Event::Exited { id, exit, usage } => self.exited(id, exit, usage),
            Event::Checked(checked) => self.checks.answer(checked),
            Event::Wakeup => {}
            Event::Drain(reason) => self.drain(now, reason, out),
            Event::GiveUp(reason) => self.give_up(now, reason, out),
            Event::Terminate(reason) => self.terminate(now, reason, out),
        }
        self.watch_clock(now, out);
        self.start_what_fits(out);
        self.tell_news(now, out);
        self.leave_when_done(now, out);
    }

    /// When [`Event::Wakeup`] is to come, if nothing else comes before.
    pub fn next_wakeup(&self) -> Option<Time> {
        if self.stage.is_gone() {
            return None;
        }
        let times = [
            self.link.next_wakeup(&self.settings),
            self.attempts.next_deadline(),
            self.give_up_at(),
            self.idle_until(),
            self.settings.leave_at.filter(|_| !self.stage.is_leaving()),
            self.stage.next_wakeup(),
        ];
        times.into_iter().flatten().min()
    }

    fn greet(&mut self, now: Time, out: &mut Vec<Action>) {
        self.link.greet(now);
        self.specs.clear();
        self.forget_words();
        self.outbox.withhold();
        let Identity { life, host, pid, capacity, spool, ends, group, .. } = self.identity.clone();
        // What has ended is listed as if it had not begun: it takes no room, and its end will be told.
        let unkept = self.outbox.iter().map(|ended| Live { id: ended.id, variant: 0, started: None });
        let hello = WorkerHello {
            life,
            host,
            pid,
            capacity,
            spool,
            ends,
            group,
            live: self.attempts.live().chain(unkept).collect(),
            draining: self.stage.takes_nothing_new(),
        };
        out.push(Action::Send(FromWorker::Hello(Box::new(hello))));
    }

    pub(crate) fn disconnect(&mut self, now: Time) {
        self.link.go_down(now);
        self.forget_words();
        self.outbox.withhold();
    }

    /// Forgets what only this connection's coordinator waits for or spoke of.
    fn forget_words(&mut self) {
        self.checks.clear();
        self.values.clear();
    }

    /// Gives up the connection; the shell makes a new one.
    pub(crate) fn reconnect(&mut self, now: Time, reason: String, out: &mut Vec<Action>) {
        if self.link.is_there() {
            self.disconnect(now);
            out.push(Action::Reconnect(reason));
        }
    }

    fn started(&mut self, id: AttemptId, at: Time) {
        let limit = self.attempts.get(&id).and_then(|entry| entry.spec.task.time_limit);
        let Some(running) = self.attempts.running_mut(&id) else {
            return;
        };
        running.started = Some(at);
        if let (None, Some(limit)) = (running.stop, limit) {
            self.attempts.set_deadline(&id, Some(at + limit));
        }
        self.outbox.start(id);
    }

    /// Only a process can run too long, not the looking at its files.
    fn gathering(&mut self, id: AttemptId) {
        if self.attempts.running_mut(&id).is_some_and(|running| running.stop.is_none()) {
            self.attempts.set_deadline(&id, None);
        }
    }

    fn exited(&mut self, id: AttemptId, exit: Exit, usage: Option<Usage>) {
        let Some((_, stop)) = self.attempts.exit(&id) else {
            return;
        };
        let (end, produced) = match (stop, exit) {
            (Some(Stop::Wanted), _) => (End::Stopped, None),
            (Some(Stop::TimeLimit(limit)), exit) => (End::Failed(timeout(limit, exit)), None),
            (None, Exit::Succeeded(produced)) => (End::Succeeded, produced),
            (None, Exit::Failed(failure)) => (End::Failed(failure), None),
        };
        self.outbox.end(Ended { id, end, usage, produced });
    }

    /// SIGTERM to a running attempt, and SIGKILL after its grace.
    pub(crate) fn stop(&mut self, now: Time, id: AttemptId, why: Stop, out: &mut Vec<Action>) {
        let grace = self.attempts.get(&id).map(|entry| entry.spec.task.kill_grace);
        let (Some(grace), Some(running)) = (grace, self.attempts.running_mut(&id)) else {
            return;
        };
        let before = running.stop.replace(why);
        if before.is_some() {
            return;
        }
        if grace.is_zero() {
            self.kill(id, out);
        } else {
            self.attempts.set_deadline(&id, Some(now + grace));
            out.push(Action::Signal(id, Signal::Terminate));
        }
    }

    pub(crate) fn kill(&mut self, id: AttemptId, out: &mut Vec<Action>) {
        self.attempts.set_deadline(&id, None);
        out.push(Action::Signal(id, Signal::Kill));
    }

    /// Does whatever the clock asks for.
    fn watch_clock(&mut self, now: Time, out: &mut Vec<Action>) {
        if let Some(silence) = self.link.silence(now, &self.settings) {
            self.reconnect(now, silence, out);
        }
        while let Some(id) = self.attempts.pop_due(now) {
            let entry = self.attempts.get(&id);
            let stop = entry.and_then(|entry| entry.running()).and_then(|running| running.stop);
            match (stop, entry.and_then(|entry| entry.spec.task.time_limit)) {
                (None, Some(limit)) => self.stop(now, id, Stop::TimeLimit(limit), out),
                _ => self.kill(id, out),
            }
        }
        if self.give_up_at().is_some_and(|at| now >= at) {
            let waited = Human(self.settings.reconnect_timeout);
            self.give_up(now, format!("no coordinator could be reached for {waited}"), out);
        }
        if self.settings.leave_at.is_some_and(|at| now >= at) && !self.stage.is_leaving() {
            self.terminate(now, "the worker's time is up".to_owned(), out);
        }
        self.watch_idleness(now, out);
    }

    fn watch_idleness(&mut self, now: Time, out: &mut Vec<Action>) {
        if !self.attempts.is_empty() || !self.outbox.is_empty() || !self.checks.is_empty() {
            self.idle_since = None;
        } else if self.idle_since.is_none() {
            self.idle_since = Some(now);
        }
        if let (Some(timeout), Some(until)) = (self.settings.idle_timeout, self.idle_until())
            && now >= until
        {
            self.drain(now, format!("it had nothing to do for {}", Human(timeout)), out);
        }
    }

    fn idle_until(&self) -> Option<Time> {
        let timeout = self.settings.idle_timeout.filter(|_| !self.stage.takes_nothing_new())?;
        Some(self.idle_since? + timeout)
    }

    fn give_up_at(&self) -> Option<Time> {
        let since = self.link.alone_since().filter(|_| !self.stage.is_leaving())?;
        Some(since + self.settings.reconnect_timeout)
    }

    fn start_what_fits(&mut self, out: &mut Vec<Action>) {
        let Some(worker) = self.link.worker() else { return };
        while !self.outbox.is_full() && self.attempts.running_count() < RUNNING_MAX {
            let Some(id) = self.attempts.start_next() else {
                return;
            };
            let entry = self.attempts.get(&id).expect("it was started just now");
            let running = entry.running().expect("it was started just now");
            out.push(Action::Start(Launch {
                id,
                spec: Arc::clone(&entry.spec),
                variant: entry.variant,
                slot: running.place().slot,
                gpus: running.place().held.gpus().collect(),
                pinned: running.place().pinned.clone(),
                worker,
                values: entry.values.clone(),
            }));
        }
    }

    fn tell_news(&mut self, now: Time, out: &mut Vec<Action>) {
        if self.link.is_up() {
            for report in self.outbox.take_reports() {
                self.link.send(now, FromWorker::Report(report), out);
            }
            for checked in self.checks.take_answers() {
                self.link.send(now, FromWorker::Checked(checked), out);
            }
            self.link.beat(now, out);
        } else {
            self.outbox.withhold();
        }
    }

    /// Leaves with these words.
    pub(crate) fn exit(&mut self, now: Time, leave: Leave, out: &mut Vec<Action>) {
        let reason = leave.reason.clone();
        self.link.send(now, FromWorker::Leaving(reason), out);
        out.push(Action::Exit(leave));
        self.stage = Stage::Gone;
    }
}

/// A process that was stopped at its limit has failed, whatever it made of the signal.
fn timeout(limit: std::time::Duration, exit: Exit) -> Failure {
    let stderr_tail = match exit {
        Exit::Succeeded(_) => Vec::new(),
        Exit::Failed(failure) => failure.stderr_tail,
    };
    Failure { cause: Cause::Timeout(limit), stderr_tail }
}
