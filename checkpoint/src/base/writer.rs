//! Making a base: the caller hands over records, the base's parts are put, and then its head.
//!
//! It does not read the log and does not take away what the base makes needless: `Reader` and `Collector` do. It runs
//! beside the writer of the log, even of another process: whoever creates the head of a number first has made it.

use super::{Base, Part, PartName};
use crate::key::PartPlace;
use crate::limits::{INCREMENT_BYTES_TARGET, INLINE_BYTES_MAX, RECORD_BYTES_MAX};
use crate::records::{Batch, FRAME_HEADER_BYTES};
use crate::{Answer, BaseNumber, Digest, Operation, Refusal, Slot, Weight};
use bytes::Bytes;
use godwit_common::ids::{Epoch, Sequence, Token};
use godwit_common::time::Time;
use std::collections::VecDeque;

/// A point of the log: what a base of the state there has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The newest base when the way here was read; the next one that is made here has the number behind it.
    pub base: BaseNumber,
    /// Where the log goes on.
    pub next: Slot,
    /// The digest of the object before that.
    pub previous: Digest,
    /// The slots of all seals so far.
    pub seals: Vec<Slot>,
}

impl Point {
    /// The sequence number of the newest object before this point; 0 in an empty log.
    pub fn sequence(&self) -> Sequence {
        Sequence(self.next.sequence.0.saturating_sub(1))
    }
}

/// Makes one base.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub struct BaseWriter {
    base: Base,
    sizes: Sizes,
    /// Records that are in no part yet; the last batch still takes some.
    batches: VecDeque<Batch>,
    flight: Option<Flight>,
    stage: Stage,
    asked: Option<Errand>,
}

/// Limits that tests make small.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    part_bytes: usize,
    inline_bytes: usize,
}

#[derive(Clone, Debug)]
enum Stage {
    /// More records may come.
    Open,
    /// All records are there; the last part may still be to be put.
    Closed,
    /// Another base has our number: our parts from this one on are to be deleted.
    Outrun(u32),
    Over,
}

/// The one object that is being put.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
struct Flight {
    key: String,
    body: Bytes,
    /// None for the head.
    part: Option<PartName>,
    next: Errand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Errand {
    Put,
    ReadBack,
    Delete,
}

/// What an answer meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Making {
    /// Ask for the next operation; if there is none, hand over more records or [`finish`](BaseWriter::finish).
    Pending,
    /// Not now, for this reason. Wait (with back-off and jitter), then ask for the next operation.
    Retry(String),
    /// The base is complete. This is what it weighs.
    Complete(Weight),
    /// Another coordinator made the base of this number, and our parts are gone. Nothing is lost.
    Outrun(BaseNumber),
    /// It cannot be made.
    Refused(Refusal),
}

impl BaseWriter {
    /// A base of the state at `point`, by the coordinator of `epoch`. The nonce must never have been used before.
    pub fn new(point: Point, epoch: Epoch, nonce: Token, now: Time) -> BaseWriter {
        let Point { base, next, previous, seals } = point;
        let base = Base {
            number: base.next(),
            next,
            previous,
            epoch,
            nonce,
            time: now,
            seals,
            records: 0,
            bytes: 0,
            stored_bytes: 0,
            parts: Vec::new(),
            inline_bytes: 0,
        };
        let sizes = Sizes { part_bytes: INCREMENT_BYTES_TARGET, inline_bytes: INLINE_BYTES_MAX };
        let batches = VecDeque::new();
        BaseWriter { base, sizes, batches, flight: None, stage: Stage::Open, asked: None }
    }

    /// With parts of so many bytes, to have several of few records.
    #[cfg(test)]
    pub(crate) fn with_parts_of(self, part_bytes: usize) -> BaseWriter {
        BaseWriter { sizes: Sizes { part_bytes, inline_bytes: part_bytes / 2 }, ..self }
    }

    /// The number that the base has if it is made.
    pub fn number(&self) -> BaseNumber {
        self.base.number
    }

    /// Whether another record is welcome. While it is not, do what [`next_operation`](Self::next_operation) says; a
    /// record that is handed over all the same is kept in memory.
    pub fn has_room(&self) -> bool {
        self.batches.len() < 2
    }

    /// Hands over the next record of the state.
    ///
    /// # Errors
    /// [`Refusal::RecordTooLarge`]; nothing is taken then.
    ///
    /// # Panics
    /// After [`finish`](Self::finish).
    pub fn push(&mut self, record: &[u8]) -> Result<(), Refusal> {
        assert!(!matches!(self.stage, Stage::Closed), "a base takes no record after its end");
        let length = u32::try_from(record.len()).ok().filter(|_| record.len() <= RECORD_BYTES_MAX);
        let length = length.ok_or(Refusal::RecordTooLarge { bytes: record.len() })?;
        if matches!(self.stage, Stage::Open) {
            if !self.batches.back().is_some_and(|batch| batch.takes_within(self.sizes.part_bytes, record)) {
                self.batches.push_back(Batch::default());
            }
            self.batches.back_mut().expect("a batch was just ensured").push(length, record);
            self.base.records += 1;
            self.base.bytes += (FRAME_HEADER_BYTES + record.len()) as u64;
        }
        Ok(())
    }

    /// Says that all records were handed over.
    pub fn finish(&mut self) {
        if matches!(self.stage, Stage::Open) {
            self.stage = Stage::Closed;
        }
    }

    /// The next thing to do, or none while an answer is awaited, while there are too few records for a part, and at
    /// the end. Compresses up to a part's worth of records.
    pub fn next_operation(&mut self) -> Option<Operation> {
        if self.asked.is_some() {
            return None;
        }
        if let Stage::Outrun(index) = self.stage {
            self.asked = Some(Errand::Delete);
            return Some(Operation::Delete { key: self.place(index).key() });
        }
        if self.flight.is_none() {
            self.flight = self.pack();
        }
        let flight = self.flight.as_ref()?;
        self.asked = Some(flight.next);
        let key = flight.key.clone();
        Some(match flight.next {
            Errand::Put => Operation::Create { key, body: flight.body.clone() },
            Errand::ReadBack | Errand::Delete => Operation::Get { key },
        })
    }

    /// The next object that is due.
    fn pack(&mut self) -> Option<Flight> {
        match self.stage {
            Stage::Open if self.has_room() => None,
            Stage::Closed if self.rest_fits_into_head() => Some(self.pack_head()),
            Stage::Open | Stage::Closed => self.batches.pop_front().map(|batch| self.pack_part(&batch)),
            Stage::Outrun(_) | Stage::Over => None,
        }
    }

    fn rest_fits_into_head(&self) -> bool {
        let small =
            |batch: &Batch| self.base.parts.is_empty() && batch.bytes.len() <= self.sizes.inline_bytes;
        match self.batches.len() {
            0 => true,
            1 => self.batches.front().is_some_and(small),
            _ => false,
        }
    }

    fn pack_part(&mut self, batch: &Batch) -> Flight {
        let index = u32::try_from(self.base.parts.len()).expect("a base of fewer than 2^32 parts");
        let place = self.place(index);
        let (body, part) = Part::encode(place, batch);
        Flight { key: place.key(), body, part: Some(part), next: Errand::Put }
    }

    fn pack_head(&mut self) -> Flight {
        let inline = self.batches.pop_front();
        self.base.inline_bytes = inline.as_ref().map_or(0, |batch| batch.bytes.len() as u64);
        let body = self.base.encode(inline.as_ref());
        Flight { key: self.base.number.key(), body, part: None, next: Errand::Put }
    }

    fn place(&self, index: u32) -> PartPlace {
        PartPlace { number: self.base.number, nonce: self.base.nonce, index }
    }

    /// Takes the answer to the operation that was given last.
    pub fn answer(&mut self, answer: Answer) -> Making {
        match (self.asked.take(), answer) {
            (Some(Errand::Put), Answer::Created) => self.landed(),
            (Some(Errand::Put), Answer::AlreadyExists | Answer::Unknown(_)) => {
                self.plan(Errand::ReadBack);
                Making::Pending
            }
            (Some(Errand::ReadBack), Answer::Found(bytes)) => self.met(&bytes),
            (Some(Errand::ReadBack), Answer::Missing) => {
                self.plan(Errand::Put);
                Making::Retry(format!("{} may not have been stored", self.key()))
            }
            (Some(Errand::Delete), Answer::Deleted) => self.deleted(),
            (Some(_), Answer::Failed(reason) | Answer::Unknown(reason)) => Making::Retry(reason),
            (_, answer) => {
                self.end();
                let asked = format!("the operation on {}", self.key());
                Making::Refused(Refusal::Misled { asked, answer: answer.name() })
            }
        }
    }

    fn key(&self) -> String {
        self.flight.as_ref().map_or_else(|| self.base.number.key(), |flight| flight.key.clone())
    }

    fn plan(&mut self, errand: Errand) {
        if let Some(flight) = &mut self.flight {
            flight.next = errand;
        }
    }

    /// The object in flight is durable.
    fn landed(&mut self) -> Making {
        let Some(flight) = self.flight.take() else {
            return Making::Pending;
        };
        if let Some(part) = flight.part {
            self.base.stored_bytes += part.stored_bytes;
            self.base.parts.push(part);
            return Making::Pending;
        }
        self.stage = Stage::Over;
        let Base { records, bytes, .. } = self.base;
        let objects = self.base.parts.len() as u64 + 1;
        let stored_bytes = self.base.stored_bytes + flight.body.len() as u64;
        Making::Complete(Weight { objects, records, bytes, stored_bytes })
    }

    /// There is an object with the key of the one in flight.
    fn met(&mut self, found: &Bytes) -> Making {
        let Some(flight) = self.flight.take_if(|flight| flight.body != *found) else {
            return self.landed();
        };
        if flight.part.is_some() {
            self.end();
            return Making::Refused(Refusal::Foreign { key: flight.key, epoch: self.base.epoch });
        }
        self.batches.clear();
        self.clear_up(0)
    }

    fn deleted(&mut self) -> Making {
        match self.stage {
            Stage::Outrun(index) => self.clear_up(index + 1),
            Stage::Open | Stage::Closed | Stage::Over => Making::Pending,
        }
    }

    fn end(&mut self) {
        self.stage = Stage::Over;
        self.batches.clear();
        self.flight = None;
    }

    /// Deletes our parts from `index` on.
    fn clear_up(&mut self, index: u32) -> Making {
        if (index as usize) < self.base.parts.len() {
            self.stage = Stage::Outrun(index);
            return Making::Pending;
        }
        self.stage = Stage::Over;
        Making::Outrun(self.base.number)
    }
}
