//! What workers say: what started, what ended, that they are there, that they go.

use crate::Core;
use crate::action::Action;
use crate::delays::delay;
use crate::event::LinkId;
use crate::fleet::{Drain, Session, Stage};
use crate::record::Record;
use godwit_common::ids::{AttemptId, TaskId, WorkerId};
use godwit_common::limits::{REASON_BYTES_MAX, STDERR_TAIL_BYTES_MAX};
use godwit_common::memo::Memo;
use godwit_common::message::worker::{FromWorker, Report, ToWorker};
use godwit_common::outcome::{Cause, End, Ended, Failure};
use std::time::Duration;

impl Core {
    pub(crate) fn hear(&mut self, link: LinkId, message: FromWorker, out: &mut Vec<Action>) {
        let Some(worker) = self.fleet.by_link(link) else {
            let reason = "it is not known here; it has to say hello first".to_owned();
            out.push(Action::Close(link, reason));
            return;
        };
        if let Some(session) = self.fleet.session_mut(worker) {
            session.heard = self.now;
        }
        let mut told_all = true;
        match message {
            FromWorker::Hello(_) => {
                let reason = "it said hello twice";
                out.push(Action::Close(link, reason.to_owned()));
                return self.lose_worker(worker, reason, out);
            }
            FromWorker::Report(report) => {
                told_all = !report.more;
                self.report(worker, link, report, out);
            }
            FromWorker::Checked(answers) => self.checked(worker, answers, out),
            FromWorker::Heartbeat => {}
            FromWorker::Draining(reason) => self.drain_worker(worker, Drain::Wanted(shorten(reason))),
            FromWorker::Leaving(reason) => return self.leave(worker, shorten(reason), out),
        }
        let settling = |session: &Session| matches!(session.stage, Stage::Settling(_));
        if told_all && self.fleet.session(worker).is_some_and(settling) {
            self.settle_worker(worker);
        }
    }

    fn report(&mut self, worker: WorkerId, link: LinkId, report: Report, out: &mut Vec<Action>) {
        for id in report.started {
            self.started(worker, id);
        }
        let mut told = Vec::with_capacity(report.ended.len());
        let mut foreign = Vec::new();
        for ended in report.ended {
            if self.is_foreign(worker, ended.id) {
                foreign.push(ended.id);
            } else {
                told.push(ended.id);
            }
            self.ended(worker, sound(ended), out);
        }
        if !foreign.is_empty() {
            out.push(Action::Send(link, ToWorker::Kept(foreign)));
        }
        if !told.is_empty() {
            let kept = Action::Send(link, ToWorker::Kept(told));
            self.gate.hold(self.appended, kept, out);
        }
    }

    /// Whether an attempt is none of ours, so that nothing durable hangs on it.
    fn is_foreign(&self, worker: WorkerId, id: AttemptId) -> bool {
        let session = self.fleet.session(worker);
        let stranger = session.is_some_and(|s| !s.known && !matches!(s.stage, Stage::Ready));
        stranger && !self.is_granted(worker, id)
    }

    fn started(&mut self, worker: WorkerId, id: AttemptId) {
        let now = self.now;
        let Some(session) = self.fleet.session(worker) else {
            return;
        };
        if session.attempts.contains_key(&id) {
            self.fleet.occupy(worker, |session| session.start(id, now));
            self.changed.insert(id.task.workflow());
        } else if !session.unconfirmed.contains(&id) {
            self.fleet.tell(worker, |outgoing| outgoing.stops.push(id));
        }
    }

    fn ended(&mut self, worker: WorkerId, mut ended: Ended, out: &mut Vec<Action>) {
        let id = ended.id;
        let produced = ended.produced.take();
        self.fleet.release(worker, id, self.now);
        let granted = self.is_granted(worker, id);
        let known = self.fleet.session(worker).is_some_and(|session| session.known);
        let wanted = granted || (known && ended.end != End::Stopped && self.is_adoptable(id));
        if ended.usage.is_some() && (!wanted || ended.end == End::Stopped) {
            self.note_stopped(id.task);
        }
        if !wanted {
            return;
        }
        match &ended.end {
            End::Stopped => self.give_back(id),
            End::Succeeded => {
                self.claim_ended(id.task, granted);
                self.note_success(worker, &ended);
                let memo = self.keep_success(id.task, produced, out);
                self.finish(worker, ended, memo, out);
            }
            End::Failed(failure) => {
                let cause = failure.cause.clone();
                self.claim_ended(id.task, granted);
                self.note_failure(worker, &ended, out);
                self.failed(worker, ended, &cause, out);
            }
        }
    }

    /// A process ended of which there will be no record.
    fn note_stopped(&mut self, task: TaskId) {
        if self.state.group(task.group).is_some() {
            *self.stopped.entry(task.workflow()).or_default() += 1;
        }
    }

    fn claim_ended(&mut self, task: TaskId, granted: bool) {
        if granted {
            self.take_grant(task);
        } else {
            self.claim(task);
        }
        self.suspects.remove(&task);
        self.numbers.remove(&task);
    }

    fn failed(&mut self, worker: WorkerId, ended: Ended, cause: &Cause, out: &mut Vec<Action>) {
        let id = ended.id;
        let Some(group) = self.state.group(id.task.group) else {
            return;
        };
        let policy = group.spec.task.retry.clone();
        let before = group.history(id.task.position).map_or(0, |history| history.failures);
        let failures = before.saturating_add(1);
        if !policy.forgives(cause, failures) {
            return self.finish(worker, ended, None, out);
        }
        let at = self.now;
        self.record(Record::Failed { worker, at, ended }, out);
        self.changed.insert(id.task.workflow());
        self.retry_after(id.task, delay(&policy, id, failures));
    }

    fn retry_after(&mut self, task: TaskId, delay: Duration) {
        if delay.is_zero() {
            return self.enqueue(task.group, task.position..task.position + 1);
        }
        if let Some(active) = self.queue.active_mut(task.group) {
            active.delayed += 1;
            self.delays.insert(task, self.now + delay);
        }
    }

    fn finish(&mut self, worker: WorkerId, ended: Ended, memo: Option<Box<Memo>>, out: &mut Vec<Action>) {
        let (workflow, at) = (ended.id.task.workflow(), self.now);
        let failed = ended.end != End::Succeeded;
        self.decide(Record::Done { worker, at, ended, memo }, out);
        if failed {
            self.apply_failure_rule(workflow, out);
        }
    }

    /// Whether this attempt's end is the one that counts.
    pub(crate) fn is_granted(&self, worker: WorkerId, id: AttemptId) -> bool {
        let grant = self.grants.get(&id.task);
        grant.is_some_and(|grant| grant.worker == worker && grant.attempt == id.attempt)
    }

    /// A granted attempt did not come to an end: its task goes back to the queue, nobody is to blame.
    pub(crate) fn give_back(&mut self, id: AttemptId) {
        self.take_grant(id.task);
        let position = id.task.position;
        self.enqueue(id.task.group, position..position.saturating_add(1));
    }
}

/// Cuts what a peer sent to what is kept of it.
fn sound(mut ended: Ended) -> Ended {
    if let End::Failed(Failure { cause, stderr_tail }) = &mut ended.end {
        let excess = stderr_tail.len().saturating_sub(STDERR_TAIL_BYTES_MAX);
        stderr_tail.drain(..excess);
        if let Cause::NotStarted(text) | Cause::MissingOutput(text) | Cause::Value(text) = cause {
            *text = shorten(std::mem::take(text));
        }
    }
    ended
}

pub(crate) fn shorten(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(REASON_BYTES_MAX));
    text
}
