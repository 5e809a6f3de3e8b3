//! What the coordinator says, and what becomes of it. Whatever it says is judged: nothing it could say panics.

use crate::Core;
use crate::action::Action;
use crate::attempts::Stop;
use crate::limits::{SPECS_MAX, WAITING_MAX};
use crate::values::wanted;
use godwit_common::ids::AttemptId;
use godwit_common::memo::Check;
use godwit_common::message::worker::{AttemptValues, GroupSpec, Run, ToWorker, Welcome};
use godwit_common::outcome::{Cause, End, Ended, Failure};
use godwit_common::resources::Capacity;
use godwit_common::task::Command;
use godwit_common::time::Time;
use std::sync::Arc;

impl Core {
    pub(crate) fn obey(&mut self, now: Time, message: ToWorker, out: &mut Vec<Action>) {
        self.link.hear(now);
        match message {
            ToWorker::Welcome(welcome) => self.welcomed(now, &welcome),
            ToWorker::Refused(reason) => {
                self.give_up(now, format!("the coordinator refused this worker: {reason}"), out);
            }
            _ if !self.link.is_up() => {
                self.reconnect(now, "the coordinator gave orders before its welcome".to_owned(), out);
            }
            ToWorker::Spec(spec) => self.learn(now, spec, out),
            ToWorker::Run(runs) => runs.into_iter().for_each(|run| self.run(now, run, out)),
            ToWorker::Stop(ids) => self.stop_all(now, &ids, out),
            ToWorker::Retract(ids) => {
                let withdrawn = self.attempts.withdraw(&ids);
                self.return_unstarted(withdrawn);
            }
            ToWorker::Kept(ids) => self.outbox.keep(&ids),
            ToWorker::Forget(group) => drop(self.specs.remove(&group)),
            ToWorker::Values(values) => self.take_values(now, values, out),
            ToWorker::Check(checks) => self.check(now, checks, out),
            ToWorker::Heartbeat => {}
            ToWorker::Drain => self.drain(now, "the coordinator asked it to".to_owned(), out),
            ToWorker::Quit => self.terminate(now, "the coordinator asked it to".to_owned(), out),
        }
    }

    /// The coordinator is told again of everything that it may have missed.
    fn welcomed(&mut self, now: Time, welcome: &Welcome) {
        if !self.link.is_there() {
            return;
        }
        self.link.welcome(now, welcome);
        let started = self.attempts.live().filter(|live| live.started.is_some());
        let started = started.map(|live| live.id).collect();
        self.outbox.retell(started);
    }

    fn learn(&mut self, now: Time, spec: Arc<GroupSpec>, out: &mut Vec<Action>) {
        if self.specs.len() >= SPECS_MAX {
            return self.reconnect(now, format!("more than {SPECS_MAX} groups are known here"), out);
        }
        self.specs.insert(spec.id, spec);
    }

    fn run(&mut self, now: Time, run: Run, out: &mut Vec<Action>) {
        let ahead = self.attempts.waiting_count().max(self.outbox.len());
        if run.count as usize + ahead > WAITING_MAX {
            let reason = format!("the coordinator gave more than {WAITING_MAX} tasks ahead");
            return self.reconnect(now, reason, out);
        }
        let spec = self.specs.get(&run.first.group).cloned();
        let fault = match &spec {
            Some(spec) => fault(spec, run, &self.identity.capacity),
            None => Some("the coordinator did not say what the task is".to_owned()),
        };
        let wanted = spec.as_ref().map(|spec| wanted(&spec.task)).unwrap_or_default();
        for id in run.attempts() {
            let values = self.values.take(&id);
            if self.attempts.contains(&id) || self.outbox.contains(&id) {
                continue;
            }
            let missing = || values.missing(&wanted);
            match (fault.clone().or_else(missing), &spec) {
                (None, Some(_)) if self.stage.takes_nothing_new() => self.return_unstarted(vec![id]),
                (None, Some(spec)) => self.attempts.give(id, Arc::clone(spec), run.variant, values.into()),
                (fault, _) => self.refuse(id, fault.unwrap_or_default()),
            }
        }
    }

    fn take_values(&mut self, now: Time, values: Vec<AttemptValues>, out: &mut Vec<Action>) {
        if let Err(fault) = self.values.add(values) {
            self.reconnect(now, fault, out);
        }
    }

    fn check(&mut self, now: Time, checks: Vec<Check>, out: &mut Vec<Action>) {
        match self.checks.ask(&checks) {
            Err(fault) => self.reconnect(now, fault, out),
            Ok(()) if checks.is_empty() => {}
            Ok(()) => out.push(Action::Check(checks)),
        }
    }

    fn refuse(&mut self, id: AttemptId, reason: String) {
        let failure = Failure { cause: Cause::NotStarted(reason), stderr_tail: Vec::new() };
        self.outbox.end(Ended { id, end: End::Failed(failure), usage: None, produced: None });
    }

    /// What waits is given back at once, what runs is stopped, and what is not here any more has told its end.
    fn stop_all(&mut self, now: Time, ids: &[AttemptId], out: &mut Vec<Action>) {
        let withdrawn = self.attempts.withdraw(ids);
        self.return_unstarted(withdrawn);
        for id in ids {
            self.stop(now, *id, Stop::Wanted, out);
        }
    }
}

/// Why these attempts cannot be run here, if they cannot. Whoever placed them should have known.
fn fault(spec: &GroupSpec, run: Run, capacity: &Capacity) -> Option<String> {
    if let Some(fault) = spec.shape.fault() {
        return Some(format!("the shape of its group is wrong: {fault}"));
    }
    let end = u64::from(run.first.position) + u64::from(run.count);
    if end > spec.shape.count() {
        return Some(format!("its group has {} tasks only", spec.shape.count()));
    }
    if matches!(&spec.task.command, Command::Argv(words) if words.is_empty()) {
        return Some("it has no command".to_owned());
    }
    let Some(request) = spec.task.requests.get(usize::from(run.variant)) else {
        return Some(format!("it has no variant {}", run.variant));
    };
    if let Some(fault) = request.fault() {
        return Some(format!("its request is wrong: {fault}"));
    }
    (!request.fits(capacity)).then(|| format!("it needs {request}, which this worker does not have"))
}
