//! The way through a store that recoveries and readers share: the newest base, then the log to its end, then another
//! look whether a newer base was made meanwhile.
//!
//! That look is what makes collection harmless. A slot is only ever deleted when a newer base than ours is complete; if
//! there is none after the walk, everything that was read on it was there to be read.

mod cutting;
mod foundation;
mod walk;

use crate::base::Numbered;
use crate::base::Point;
use crate::{Answer, BaseNumber, Chunk, Claim, Fault, Operation, Refusal, Slot, Weight};
use cutting::Cutting;
use foundation::Foundation;
use godwit_common::ids::Sequence;
use walk::Walk;

/// What a part of the way made of an answer.
pub(crate) enum Turn {
    /// Do its next operation.
    Go,
    /// Wait, then do its next operation.
    Wait(String),
    /// Something was read.
    Chunk(Chunk),
    /// What was read so far is void.
    Restart,
    Done,
    /// It cannot go on, unless there is a newer base.
    Trouble(Refusal),
    Refuse(Refusal),
}

impl Turn {
    pub(crate) fn misled(asked: &Operation, answer: &Answer) -> Turn {
        Turn::Refuse(Refusal::Misled {
            asked: format!("the operation on {}", asked.key()),
            answer: answer.name(),
        })
    }
}

/// Where a way leads.
#[derive(Clone, Debug)]
pub(crate) enum Aim {
    /// To a slot of our own, sealing the predecessor's; up to this sequence number, if what is behind is lost.
    Reign(Box<Claim>, Option<Sequence>),
    /// To the end, or to behind this sequence number, leaving no trace.
    Read(Option<Sequence>),
}

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(crate) struct Path {
    aim: Aim,
    foundation: Foundation,
    walk: Option<Walk>,
    stage: Stage,
    progress: Reached,
    /// What was lost behind the sequence number that somebody accepted.
    loss: Option<Refusal>,
}

/// How far a recovery or a reader has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// The sequence number of the newest object that was read.
    pub sequence: Option<Sequence>,
    /// What was read so far.
    pub read: Weight,
}

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
enum Stage {
    Found,
    Walk,
    /// Is there a newer base? Else this is what came of the way.
    Look(Result<(), Refusal>),
    /// The newest base was damaged; is the one that is used instead still not retired?
    LookAtUsed,
    Cut(Box<Cutting>),
}

impl Path {
    pub(crate) fn new(aim: Aim) -> Path {
        let (foundation, progress) = (Foundation::new(), Reached::default());
        Path { aim, foundation, walk: None, stage: Stage::Found, progress, loss: None }
    }

    pub(crate) fn progress(&self) -> Reached {
        self.progress
    }

    /// Why the newest base is not used, though it is there.
    pub(crate) fn damaged_base(&self) -> Option<&Refusal> {
        self.foundation.damaged()
    }

    /// What was lost, if somebody accepted that and it was so.
    pub(crate) fn loss(&self) -> Option<&Refusal> {
        self.loss.as_ref()
    }

    /// What the base weighs, and what came behind it.
    pub(crate) fn weights(&self) -> (Weight, Weight) {
        let base = self.foundation.weight();
        (base, self.progress.read - base)
    }

    /// Where the way has come to.
    pub(crate) fn point(&self) -> Point {
        match &self.walk {
            Some(walk) => Point { base: self.foundation.newest(), ..walk.point().clone() },
            None => self.foundation.point(),
        }
    }

    /// Goes on after a start, a chunk or a restart.
    pub(crate) fn go_on(&mut self) -> Turn {
        let turn = match &mut self.stage {
            Stage::Walk => self.walk.as_mut().map_or(Turn::Go, Walk::arrive),
            _ => Turn::Go,
        };
        self.judge(turn)
    }

    /// The base is read.
    fn set_out(&mut self) -> Turn {
        let point = self.foundation.point();
        if let Aim::Reign(claim, _) = &self.aim
            && self.foundation.number() > BaseNumber(0)
        {
            let (epoch, successor, key) = (claim.epoch, point.next.epoch, self.foundation.number().key());
            if successor > epoch {
                return Turn::Trouble(Refusal::Overtaken { epoch, key, successor });
            }
            if successor == epoch {
                return Turn::Trouble(Refusal::Foreign { key, epoch });
            }
        }
        let walk = self.walk.insert(Walk::new(self.aim.clone(), point, self.foundation.cuts()));
        self.stage = Stage::Walk;
        walk.arrive()
    }

    /// What to do next.
    pub(crate) fn operation(&self) -> Operation {
        let found = || self.foundation.operation();
        let operation = match (&self.stage, &self.walk) {
            (Stage::Walk, Some(walk)) => Some(walk.operation()),
            (Stage::Cut(cutting), _) => Some(cutting.operation()),
            (Stage::LookAtUsed, _) => Some(get(self.foundation.number())),
            (Stage::Found | Stage::Walk, _) => found(),
            (Stage::Look(_), _) => None,
        };
        operation.unwrap_or_else(|| get(self.foundation.newest().next()))
    }

    pub(crate) fn answer(&mut self, answer: Answer) -> Turn {
        let asked = self.operation();
        let turn = match (&mut self.stage, &mut self.walk) {
            (Stage::Found, _) => self.foundation.answer(&asked, answer),
            (Stage::Walk, Some(walk)) => walk.answer(answer),
            (Stage::Cut(cutting), _) => cutting.answer(answer),
            (Stage::Look(_) | Stage::LookAtUsed, _) => return self.looked(&asked, answer),
            (Stage::Walk, None) => Turn::misled(&asked, &answer),
        };
        self.judge(turn)
    }

    /// Looks for a newer base before anything is taken for final.
    fn judge(&mut self, turn: Turn) -> Turn {
        match turn {
            Turn::Go if matches!(self.stage, Stage::Found) && self.foundation.operation().is_none() => {
                let turn = self.set_out();
                self.judge(turn)
            }
            Turn::Done if matches!(self.stage, Stage::Cut(_)) => self.behind_cut(),
            Turn::Done => self.look(Ok(())),
            Turn::Trouble(refusal) => self.look(Err(refusal)),
            Turn::Restart => self.restart(Foundation::from(self.foundation.newest().next())),
            Turn::Chunk(chunk) => {
                self.progress.read += chunk.summary.weight();
                self.progress.sequence = chunk.summary.sequence.or(self.progress.sequence);
                Turn::Chunk(chunk)
            }
            Turn::Go | Turn::Wait(_) | Turn::Refuse(_) => turn,
        }
    }

    fn look(&mut self, outcome: Result<(), Refusal>) -> Turn {
        self.stage = Stage::Look(outcome);
        Turn::Go
    }

    fn restart(&mut self, foundation: Foundation) -> Turn {
        self.foundation = foundation;
        self.walk = None;
        self.stage = Stage::Found;
        self.progress = Reached::default();
        Turn::Restart
    }

    fn looked(&mut self, asked: &Operation, answer: Answer) -> Turn {
        match (&self.stage, answer) {
            (_, Answer::Failed(reason) | Answer::Unknown(reason)) => Turn::Wait(reason),
            (Stage::Look(_), Answer::Found(_)) => {
                self.restart(Foundation::from(self.foundation.newest().next()))
            }
            (Stage::Look(Ok(())), Answer::Missing) if self.damaged_base().is_some() => {
                self.stage = Stage::LookAtUsed;
                Turn::Go
            }
            (Stage::Look(Ok(())), Answer::Missing) => Turn::Done,
            (Stage::Look(Err(refusal)), Answer::Missing) => self.give_up(refusal.clone()),
            (Stage::LookAtUsed, Answer::Found(bytes)) => {
                match Numbered::decode(self.foundation.number(), &bytes) {
                    Ok(Numbered::Base(..) | Numbered::Cut(..)) => Turn::Done,
                    Ok(Numbered::Retired(_)) | Err(_) => self.refuse_damaged_base(),
                }
            }
            (Stage::LookAtUsed, Answer::Missing) if self.foundation.number().0 == 0 => Turn::Done,
            (Stage::LookAtUsed, Answer::Missing) => self.refuse_damaged_base(),
            (_, answer) => Turn::misled(asked, &answer),
        }
    }

    fn refuse_damaged_base(&self) -> Turn {
        let missing = || Refusal::unreadable(self.foundation.newest().key(), Fault::Damaged);
        Turn::Refuse(self.damaged_base().cloned().unwrap_or_else(missing))
    }

    /// There is no newer base, and the way cannot go on: unless with the base before, or behind the loss.
    fn give_up(&mut self, refusal: Refusal) -> Turn {
        if self.damaged_base().is_some() {
            return self.refuse_damaged_base();
        }
        let Some(walk) = &self.walk else {
            return match self.foundation.fall_back(&refusal) {
                Some(foundation) => self.restart(foundation),
                None => Turn::Refuse(refusal),
            };
        };
        match &self.aim {
            Aim::Reign(claim, Some(accepted)) if refusal.acceptable() == Some(*accepted) => {
                let number = self.foundation.newest().next();
                self.stage = Stage::Cut(Box::new(Cutting::new((**claim).clone(), number, walk.point())));
                self.loss = Some(refusal);
                Turn::Go
            }
            _ => Turn::Refuse(refusal),
        }
    }

    /// Our cut stands. We walk on behind it.
    fn behind_cut(&mut self) -> Turn {
        let (Stage::Cut(cutting), Some(walk)) = (&self.stage, &mut self.walk) else {
            return Turn::Go;
        };
        walk.add_cut(cutting.cut());
        self.foundation.extend();
        self.stage = Stage::Walk;
        self.go_on()
    }
}

fn get(number: BaseNumber) -> Operation {
    Operation::Get { key: number.key() }
}

/// Whether a fault may be left behind by a cut. A newer format is no loss.
fn is_loss(fault: &Fault) -> bool {
    !matches!(fault, Fault::Newer { .. })
}

/// The sequence number before `slot`.
fn before(slot: Slot) -> Sequence {
    Sequence(slot.sequence.0.saturating_sub(1))
}
