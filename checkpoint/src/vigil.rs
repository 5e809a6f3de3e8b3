//! The vigil of a standby: has the leader fallen silent?
//!
//! Only what this standby saw itself counts: a sign of life that did not change between one look and a later one.
//! Clocks of other machines do not matter, and trouble with the store is no silence, as the leader may have had it too.

use crate::key::{CLAIMS, log_prefix, parse_claim};
use crate::{Answer, Digest, Operation, Slot, alive_key, claim_key};
use godwit_common::ids::Epoch;
use godwit_common::time::Time;
use std::time::Duration;

/// Looks after the coordinator of the newest epoch.
#[derive(Clone, Debug)]
pub struct Vigil {
    timeout: Duration,
    /// The newest claimed epoch that is known; 0 if there is none.
    epoch: Epoch,
    stage: Stage,
    sign: Option<Sign>,
    /// Since when the sign has not changed, as far as we saw, and when we saw that last.
    unchanged: Option<(Time, Time)>,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    ListClaims,
    /// Is there a newer epoch?
    Probe,
    ReadSign,
    /// There is no sign, as of a coordinator without a network or of an older version: does its log grow?
    ListLog,
}

/// What changes while a leader lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Alive(Digest),
    Log(Option<Slot>),
    /// Nobody has ever claimed the store.
    Nobody,
}

/// What an answer meant for the vigil.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Watch {
    /// Do the next operation at once.
    Look,
    /// The leader lives, or has not been silent for long enough. Wait for a part of the timeout, then look again.
    Wait,
    /// The coordinator of this epoch has been silent for the timeout (0: nobody ever claimed the store). Take over, or
    /// go on looking.
    Silent(Epoch),
    /// The store is in trouble, which is no silence. Wait (with back-off and jitter), then look again.
    Trouble(String),
}

impl Vigil {
    /// A vigil that calls it silence when nothing changes for `timeout`.
    pub fn new(timeout: Duration) -> Vigil {
        Vigil { timeout, epoch: Epoch(0), stage: Stage::ListClaims, sign: None, unchanged: None }
    }

    /// The epoch of the leader, as far as it is known; 0 if there is none.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// What to do next.
    pub fn operation(&self) -> Operation {
        match self.stage {
            Stage::ListClaims => Operation::List { prefix: CLAIMS.to_owned(), after: None },
            Stage::Probe => Operation::Get { key: claim_key(Epoch(self.epoch.0.saturating_add(1))) },
            Stage::ReadSign => Operation::Get { key: alive_key(self.epoch) },
            Stage::ListLog => Operation::List { prefix: log_prefix(self.epoch), after: None },
        }
    }

    /// Takes the answer to that operation, which came at `now` by a clock that never goes back.
    pub fn answer(&mut self, now: Time, answer: Answer) -> Watch {
        match (self.stage, answer) {
            (_, Answer::Failed(reason) | Answer::Unknown(reason)) => {
                self.unchanged = None;
                self.stage = Stage::Probe;
                Watch::Trouble(reason)
            }
            (Stage::ListClaims, Answer::Listed(keys)) => {
                let newest = keys.iter().filter_map(|key| parse_claim(key)).max();
                self.lead(newest.unwrap_or(Epoch(0)))
            }
            (Stage::Probe, Answer::Found(_)) => self.lead(Epoch(self.epoch.0.saturating_add(1))),
            (Stage::Probe, Answer::Missing) if self.epoch.0 == 0 => self.see(now, Sign::Nobody),
            (Stage::Probe, Answer::Missing) => {
                self.stage = Stage::ReadSign;
                Watch::Look
            }
            (Stage::ReadSign, Answer::Found(bytes)) => self.see(now, Sign::Alive(Digest::of(&bytes))),
            (Stage::ReadSign, Answer::Missing) => {
                self.stage = Stage::ListLog;
                Watch::Look
            }
            (Stage::ListLog, Answer::Listed(keys)) => {
                let newest = keys.iter().filter_map(|key| Slot::parse(key)).max();
                self.see(now, Sign::Log(newest))
            }
            (_, answer) => {
                self.unchanged = None;
                Watch::Trouble(format!(
                    "the store answered '{}' to {}",
                    answer.name(),
                    self.operation().key()
                ))
            }
        }
    }

    /// There is a claim of a newer epoch: whoever has it gets the whole timeout.
    fn lead(&mut self, epoch: Epoch) -> Watch {
        self.epoch = epoch;
        self.stage = Stage::Probe;
        self.sign = None;
        self.unchanged = None;
        Watch::Look
    }

    fn see(&mut self, now: Time, sign: Sign) -> Watch {
        self.stage = Stage::Probe;
        let same = self.sign == Some(sign);
        // Who was stopped itself between two looks has seen nothing in between.
        let seen = self.unchanged.filter(|&(_, last)| same && now.since(last) <= self.timeout);
        let (since, _) = seen.unwrap_or((now, now));
        self.sign = Some(sign);
        self.unchanged = Some((since, now));
        if now.since(since) >= self.timeout { Watch::Silent(self.epoch) } else { Watch::Wait }
    }
}

#[cfg(test)]
mod tests;
