//! The walk along the log: replay increments, follow seals, seal the end, and tell the end from a loss.

use super::Turn;
use crate::key::LOG;
use crate::{Answer, Claim, Content, Digest, Operation, Refusal, Seal, Slot, Writer, read_slot};
use bytes::Bytes;

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Walk {
    /// Ours.
    claim: Claim,
    /// Where the walk has come to, and the digest of the object before.
    slot: Slot,
    previous: Digest,
    stage: Stage,
    /// Nothing was found behind `slot` while it was missing.
    end_checked: bool,
    /// Our seal for `slot` was tried, with an answer that leaves open whether it is there.
    seal_tried: bool,
}

#[derive(Clone, Debug)]
enum Stage {
    Read,
    /// The slot is missing. Is there an object right behind it?
    ProbeBehind,
    /// Or does a listing name one further on?
    ListBehind,
    /// Is the one that was listed really there?
    ProbeListed(Slot),
    /// There is an object behind; is the slot still missing, or was it being written all along?
    ReadAgain(Slot),
    Seal,
}

impl Walk {
    pub(super) fn new(claim: Claim) -> Walk {
        Walk {
            claim,
            slot: Slot::FIRST,
            previous: Digest::NONE,
            stage: Stage::Read,
            end_checked: false,
            seal_tried: false,
        }
    }

    pub(super) fn writer(&self) -> Writer {
        Writer::new(self.slot, self.previous)
    }

    pub(super) fn operation(&self) -> Operation {
        let get = |slot: Slot| Operation::Get { key: slot.key() };
        match self.stage {
            Stage::Read | Stage::ReadAgain(_) => get(self.slot),
            Stage::ProbeBehind => get(self.slot.next()),
            Stage::ProbeListed(later) => get(later),
            Stage::ListBehind => Operation::List { prefix: LOG.to_owned(), after: Some(self.slot.key()) },
            Stage::Seal => Operation::Create { key: self.slot.key(), body: self.seal().encode() },
        }
    }

    fn seal(&self) -> Seal {
        Seal {
            slot: self.slot,
            previous: self.previous,
            successor: self.claim.epoch,
            identity: self.claim.identity.clone(),
            nonce: self.claim.nonce,
        }
    }

    pub(super) fn answer(&mut self, answer: Answer) -> Turn {
        match (&self.stage, answer) {
            (Stage::Read | Stage::ReadAgain(_), Answer::Found(bytes)) => self.take(&bytes),
            (Stage::Read, Answer::Missing) if self.end_checked => self.end(),
            (Stage::Read, Answer::Missing) => self.go(Stage::ProbeBehind),
            (Stage::ProbeBehind, Answer::Found(_)) => self.go(Stage::ReadAgain(self.slot.next())),
            (Stage::ProbeBehind, Answer::Missing) => self.go(Stage::ListBehind),
            (Stage::ListBehind, Answer::Listed(keys)) => match self.first_behind(&keys) {
                Some(later) => self.go(Stage::ProbeListed(later)),
                None => self.end(),
            },
            (Stage::ProbeListed(later), Answer::Found(_)) => self.go(Stage::ReadAgain(*later)),
            (Stage::ProbeListed(_), Answer::Missing) => self.end(),
            (Stage::ReadAgain(later), Answer::Missing) => {
                Turn::Refuse(Refusal::Lost { key: self.slot.key(), later: later.key() })
            }
            (Stage::Seal, Answer::Created) => self.take(&self.seal().encode()),
            (Stage::Seal, Answer::AlreadyExists | Answer::Unknown(_)) => {
                self.seal_tried = true;
                self.go(Stage::Read)
            }
            (_, Answer::Failed(reason) | Answer::Unknown(reason)) => Turn::Wait(reason),
            (_, answer) => Turn::misled(&self.operation(), &answer),
        }
    }

    fn go(&mut self, stage: Stage) -> Turn {
        self.stage = stage;
        Turn::Go
    }

    /// The first slot behind the current one that a listing names.
    fn first_behind(&self, keys: &[String]) -> Option<Slot> {
        keys.iter().filter_map(|key| Slot::parse(key)).filter(|&slot| slot > self.slot).min()
    }

    /// The slot is the end of the log: ours to write to, or to seal.
    fn end(&mut self) -> Turn {
        self.end_checked = true;
        if self.slot.epoch == self.claim.epoch {
            return Turn::Done;
        }
        self.stage = Stage::Seal;
        if self.seal_tried { Turn::Wait("the seal may not have been stored".to_owned()) } else { Turn::Go }
    }

    /// The slot holds an object.
    fn take(&mut self, bytes: &Bytes) -> Turn {
        let (content, digest) = match read_slot(self.slot, self.previous, bytes) {
            Ok(read) => read,
            Err(fault) => return Turn::Refuse(Refusal::unreadable(self.slot.key(), fault)),
        };
        match content {
            Content::Increment(increment) if self.slot.epoch < self.claim.epoch => {
                self.advance(self.slot.next(), digest);
                Turn::Replay(increment)
            }
            Content::Increment(_) => self.foreign(),
            Content::Seal(seal) => self.follow(seal, digest),
        }
    }

    fn follow(&mut self, seal: Seal, digest: Digest) -> Turn {
        let epoch = self.claim.epoch;
        if seal.successor > epoch {
            return Turn::Refuse(Refusal::Superseded { epoch, successor: Box::new(seal) });
        }
        if seal.successor == epoch && seal.nonce != self.claim.nonce {
            return self.foreign();
        }
        self.advance(self.slot.next_in(seal.successor), digest);
        // Behind our own seal nobody but us writes increments, so that there is nothing to look for.
        self.end_checked = seal.successor == epoch;
        Turn::Go
    }

    fn advance(&mut self, slot: Slot, digest: Digest) {
        self.slot = slot;
        self.previous = digest;
        self.stage = Stage::Read;
        self.end_checked = false;
        self.seal_tried = false;
    }

    fn foreign(&self) -> Turn {
        Turn::Refuse(Refusal::Foreign { key: self.slot.key(), epoch: self.claim.epoch })
    }
}
