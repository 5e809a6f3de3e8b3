//! Collection: taking away what a complete base made needless. Whoever does it reads from the store what that is, so
//! that it may be broken off at any moment, done again by a later coordinator, or done by two at once.
//!
//! Every deletion rests on facts that stay true for ever (a base is complete; this slot is before it and holds no seal
//! of its path; this part belongs to no base), so that one that is done late does no harm. It never deletes claims,
//! seals of the path, fences, heads of bases, blobs, or keys that it does not know.

use super::{Base, Numbered, Retired};
use crate::key::{BASES, LOG, PARTS, PartPlace};
use crate::{Answer, BaseNumber, Operation, Refusal, Slot};
use bytes::Bytes;
use godwit_common::ids::{Epoch, Token};
use godwit_common::time::Time;
use std::collections::VecDeque;

/// How much stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The newest base and what came after it. If that base is damaged, all is lost.
    Newest,
    /// Also the base before it, and what came after that: a damaged base loses nothing.
    Previous,
}

/// Collects once.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub struct Collector {
    keep: Keep,
    epoch: Epoch,
    time: Time,
    stage: Stage,
    /// The newest base, and the one by which is collected, with the nonces of their parts.
    newest: Option<Numbered>,
    covering: Option<Box<Base>>,
    collected: u64,
}

#[derive(Clone, Debug)]
enum Stage {
    ListBases,
    /// Is there a base with this number? With the newest that was found so far.
    Probe(BaseNumber, Option<(BaseNumber, Bytes)>),
    /// The base before the newest is the one to collect by.
    ReadPrevious(BaseNumber),
    /// Bases below this one are to be retired: which is the lowest that is not?
    Descend(BaseNumber),
    Retire(BaseNumber),
    ListParts,
    ListLog,
    /// What was listed is deleted, lowest key first.
    Delete(VecDeque<String>, Listing),
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listing {
    Parts,
    Log,
}

/// What an answer meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Collecting {
    /// Ask for the next operation.
    Pending,
    /// Not now, for this reason. Wait (with back-off and jitter), then ask for the next operation.
    Retry(String),
    /// Done: so many objects were deleted.
    Done(u64),
    /// It cannot go on; nothing that is needed was deleted.
    Refused(Refusal),
}

impl Collector {
    /// A collection by the coordinator of `epoch`.
    pub fn new(keep: Keep, epoch: Epoch, now: Time) -> Collector {
        let (newest, covering) = (None, None);
        Collector { keep, epoch, time: now, stage: Stage::ListBases, newest, covering, collected: 0 }
    }

    /// What to do; the same again after a [`Collecting::Retry`]. None at the end.
    pub fn next_operation(&mut self) -> Option<Operation> {
        let list = |prefix: &str| Operation::List { prefix: prefix.to_owned(), after: None };
        Some(match &self.stage {
            Stage::ListBases => list(BASES),
            Stage::Probe(number, _) | Stage::ReadPrevious(number) | Stage::Descend(number) => {
                Operation::Get { key: number.key() }
            }
            Stage::Retire(number) => {
                let retired = Retired { number: *number, epoch: self.epoch, time: self.time };
                Operation::Replace { key: number.key(), body: retired.encode() }
            }
            Stage::ListParts => list(PARTS),
            Stage::ListLog => list(LOG),
            Stage::Delete(keys, _) => Operation::Delete { key: keys.front()?.clone() },
            Stage::Over => return None,
        })
    }

    /// Takes the answer to that operation.
    pub fn answer(&mut self, answer: Answer) -> Collecting {
        match (std::mem::replace(&mut self.stage, Stage::Over), answer) {
            (stage, Answer::Failed(reason) | Answer::Unknown(reason)) => {
                self.stage = stage;
                Collecting::Retry(reason)
            }
            (Stage::ListBases, Answer::Listed(keys)) => {
                let newest = keys.iter().filter_map(|key| BaseNumber::parse(key)).max();
                self.go(Stage::Probe(newest.unwrap_or(BaseNumber(1)).max(BaseNumber(1)), None))
            }
            (Stage::Probe(number, _), Answer::Found(bytes)) => {
                self.go(Stage::Probe(number.next(), Some((number, bytes))))
            }
            (Stage::Probe(_, Some((number, bytes))), Answer::Missing) => self.judge(number, &bytes),
            (Stage::Probe(_, None), Answer::Missing) => self.done(),
            (Stage::ReadPrevious(number), Answer::Found(bytes)) => self.judge_previous(number, &bytes),
            (Stage::ReadPrevious(_), Answer::Missing) => self.go(Stage::ListParts),
            (Stage::Descend(number), Answer::Found(bytes)) => self.descend(number, &bytes),
            (Stage::Descend(number), Answer::Missing) => self.descend(number, b""),
            (Stage::Retire(number), Answer::Replaced) => self.ascend(number),
            (Stage::ListParts, Answer::Listed(keys)) => {
                let needless = keys.into_iter().filter(|key| self.is_needless_part(key));
                let keys = needless.collect();
                self.delete(keys, Listing::Parts)
            }
            (Stage::ListLog, Answer::Listed(keys)) => {
                let keys = keys.into_iter().filter(|key| self.is_needless_slot(key)).collect();
                self.delete(keys, Listing::Log)
            }
            (Stage::Delete(mut keys, listing), Answer::Deleted) => {
                keys.pop_front();
                self.collected += 1;
                self.delete_on(keys, listing)
            }
            (_, answer) => {
                let asked = "an operation of the collector".to_owned();
                Collecting::Refused(Refusal::Misled { asked, answer: answer.name() })
            }
        }
    }

    fn go(&mut self, stage: Stage) -> Collecting {
        self.stage = stage;
        Collecting::Pending
    }

    fn done(&mut self) -> Collecting {
        self.stage = Stage::Over;
        Collecting::Done(self.collected)
    }

    /// The newest base is known. A cut still needs what is before it, and a retired one is the sign of a loss.
    fn judge(&mut self, number: BaseNumber, bytes: &Bytes) -> Collecting {
        let newest = match Numbered::decode(number, bytes) {
            Ok(newest) => newest,
            Err(fault) => return Collecting::Refused(Refusal::unreadable(number.key(), fault)),
        };
        let before = number.before();
        match (&newest, self.keep) {
            (Numbered::Base(base, _), Keep::Newest) => {
                self.covering = Some(base.clone());
                let before = before.unwrap_or_default();
                self.newest = Some(newest);
                self.go(Stage::Descend(before))
            }
            (Numbered::Base(..), Keep::Previous) => {
                self.newest = Some(newest);
                self.go(Stage::ReadPrevious(before.unwrap_or_default()))
            }
            (Numbered::Cut(..) | Numbered::Retired(_), _) => self.done(),
        }
    }

    /// Anything else than a base (a cut, or a base that was retired or damaged) keeps what there is until the next.
    fn judge_previous(&mut self, number: BaseNumber, bytes: &Bytes) -> Collecting {
        match (Numbered::decode(number, bytes), number.before()) {
            (Ok(Numbered::Base(base, _)), Some(before)) => {
                self.covering = Some(base);
                self.go(Stage::Descend(before))
            }
            _ => self.go(Stage::ListParts),
        }
    }

    /// Bases are retired from the lowest on, so that below one that is retired all are.
    fn descend(&mut self, number: BaseNumber, bytes: &[u8]) -> Collecting {
        let retired = matches!(Numbered::decode(number, bytes), Ok(Numbered::Retired(_)));
        match number.before() {
            _ if retired => self.ascend(number),
            Some(before) => self.go(Stage::Descend(before)),
            None => self.go(Stage::Retire(number)),
        }
    }

    /// All up to `number` are retired. Only when all are below the base that we collect by, anything is deleted.
    fn ascend(&mut self, number: BaseNumber) -> Collecting {
        let next = number.next();
        match &self.covering {
            Some(covering) if next < covering.number => self.go(Stage::Retire(next)),
            _ => self.go(Stage::ListParts),
        }
    }

    fn nonce_of(&self, number: BaseNumber) -> Option<Token> {
        let newest = match &self.newest {
            Some(Numbered::Base(base, _)) => Some(base),
            _ => None,
        };
        let base = newest.into_iter().chain(&self.covering).find(|base| base.number == number);
        base.map(|base| base.nonce)
    }

    /// A part of a base that was retired, or of one that another maker made first.
    fn is_needless_part(&self, key: &str) -> bool {
        let Some(place) = PartPlace::parse(key) else {
            return false;
        };
        let retired = self.covering.as_ref().is_some_and(|covering| place.number < covering.number);
        retired || self.nonce_of(place.number).is_some_and(|nonce| nonce != place.nonce)
    }

    fn is_needless_slot(&self, key: &str) -> bool {
        match (Slot::parse(key), &self.covering) {
            (Some(slot), Some(base)) => slot.sequence <= base.covered() && !base.seals.contains(&slot),
            _ => false,
        }
    }

    fn delete(&mut self, mut keys: Vec<String>, listing: Listing) -> Collecting {
        keys.sort_unstable();
        self.delete_on(keys.into(), listing)
    }

    fn delete_on(&mut self, keys: VecDeque<String>, listing: Listing) -> Collecting {
        if !keys.is_empty() {
            return self.go(Stage::Delete(keys, listing));
        }
        match listing {
            Listing::Parts if self.covering.is_some() => self.go(Stage::ListLog),
            Listing::Parts | Listing::Log => self.done(),
        }
    }
}
