//! What a walk begins with: the newest base, found by reads alone, and its records.
//!
//! Heads of bases are never removed, only replaced, and their numbers are dense: so the newest is the one behind which
//! a read finds nothing. A listing says where to begin, and nothing else.

use super::Turn;
use crate::base::{Base, Cut, Numbered, Part, Point};
use crate::key::{BASES, PartPlace};
use crate::{Answer, BaseNumber, Chunk, Digest, Fault, Kind, Operation, Refusal, Slot, Summary, Weight};
use bytes::Bytes;

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(crate) struct Foundation {
    /// The one that is being read.
    number: BaseNumber,
    newest: BaseNumber,
    stage: Stage,
    /// Those between the base that is used and the newest, newest first.
    cuts: Vec<(Cut, Digest)>,
    /// None for the empty state.
    base: Option<Box<Base>>,
    weight: Weight,
    /// Why the newest is not used, if the one before it is.
    damaged: Option<Refusal>,
}

#[derive(Clone, Debug)]
enum Stage {
    List,
    Probe(Probe),
    /// The newest is known, but does not hold the records.
    Descend,
    /// This part of the base is next; behind the last there is nothing left to do.
    Part(usize),
}

/// What was found before the number that is being read.
#[derive(Clone, Debug)]
enum Probe {
    /// Nothing yet; a listing named this number.
    Listed,
    /// Nothing yet; the numbers are read from 0 on.
    FromZero,
    /// There is no marker for the empty state.
    NothingAtZero,
    Found(Bytes),
}

impl Foundation {
    pub(super) fn new() -> Foundation {
        Foundation::at(BaseNumber(0), Stage::List)
    }

    /// From the base with this number on, which is there.
    pub(super) fn from(number: BaseNumber) -> Foundation {
        Foundation::at(number, Stage::Probe(Probe::Listed))
    }

    fn at(number: BaseNumber, stage: Stage) -> Foundation {
        Foundation {
            number,
            newest: number,
            stage,
            cuts: Vec::new(),
            base: None,
            weight: Weight::default(),
            damaged: None,
        }
    }

    /// The one before, as the newest cannot be read. None if there is no such way out.
    pub(super) fn fall_back(&self, reason: &Refusal) -> Option<Foundation> {
        let hopeful = match reason {
            Refusal::Unreadable { fault, .. } => {
                !matches!(fault, Fault::Newer { .. } | Fault::Retired { .. })
            }
            Refusal::Lost { .. } => true,
            _ => false,
        };
        let first = self.number == self.newest && self.damaged.is_none();
        let number = self.number.before().filter(|_| hopeful && first)?;
        let fallback = Foundation::at(number, Stage::Descend);
        Some(Foundation { newest: self.newest, damaged: Some(reason.clone()), ..fallback })
    }

    /// Why the newest base is not used, though it is there.
    pub(super) fn damaged(&self) -> Option<&Refusal> {
        self.damaged.as_ref()
    }

    pub(super) fn newest(&self) -> BaseNumber {
        self.newest
    }

    /// The base that is used; 0 for the empty state.
    pub(super) fn number(&self) -> BaseNumber {
        self.number
    }

    /// Of the head and the parts that were read.
    pub(super) fn weight(&self) -> Weight {
        self.weight
    }

    /// Our own cut now stands behind the newest.
    pub(super) fn extend(&mut self) {
        self.newest = self.newest.next();
    }

    /// Where the walk begins.
    pub(super) fn point(&self) -> Point {
        match &self.base {
            None => Point { base: self.newest, next: Slot::FIRST, previous: Digest::NONE, seals: Vec::new() },
            Some(base) => Point {
                base: self.newest,
                next: base.next,
                previous: base.previous,
                seals: base.seals.clone(),
            },
        }
    }

    /// Cuts on the walk, in the order of their numbers.
    pub(super) fn cuts(&self) -> Vec<(Cut, Digest)> {
        self.cuts.iter().rev().cloned().collect()
    }

    /// The next thing to do; none when all is read.
    pub(super) fn operation(&self) -> Option<Operation> {
        Some(match &self.stage {
            Stage::List => Operation::List { prefix: BASES.to_owned(), after: None },
            Stage::Probe(_) | Stage::Descend => Operation::Get { key: self.number.key() },
            Stage::Part(index) => Operation::Get { key: self.place(*index)?.key() },
        })
    }

    fn place(&self, index: usize) -> Option<PartPlace> {
        let base = self.base.as_ref().filter(|base| index < base.parts.len())?;
        Some(PartPlace { number: base.number, nonce: base.nonce, index: u32::try_from(index).ok()? })
    }

    pub(super) fn answer(&mut self, asked: &Operation, answer: Answer) -> Turn {
        match (&self.stage, answer) {
            (Stage::List, Answer::Listed(keys)) => {
                let newest = keys.iter().filter_map(|key| BaseNumber::parse(key)).max().unwrap_or_default();
                let probe = if newest.0 == 0 { Probe::FromZero } else { Probe::Listed };
                self.probe(newest, probe)
            }
            (Stage::Probe(_), Answer::Found(bytes)) => {
                self.newest = self.number;
                self.probe(self.number.next(), Probe::Found(bytes))
            }
            (Stage::Probe(probe), Answer::Missing) => match probe.clone() {
                Probe::Listed => self.probe(BaseNumber(0), Probe::FromZero),
                Probe::FromZero => self.probe(BaseNumber(1), Probe::NothingAtZero),
                Probe::NothingAtZero => {
                    self.newest = BaseNumber(0);
                    self.found_empty()
                }
                Probe::Found(bytes) => {
                    self.number = self.newest;
                    self.open(&bytes)
                }
            },
            (Stage::Descend, Answer::Found(bytes)) => self.open(&bytes),
            (Stage::Descend, Answer::Missing) if self.number.0 == 0 => self.found_empty(),
            (Stage::Descend, Answer::Missing) => self.lost(self.number.key(), &self.number.next().key()),
            (&Stage::Part(index), Answer::Found(bytes)) => self.take_part(index, &bytes),
            (Stage::Part(_), Answer::Missing) => self.lost(asked.key().to_owned(), &self.number.key()),
            (_, Answer::Failed(reason) | Answer::Unknown(reason)) => Turn::Wait(reason),
            (_, answer) => Turn::misled(asked, &answer),
        }
    }

    fn probe(&mut self, number: BaseNumber, probe: Probe) -> Turn {
        self.number = number;
        self.stage = Stage::Probe(probe);
        Turn::Go
    }

    fn found_empty(&mut self) -> Turn {
        self.number = BaseNumber(0);
        self.stage = Stage::Part(0);
        Turn::Go
    }

    fn lost(&self, key: String, later: &str) -> Turn {
        Turn::Trouble(Refusal::Lost { key, later: later.to_owned(), accept: None })
    }

    fn unreadable(key: String, fault: Fault) -> Turn {
        Turn::Trouble(Refusal::unreadable(key, fault))
    }

    /// The object at our number.
    fn open(&mut self, bytes: &Bytes) -> Turn {
        match Numbered::decode(self.number, bytes) {
            Ok(Numbered::Base(base, inline)) => {
                let chunk = Chunk::new(Summary::of_base(&base, bytes), inline.unwrap_or_default());
                self.weight = chunk.summary.weight();
                self.stage = Stage::Part(0);
                self.base = Some(base);
                Turn::Chunk(chunk)
            }
            Ok(Numbered::Cut(cut, digest)) => {
                let chunk = Chunk::new(Summary::of_cut(&cut, bytes), crate::Records::default());
                self.cuts.push((*cut, digest));
                self.number = BaseNumber(self.number.0.saturating_sub(1));
                self.stage = Stage::Descend;
                Turn::Chunk(chunk)
            }
            Ok(Numbered::Retired(_)) => {
                let newer = self.newest.next().key();
                Foundation::unreadable(self.number.key(), Fault::Retired { newer })
            }
            Err(fault) => Foundation::unreadable(self.number.key(), fault),
        }
    }

    fn take_part(&mut self, index: usize, bytes: &Bytes) -> Turn {
        let base = self.base.as_ref().expect("only a base has parts");
        let place = self.place(index).expect("only parts that the base names are read");
        match Part::decode_named(place, &base.parts[index], bytes) {
            Ok(records) => {
                let summary = Summary::new(place.key(), Kind::Part, bytes);
                let summary = Summary {
                    epoch: Some(base.epoch),
                    sequence: Some(base.covered()),
                    time: Some(base.time),
                    ..summary
                };
                let chunk = Chunk::new(summary, records);
                self.weight += chunk.summary.weight();
                self.stage = Stage::Part(index + 1);
                Turn::Chunk(chunk)
            }
            Err(fault) => Foundation::unreadable(place.key(), fault),
        }
    }
}
