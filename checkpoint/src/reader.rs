//! Reading a store without taking part in it: no claim, no seal, not one write.
//!
//! It is how tools look at a store, and how the records for a base are read beside the run.

use crate::base::Point;
use crate::path::{Aim, Path, Reached, Turn};
use crate::{Answer, Chunk, Operation, Refusal};
use godwit_common::ids::Sequence;

/// Reads the newest base and the log behind it.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub struct Reader {
    path: Path,
}

/// What the driver of a [`Reader`] has to do next.
#[derive(Debug)]
pub enum ReadStep {
    /// Do this and pass the answer to the next step.
    Do(Operation),
    /// Wait (with back-off and jitter), then do this and pass the answer to the next step.
    Retry {
        /// What to do.
        operation: Operation,
        /// Why to wait.
        reason: String,
    },
    /// This was read; take the next step, with no answer. Heads of bases come before their parts.
    Read(Chunk),
    /// Throw away all that was read, as it comes again; then take the next step, with no answer.
    Restart,
    /// All is read. There are no more steps.
    Done(Point),
    /// It cannot be read. There are no more steps.
    Refused(Refusal),
}

impl Reader {
    /// Reads to the end of the log, wherever it is by then.
    pub fn new() -> Reader {
        Reader { path: Path::new(Aim::Read(None)) }
    }

    /// Reads up to and with `last`, which must be durable; further, if a base covers more.
    pub fn up_to(last: Sequence) -> Reader {
        Reader { path: Path::new(Aim::Read(Some(last))) }
    }

    /// How far it has come.
    pub fn progress(&self) -> Reached {
        self.path.progress()
    }

    /// Why the newest base is not used, if it is damaged and the one before it serves instead.
    pub fn damaged_base(&self) -> Option<&Refusal> {
        self.path.damaged_base()
    }

    /// Goes on. The answer is that of the operation of the step before, or none at the start and after a read or a
    /// restart.
    pub fn step(&mut self, answer: Option<Answer>) -> ReadStep {
        let turn = match answer {
            None => self.path.go_on(),
            Some(answer) => self.path.answer(answer),
        };
        match turn {
            Turn::Go => ReadStep::Do(self.path.operation()),
            Turn::Wait(reason) => ReadStep::Retry { operation: self.path.operation(), reason },
            Turn::Chunk(chunk) => ReadStep::Read(chunk),
            Turn::Restart => ReadStep::Restart,
            Turn::Done => ReadStep::Done(self.path.point()),
            Turn::Trouble(refusal) | Turn::Refuse(refusal) => ReadStep::Refused(refusal),
        }
    }
}

impl Default for Reader {
    fn default() -> Reader {
        Reader::new()
    }
}
