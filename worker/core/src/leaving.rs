//! How a worker goes: drained, terminated or given up.
//!
//! A terminated worker says at once that it takes nothing new, gives back what waits, stops what runs and reports each
//! attempt when its processes are gone, so that a task is never started elsewhere while it still runs here. Its last
//! word is that it leaves.

use crate::Core;
use crate::action::{Action, Leave};
use crate::attempts::Stop;
use crate::limits::{LINGER, REAP_TIME};
use godwit_common::ids::AttemptId;
use godwit_common::message::worker::FromWorker;
use godwit_common::outcome::{End, Ended};
use godwit_common::time::Time;

/// How far a worker is on its way.
#[derive(Debug)]
pub(crate) enum Stage {
    /// It takes work.
    Serving,
    /// It takes nothing new, for this reason, and goes when the last attempt has ended.
    Draining(String),
    /// It stops everything and goes.
    Leaving(Leaving),
    /// It has gone.
    Gone,
}

/// A departure.
#[derive(Debug)]
pub(crate) struct Leaving {
    leave: Leave,
    /// When whatever still runs is killed; none when that is done.
    kill_at: Option<Time>,
    /// When to go whatever still runs.
    reaped_by: Time,
    /// When to go although some results are not kept; none while something runs.
    linger_until: Option<Time>,
}

impl Stage {
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Stage::Gone)
    }

    pub(crate) fn is_leaving(&self) -> bool {
        matches!(self, Stage::Leaving(_) | Stage::Gone)
    }

    pub(crate) fn takes_nothing_new(&self) -> bool {
        !matches!(self, Stage::Serving)
    }

    pub(crate) fn next_wakeup(&self) -> Option<Time> {
        let Stage::Leaving(leaving) = self else {
            return None;
        };
        let forced = leaving.linger_until.unwrap_or(leaving.reaped_by);
        Some(leaving.kill_at.map_or(forced, |at| at.min(forced)))
    }
}

impl Core {
    /// Takes nothing new from now on, and goes when the last attempt has ended. What waits is given back.
    pub(crate) fn drain(&mut self, now: Time, reason: String, out: &mut Vec<Action>) {
        if self.stage.takes_nothing_new() {
            return;
        }
        self.link.send(now, FromWorker::Draining(reason.clone()), out);
        self.stage = Stage::Draining(reason);
        let waiting = self.attempts.withdraw_all();
        self.return_unstarted(waiting);
    }

    /// Stops everything and goes, in good order. Said again, kills what still runs.
    pub(crate) fn terminate(&mut self, now: Time, reason: String, out: &mut Vec<Action>) {
        self.leave(now, Leave { reason, orderly: true }, out);
    }

    /// Stops everything and goes, because this worker is of no use any more.
    pub(crate) fn give_up(&mut self, now: Time, reason: String, out: &mut Vec<Action>) {
        self.leave(now, Leave { reason, orderly: false }, out);
    }

    fn leave(&mut self, now: Time, leave: Leave, out: &mut Vec<Action>) {
        if let Stage::Leaving(leaving) = &mut self.stage {
            leaving.kill_at = leaving.kill_at.map(|_| now);
            return;
        }
        self.drain(now, leave.reason.clone(), out);
        for id in self.attempts.running_ids() {
            self.stop(now, id, Stop::Wanted, out);
        }
        let kill_at = now + self.settings.leave_grace;
        self.stage = Stage::Leaving(Leaving {
            leave,
            kill_at: Some(kill_at),
            reaped_by: kill_at + REAP_TIME,
            linger_until: None,
        });
    }

    /// Reports attempts that were never started as given back.
    pub(crate) fn return_unstarted(&mut self, ids: Vec<AttemptId>) {
        for id in ids {
            self.outbox.end(Ended { id, end: End::Stopped, usage: None, produced: None });
        }
    }

    /// Goes if nothing holds the worker here any more.
    pub(crate) fn leave_when_done(&mut self, now: Time, out: &mut Vec<Action>) {
        let leave = match &mut self.stage {
            Stage::Serving | Stage::Gone => None,
            Stage::Draining(reason) => {
                let done = self.attempts.is_empty() && self.outbox.is_empty();
                done.then(|| Leave { reason: reason.clone(), orderly: true })
            }
            Stage::Leaving(leaving) => {
                if leaving.kill_at.take_if(|at| now >= *at).is_some() {
                    self.kill_all(out);
                }
                self.departure(now)
            }
        };
        if let Some(leave) = leave {
            self.exit(now, leave, out);
        }
    }

    fn kill_all(&mut self, out: &mut Vec<Action>) {
        for id in self.attempts.running_ids() {
            self.kill(id, out);
        }
    }

    /// How the worker goes now, if it does: everything is reaped, and all results are kept or nobody keeps them.
    fn departure(&mut self, now: Time) -> Option<Leave> {
        let Stage::Leaving(leaving) = &mut self.stage else {
            return None;
        };
        if !self.attempts.is_empty() {
            return (now >= leaving.reaped_by).then(|| leaving.leave.clone());
        }
        let until = *leaving.linger_until.get_or_insert(now + LINGER);
        let done = self.outbox.is_empty() || !self.link.is_up() || now >= until;
        done.then(|| leaving.leave.clone())
    }
}
