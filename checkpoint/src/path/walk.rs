//! The walk along the log: read increments, follow seals, seal the end if it is to be ours, and tell the end from a
//! loss.

use super::{Aim, Turn, before, is_loss};
use crate::base::{Cut, Point};
use crate::key::LOG;
use crate::{Answer, Chunk, Claim, Content, Digest, Operation, Refusal, Seal, Slot, read_slot};
use bytes::Bytes;

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Walk {
    aim: Aim,
    /// Where the walk has come to.
    at: Point,
    cuts: Vec<(Cut, Digest)>,
    stage: Stage,
    /// Nothing was found behind the slot while it was missing.
    end_checked: bool,
    /// Our seal for the slot was tried, with an answer that leaves open whether it is there.
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
    pub(super) fn new(aim: Aim, at: Point, cuts: Vec<(Cut, Digest)>) -> Walk {
        Walk { aim, at, cuts, stage: Stage::Read, end_checked: false, seal_tried: false }
    }

    pub(super) fn point(&self) -> &Point {
        &self.at
    }

    pub(super) fn add_cut(&mut self, cut: (Cut, Digest)) {
        self.cuts.push(cut);
    }

    fn slot(&self) -> Slot {
        self.at.next
    }

    fn claim(&self) -> Option<&Claim> {
        match &self.aim {
            Aim::Reign(claim, _) => Some(claim),
            Aim::Read(_) => None,
        }
    }

    pub(super) fn operation(&self) -> Operation {
        let get = |slot: Slot| Operation::Get { key: slot.key() };
        match (&self.stage, self.seal()) {
            (Stage::ProbeBehind, _) => get(self.slot().next()),
            (Stage::ProbeListed(later), _) => get(*later),
            (Stage::ListBehind, _) => {
                Operation::List { prefix: LOG.to_owned(), after: Some(self.slot().key()) }
            }
            (Stage::Seal, Some(seal)) => Operation::Create { key: self.slot().key(), body: seal.encode() },
            (Stage::Read | Stage::ReadAgain(_) | Stage::Seal, _) => get(self.slot()),
        }
    }

    /// Ours for this slot.
    fn seal(&self) -> Option<Seal> {
        let claim = self.claim()?;
        Some(Seal {
            slot: self.slot(),
            previous: self.at.previous,
            successor: claim.epoch,
            identity: claim.identity.clone(),
            nonce: claim.nonce,
        })
    }

    /// Before anything is read from the slot: whether the walk ends here, or the log was cut here.
    pub(super) fn arrive(&mut self) -> Turn {
        if let Aim::Read(Some(last)) = self.aim
            && self.slot().sequence > last
        {
            return Turn::Done;
        }
        let Some((cut, digest)) = self.cuts.iter().find(|(cut, _)| cut.seal.slot == self.slot()) else {
            return Turn::Go;
        };
        let (seal, fences, digest) = (cut.seal.clone(), cut.fences.clone(), *digest);
        self.at.seals.extend(fences);
        match self.follow(&seal, digest) {
            Turn::Go => self.arrive(),
            trouble => trouble,
        }
    }

    pub(super) fn answer(&mut self, answer: Answer) -> Turn {
        match (&self.stage, answer) {
            (Stage::Read | Stage::ReadAgain(_), Answer::Found(bytes)) => self.take(&bytes),
            (Stage::Read, Answer::Missing) if self.end_checked => self.end(),
            (Stage::Read, Answer::Missing) => self.go(Stage::ProbeBehind),
            (Stage::ProbeBehind, Answer::Found(_)) => self.go(Stage::ReadAgain(self.slot().next())),
            (Stage::ProbeBehind, Answer::Missing) => self.go(Stage::ListBehind),
            (Stage::ListBehind, Answer::Listed(keys)) => match self.first_behind(&keys) {
                Some(later) => self.go(Stage::ProbeListed(later)),
                None => self.end(),
            },
            (Stage::ProbeListed(later), Answer::Found(_)) => self.go(Stage::ReadAgain(*later)),
            (Stage::ProbeListed(_), Answer::Missing) => self.end(),
            (Stage::ReadAgain(later), Answer::Missing) => self.lost(later.key()),
            (Stage::Seal, Answer::Created) => match self.seal() {
                Some(seal) => self.take(&seal.encode()),
                None => self.go(Stage::Read),
            },
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
        keys.iter().filter_map(|key| Slot::parse(key)).filter(|&slot| slot > self.slot()).min()
    }

    /// The slot is the end of the log: ours to write to, or to seal, or just the end.
    fn end(&mut self) -> Turn {
        self.end_checked = true;
        match &self.aim {
            Aim::Read(None) => return Turn::Done,
            Aim::Read(Some(last)) => return self.lost(format!("sequence number {last}")),
            Aim::Reign(claim, _) if self.slot().epoch == claim.epoch => return Turn::Done,
            Aim::Reign(..) => {}
        }
        self.stage = Stage::Seal;
        if self.seal_tried { Turn::Wait("the seal may not have been stored".to_owned()) } else { Turn::Go }
    }

    /// The slot holds an object.
    fn take(&mut self, bytes: &Bytes) -> Turn {
        let slot = self.slot();
        let (content, digest) = match read_slot(slot, self.at.previous, bytes) {
            Ok(read) => read,
            Err(fault) => {
                let accept = is_loss(&fault).then(|| before(slot));
                return Turn::Trouble(Refusal::Unreadable { key: slot.key(), fault, accept });
            }
        };
        match &content {
            Content::Increment(_) if self.claim().is_some_and(|claim| slot.epoch >= claim.epoch) => {
                return self.foreign();
            }
            Content::Increment(_) => self.advance(slot.next(), digest),
            Content::Seal(seal) => match self.follow(seal, digest) {
                Turn::Go => self.at.seals.push(slot),
                trouble => return trouble,
            },
        }
        Turn::Chunk(Chunk::of_slot(slot, content, bytes))
    }

    fn follow(&mut self, seal: &Seal, digest: Digest) -> Turn {
        let ours = self.claim().map(|claim| (claim.epoch, claim.nonce));
        if let Some((epoch, nonce)) = ours {
            if seal.successor > epoch {
                return Turn::Trouble(Refusal::Superseded { epoch, successor: Box::new(seal.clone()) });
            }
            if seal.successor == epoch && seal.nonce != nonce {
                return self.foreign();
            }
        }
        self.advance(self.slot().next_in(seal.successor), digest);
        // Behind our own seal nobody but us writes increments, so that there is nothing to look for.
        self.end_checked = ours.is_some_and(|(epoch, _)| seal.successor == epoch);
        Turn::Go
    }

    fn advance(&mut self, slot: Slot, digest: Digest) {
        self.at.next = slot;
        self.at.previous = digest;
        self.stage = Stage::Read;
        self.end_checked = false;
        self.seal_tried = false;
    }

    fn lost(&self, later: String) -> Turn {
        let slot = self.slot();
        Turn::Trouble(Refusal::Lost { key: slot.key(), later, accept: Some(before(slot)) })
    }

    fn foreign(&self) -> Turn {
        let epoch = self.claim().map_or(self.slot().epoch, |claim| claim.epoch);
        Turn::Trouble(Refusal::Foreign { key: self.slot().key(), epoch })
    }
}
