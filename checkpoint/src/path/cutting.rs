//! Going on behind a loss that was accepted: stop everybody who may still write behind it, then say where the log goes
//! on, in an object that only one of several coordinators with the same idea can create.
//!
//! What is lost may have been an increment or a seal, so that the log may go on behind it in its own epoch or in any
//! later one. All those slots are followed as far as they lead, and their ends are sealed (*fences*).

use super::Turn;
use crate::base::{Cut, Point};
use crate::key::LOG;
use crate::slot::read_unchained;
use crate::{Answer, BaseNumber, Claim, Content, Digest, Fault, Operation, Refusal, Seal, Slot};
use bytes::Bytes;
use godwit_common::ids::Epoch;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Cutting {
    /// Ours.
    claim: Claim,
    number: BaseNumber,
    /// The first slot that is lost, and the digest of the object before.
    at: Slot,
    previous: Digest,
    stage: Stage,
    open: BTreeMap<Slot, Candidate>,
    followed: BTreeSet<Slot>,
    fences: BTreeSet<Slot>,
    /// Something was tried, with an answer that leaves open whether it is there.
    tried: bool,
}

/// What is known of a slot in what is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Candidate {
    /// There may be an object.
    Listed,
    /// Somebody may write here next, so that it must not stay empty.
    End,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    List,
    Look(Slot, Candidate),
    Fence(Slot),
    Create,
    ReadBack,
}

impl Cutting {
    pub(super) fn new(claim: Claim, number: BaseNumber, point: &Point) -> Cutting {
        let (at, previous) = (point.next, point.previous);
        let mut cutting = Cutting {
            claim,
            number,
            at,
            previous,
            stage: Stage::List,
            open: BTreeMap::new(),
            followed: BTreeSet::new(),
            fences: BTreeSet::new(),
            tried: false,
        };
        cutting.add(at, Candidate::End);
        cutting
    }

    /// What is, or will be, stored.
    pub(super) fn cut(&self) -> (Cut, Digest) {
        let cut = Cut {
            number: self.number,
            seal: self.seal(self.at, self.previous),
            fences: self.fences.iter().copied().collect(),
            time: self.claim.time,
        };
        let (_, digest) = cut.encode();
        (cut, digest)
    }

    fn seal(&self, slot: Slot, previous: Digest) -> Seal {
        let Claim { epoch, identity, nonce, .. } = self.claim.clone();
        Seal { slot, previous, successor: epoch, identity, nonce }
    }

    pub(super) fn operation(&self) -> Operation {
        match self.stage {
            Stage::List => Operation::List { prefix: LOG.to_owned(), after: Some(self.at.key()) },
            Stage::Look(slot, _) => Operation::Get { key: slot.key() },
            // What is before it is not known for sure.
            Stage::Fence(slot) => {
                let body = self.seal(slot, Digest::NONE).encode();
                Operation::Create { key: slot.key(), body }
            }
            Stage::Create => {
                let (body, _) = self.cut().0.encode();
                Operation::Create { key: self.number.key(), body }
            }
            Stage::ReadBack => Operation::Get { key: self.number.key() },
        }
    }

    pub(super) fn answer(&mut self, answer: Answer) -> Turn {
        match (self.stage, answer) {
            (Stage::List, Answer::Listed(keys)) => {
                for slot in keys.iter().filter_map(|key| Slot::parse(key)) {
                    self.add(slot, Candidate::Listed);
                }
                self.next()
            }
            (Stage::Look(slot, candidate), Answer::Missing) => self.missing(slot, candidate),
            (Stage::Look(slot, _), Answer::Found(bytes)) => self.found(slot, &bytes),
            (Stage::Fence(slot), Answer::Created) => {
                self.fences.insert(slot);
                self.next()
            }
            (Stage::Fence(slot), Answer::AlreadyExists | Answer::Unknown(_)) => {
                self.tried = true;
                self.go(Stage::Look(slot, Candidate::End))
            }
            (Stage::Create, Answer::Created) => Turn::Done,
            (Stage::Create, Answer::AlreadyExists | Answer::Unknown(_)) => self.go(Stage::ReadBack),
            (Stage::ReadBack, Answer::Found(bytes)) if bytes == self.cut().0.encode().0 => Turn::Done,
            // Another coordinator cut the log, or made a base.
            (Stage::ReadBack, Answer::Found(_)) => Turn::Restart,
            (Stage::ReadBack, Answer::Missing) => {
                self.stage = Stage::Create;
                Turn::Wait("the cut may not have been stored".to_owned())
            }
            (_, Answer::Failed(reason) | Answer::Unknown(reason)) => Turn::Wait(reason),
            (_, answer) => Turn::misled(&self.operation(), &answer),
        }
    }

    fn go(&mut self, stage: Stage) -> Turn {
        self.stage = stage;
        Turn::Go
    }

    /// The next slot that is not followed yet; when there is none, the cut.
    fn next(&mut self) -> Turn {
        self.tried = false;
        match self.open.pop_first() {
            Some((slot, candidate)) => self.go(Stage::Look(slot, candidate)),
            None => self.go(Stage::Create),
        }
    }

    /// Only those who reigned before us, and since the loss, can have written there.
    fn add(&mut self, slot: Slot, candidate: Candidate) {
        let lost = slot.sequence >= self.at.sequence && slot.epoch >= self.at.epoch;
        if !lost || slot.epoch >= self.claim.epoch || self.followed.contains(&slot) {
            return;
        }
        let open = self.open.entry(slot).or_insert(candidate);
        *open = candidate.max(*open);
    }

    /// The slot is empty. One that is lost may have others behind it.
    fn missing(&mut self, slot: Slot, candidate: Candidate) -> Turn {
        if candidate == Candidate::Listed {
            return self.next();
        }
        self.add(slot.next(), Candidate::Listed);
        self.stage = Stage::Fence(slot);
        if self.tried { Turn::Wait("the seal may not have been stored".to_owned()) } else { Turn::Go }
    }

    fn found(&mut self, slot: Slot, bytes: &Bytes) -> Turn {
        self.followed.insert(slot);
        match read_unchained(slot, bytes) {
            Ok((Content::Increment(_), _)) => {
                self.add(slot.next(), Candidate::End);
            }
            Ok((Content::Seal(seal), _)) => {
                let epoch = self.claim.epoch;
                if seal.successor > epoch {
                    return Turn::Trouble(Refusal::Superseded { epoch, successor: Box::new(seal) });
                }
                self.fences.insert(slot);
                self.add(slot.next_in(seal.successor), Candidate::End);
            }
            Err(fault @ Fault::Newer { .. }) => {
                return Turn::Trouble(Refusal::unreadable(slot.key(), fault));
            }
            Err(_) => {
                self.fences.insert(slot);
                for epoch in slot.epoch.0..self.claim.epoch.0 {
                    let next = slot.next_in(Epoch(epoch));
                    self.add(next, Candidate::End);
                }
            }
        }
        self.next()
    }
}
