//! Verification: reads everything that is in a store, and reports every object that is damaged, missing, misplaced or
//! unchained, going on after each. It claims nothing, seals nothing and writes nothing.
//!
//! If a newer base was made meanwhile, what was missing may have been collected: then it begins anew.

mod bases;
mod log;

use crate::key::{BASES, CLAIMS, LOG, PARTS, parse_claim};
use crate::path::Turn;
use crate::{
    Answer, Claim, Digest, Fault, Kind, Operation, Refusal, Slot, Summary, blob_key, claim_key, read_blob,
};
use bases::Bases;
use bytes::Bytes;
use godwit_common::ids::Epoch;
use log::Log;
use std::collections::{BTreeSet, VecDeque};

/// What is wrong with an object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is there, and not as it should be.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// It is not there.
    #[error("it is missing; restore it from a copy of the store")]
    Missing,
}

/// Why an object is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The state of the store depends on it.
    Needed,
    /// A newer base took its place; collection takes it away, or leaves it as a marker.
    Covered,
    /// It never was, or is not any more, part of the state.
    Stray,
}

/// One object, as verification found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is; of an unreadable object only what its key says.
    pub summary: Summary,
    /// Why it is there.
    pub role: Role,
    /// What is wrong with it, if anything.
    pub problem: Option<Problem>,
}

/// Verifies one store.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub struct Verification {
    stage: Stage,
    bases: Bases,
    log: Option<Log>,
    all_blobs: BTreeSet<Digest>,
    blobs: VecDeque<Digest>,
    found: VecDeque<Finding>,
    /// Something of a base or the log was missing.
    is_missing: bool,
}

/// What the driver of a [`Verification`] has to do next.
#[derive(Debug)]
pub enum VerifyStep {
    /// Do this and pass the answer to the next step.
    Do(Operation),
    /// Wait (with back-off and jitter), then do this and pass the answer to the next step.
    Retry {
        /// What to do.
        operation: Operation,
        /// Why to wait.
        reason: String,
    },
    /// This was found; take the next step, with no answer.
    Found(Box<Finding>),
    /// Throw away all findings, as they come again; then take the next step, with no answer.
    Restart,
    /// Everything is read. There are no more steps.
    Done,
    /// The driver broke the rules. There are no more steps.
    Refused(Refusal),
}

#[derive(Clone, Debug)]
enum Stage {
    ListClaims,
    /// The next claim, and the newest that was listed.
    Claim(Epoch, Epoch),
    ListBases,
    Bases,
    ListParts,
    Parts,
    ListLog,
    Log,
    Blobs,
    /// Is there a newer base?
    LookAgain,
    Done,
}

impl Verification {
    /// A verification which also reads the blobs with these digests.
    pub fn new(blobs: impl IntoIterator<Item = Digest>) -> Verification {
        let all_blobs: BTreeSet<Digest> = blobs.into_iter().collect();
        Verification {
            stage: Stage::ListClaims,
            bases: Bases::default(),
            log: None,
            blobs: all_blobs.iter().copied().collect(),
            all_blobs,
            found: VecDeque::new(),
            is_missing: false,
        }
    }

    /// Goes on. The answer is that of the operation of the step before, or none at the start and after a finding.
    pub fn step(&mut self, answer: Option<Answer>) -> VerifyStep {
        let asked = self.operation();
        let turn = match (answer, asked) {
            (Some(answer), Some(asked)) => self.answer(&asked, answer),
            _ => Turn::Go,
        };
        match turn {
            Turn::Wait(reason) => match self.operation() {
                Some(operation) => return VerifyStep::Retry { operation, reason },
                None => return VerifyStep::Done,
            },
            Turn::Refuse(refusal) | Turn::Trouble(refusal) => return VerifyStep::Refused(refusal),
            Turn::Restart => {
                *self = Verification::new(std::mem::take(&mut self.all_blobs));
                return VerifyStep::Restart;
            }
            Turn::Go | Turn::Chunk(_) | Turn::Done => {}
        }
        if let Some(finding) = self.found.pop_front() {
            return VerifyStep::Found(Box::new(finding));
        }
        self.operation().map_or(VerifyStep::Done, VerifyStep::Do)
    }

    /// What to do next, having left the stages behind in which nothing is left to do.
    fn operation(&mut self) -> Option<Operation> {
        let list = |prefix: &str| Some(Operation::List { prefix: prefix.to_owned(), after: None });
        loop {
            let operation = match &self.stage {
                Stage::ListClaims => list(CLAIMS),
                Stage::Claim(epoch, _) => Some(Operation::Get { key: claim_key(*epoch) }),
                Stage::ListBases => list(BASES),
                Stage::Bases => self.bases.operation(),
                Stage::ListParts => list(PARTS),
                Stage::Parts => self.bases.part_operation(),
                Stage::ListLog => list(LOG),
                Stage::Log => self.log.as_ref().and_then(Log::operation),
                Stage::Blobs => self.blobs.front().map(|digest| Operation::Get { key: blob_key(*digest) }),
                Stage::LookAgain => {
                    let key = self.bases.next_number().key();
                    self.is_missing.then_some(Operation::Get { key })
                }
                Stage::Done => return None,
            };
            if operation.is_some() {
                return operation;
            }
            self.stage = match &self.stage {
                Stage::Bases => Stage::ListParts,
                Stage::Parts => Stage::ListLog,
                Stage::Log => Stage::Blobs,
                Stage::Blobs => Stage::LookAgain,
                _ => Stage::Done,
            };
        }
    }

    fn answer(&mut self, asked: &Operation, answer: Answer) -> Turn {
        if let Answer::Failed(reason) | Answer::Unknown(reason) = answer {
            return Turn::Wait(reason);
        }
        match (self.stage.clone(), answer) {
            (Stage::ListClaims, Answer::Listed(keys)) => {
                let newest = keys.iter().filter_map(|key| parse_claim(key)).max();
                self.go(Stage::Claim(Epoch(1), newest.unwrap_or(Epoch(0))))
            }
            (Stage::ListBases, Answer::Listed(keys)) => {
                self.bases.list(&keys);
                self.go(Stage::Bases)
            }
            (Stage::ListParts, Answer::Listed(keys)) => {
                self.bases.list_parts(&keys);
                self.go(Stage::Parts)
            }
            (Stage::ListLog, Answer::Listed(keys)) => {
                self.log = Some(Log::new(self.bases.foundation(), &keys));
                self.go(Stage::Log)
            }
            (stage, Answer::Found(bytes)) => self.take(&stage, Some(&bytes)),
            (stage, Answer::Missing) => self.take(&stage, None),
            (_, answer) => Turn::misled(asked, &answer),
        }
    }

    fn go(&mut self, stage: Stage) -> Turn {
        self.stage = stage;
        Turn::Go
    }

    /// What a read found.
    fn take(&mut self, stage: &Stage, bytes: Option<&Bytes>) -> Turn {
        let findings = match stage {
            Stage::Claim(epoch, newest) => self.claim(*epoch, *newest, bytes),
            Stage::Bases => self.bases.answer(bytes),
            Stage::Parts => self.bases.answer_part(bytes),
            Stage::Log => self.log.as_mut().map(|log| log.answer(bytes)).unwrap_or_default(),
            Stage::Blobs => self.blob(bytes),
            Stage::LookAgain if bytes.is_some() => return Turn::Restart,
            _ => return self.go(Stage::Done),
        };
        let is_log = matches!(stage, Stage::Bases | Stage::Parts | Stage::Log);
        self.is_missing |= is_log && findings.iter().any(Finding::is_missing);
        self.found.extend(findings);
        Turn::Go
    }

    /// Claims are dense and never deleted, and one that the listing lacks may be behind the newest.
    fn claim(&mut self, epoch: Epoch, newest: Epoch, bytes: Option<&Bytes>) -> Vec<Finding> {
        let next = epoch.0.checked_add(1).map(Epoch);
        self.stage = match next {
            Some(next) if bytes.is_some() || epoch < newest => Stage::Claim(next, newest),
            _ => Stage::ListBases,
        };
        if bytes.is_none() && epoch > newest {
            return Vec::new();
        }
        vec![Finding::of(claim_key(epoch), Kind::Claim, Role::Needed, bytes, |bytes| {
            let claim = Claim::decode(epoch, bytes)?;
            Ok(Summary::of_claim(&claim, claim_key(epoch), bytes))
        })]
    }

    fn blob(&mut self, bytes: Option<&Bytes>) -> Vec<Finding> {
        let Some(digest) = self.blobs.pop_front() else {
            return Vec::new();
        };
        vec![Finding::of(blob_key(digest), Kind::Blob, Role::Needed, bytes, |bytes| {
            let value = read_blob(digest, bytes)?;
            let summary = Summary::new(blob_key(digest), Kind::Blob, bytes);
            Ok(Summary { bytes: value.len() as u64, ..summary })
        })]
    }
}

impl Finding {
    /// What `read` makes of the bytes, if there are any.
    fn of(
        key: String,
        kind: Kind,
        role: Role,
        bytes: Option<&Bytes>,
        read: impl FnOnce(&Bytes) -> Result<Summary, Fault>,
    ) -> Finding {
        let unread = Summary::new(key, kind, bytes.map(|bytes| &bytes[..]).unwrap_or_default());
        let read = match bytes {
            Some(bytes) => read(bytes).map_err(Problem::from),
            None => Err(Problem::Missing),
        };
        match read {
            Ok(summary) => Finding { summary, role, problem: None },
            Err(problem) => Finding { summary: unread, role, problem: Some(problem) },
        }
    }

    fn is_missing(&self) -> bool {
        matches!(self.problem, Some(Problem::Missing | Problem::Fault(Fault::Retired { .. })))
    }

    /// The same of a slot of the log, whose key says its place.
    fn at_slot(self, slot: Slot) -> Finding {
        let summary = Summary { epoch: Some(slot.epoch), sequence: Some(slot.sequence), ..self.summary };
        Finding { summary, ..self }
    }
}
