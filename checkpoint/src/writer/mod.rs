//! The writer: group commit with one put in flight, and the moment at which it learns that it was fenced.
//!
//! It does not wait or retry by itself, and it never gives up: how long to go on is the driver's decision.

use crate::limits::{LAG_BYTES_MAX, RECORD_BYTES_MAX};
use crate::records::{Batch, FRAME_HEADER_BYTES};
use crate::{Answer, Content, Digest, Operation, Refusal, Seal, Slot, increment, read_slot};
use bytes::Bytes;
use godwit_common::ids::{Epoch, Sequence, Token};
use std::collections::VecDeque;

/// How many records a writer was given up to some moment. A record is durable when the position that
/// [`Writer::append`] returned for it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

/// Appends to the log of one epoch, until it is fenced.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub struct Writer {
    /// The next slot, and the digest of the object before it.
    slot: Slot,
    previous: Digest,
    /// What is not in flight yet; the last batch still takes records.
    batches: VecDeque<Batch>,
    flight: Option<Flight>,
    asked: Option<Errand>,
    appended: Position,
    durable: Position,
    lag_bytes: u64,
    over: bool,
}

/// The one increment that is being put. Its bytes stay the same however often it is tried.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
struct Flight {
    body: Bytes,
    digest: Digest,
    records: u64,
    bytes: u64,
    next: Errand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Errand {
    Put,
    ReadBack,
    Look,
}

/// What an answer meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Progress {
    /// Everything up to this position is durable. Ask for the next operation.
    Durable(Position),
    /// Nothing is decided yet. Ask for the next operation.
    Pending,
    /// Not now, for this reason. Wait (with back-off and jitter), then ask for the next operation.
    Retry(String),
    /// Another coordinator took over: nothing that is not durable now will ever be. Halt.
    Fenced(Seal),
    /// The log cannot be written any more. Halt.
    Refused(Refusal),
}

impl Writer {
    pub(crate) fn new(slot: Slot, previous: Digest) -> Writer {
        Writer {
            slot,
            previous,
            batches: VecDeque::new(),
            flight: None,
            asked: None,
            appended: Position(0),
            durable: Position(0),
            lag_bytes: 0,
            over: false,
        }
    }

    /// The epoch that this writer writes in.
    pub fn epoch(&self) -> Epoch {
        self.slot.epoch
    }

    /// The sequence number of the newest durable object, be it an increment or our seal; 0 in an empty log.
    pub fn durable_sequence(&self) -> Sequence {
        Sequence(self.slot.sequence.0 - 1)
    }

    /// Up to where records are durable.
    pub fn durable(&self) -> Position {
        self.durable
    }

    /// Records that are not durable yet.
    pub fn lag_records(&self) -> u64 {
        self.appended.0 - self.durable.0
    }

    /// Bytes of those records, framed and uncompressed.
    pub fn lag_bytes(&self) -> u64 {
        self.lag_bytes
    }

    /// Whether more records are welcome. While they are not, the coordinator must stop taking in what makes records;
    /// a record that is appended all the same is kept.
    pub fn has_room(&self) -> bool {
        self.lag_bytes <= LAG_BYTES_MAX as u64
    }

    /// Appends a record. After the end (fenced or refused) it is dropped, as it can never be durable.
    ///
    /// # Errors
    /// [`Refusal::RecordTooLarge`]; nothing is appended then.
    pub fn append(&mut self, record: &[u8]) -> Result<Position, Refusal> {
        let length = u32::try_from(record.len()).ok().filter(|_| record.len() <= RECORD_BYTES_MAX);
        let length = length.ok_or(Refusal::RecordTooLarge { bytes: record.len() })?;
        self.appended.0 += 1;
        if !self.over {
            self.lag_bytes += (FRAME_HEADER_BYTES + record.len()) as u64;
            if !self.batches.back().is_some_and(|batch| batch.takes(record)) {
                self.batches.push_back(Batch::default());
            }
            self.batches.back_mut().expect("a batch was just ensured").push(length, record);
        }
        Ok(self.appended)
    }

    /// The next thing to do, or none while an answer is awaited and if there is nothing to write. The nonce must
    /// never have been used before; it may go unused. Compresses up to an increment's worth of records.
    pub fn next_operation(&mut self, nonce: Token) -> Option<Operation> {
        if self.over || self.asked.is_some() {
            return None;
        }
        if self.flight.is_none() {
            let batch = self.batches.pop_front()?;
            let (body, digest) = increment::encode(self.slot, self.previous, nonce, &batch);
            let bytes = batch.bytes.len() as u64;
            self.flight = Some(Flight { body, digest, records: batch.count, bytes, next: Errand::Put });
        }
        let flight = self.flight.as_ref()?;
        self.asked = Some(flight.next);
        let key = self.slot.key();
        Some(match flight.next {
            Errand::Put => Operation::Create { key, body: flight.body.clone() },
            Errand::ReadBack | Errand::Look => Operation::Get { key },
        })
    }

    /// While there is nothing to write: a look at the next slot, by which an idle coordinator learns that it was
    /// fenced. None if there is something to write, which tells as well, or if an answer is awaited.
    pub fn look(&mut self) -> Option<Operation> {
        if self.over || self.asked.is_some() || self.flight.is_some() || !self.batches.is_empty() {
            return None;
        }
        self.asked = Some(Errand::Look);
        Some(Operation::Get { key: self.slot.key() })
    }

    /// Takes the answer to the operation that was given last.
    pub fn answer(&mut self, answer: Answer) -> Progress {
        let Some(errand) = self.asked.take() else {
            return self.misled("nothing".to_owned(), &answer);
        };
        match (errand, answer) {
            (Errand::Put, Answer::Created) => self.landed(),
            (Errand::Put, Answer::AlreadyExists | Answer::Unknown(_)) => {
                self.plan(Errand::ReadBack);
                Progress::Pending
            }
            (Errand::ReadBack | Errand::Look, Answer::Found(bytes)) => self.met(&bytes),
            (Errand::ReadBack, Answer::Missing) => {
                self.plan(Errand::Put);
                Progress::Retry(format!("{} may not have been stored", self.slot))
            }
            (Errand::Look, Answer::Missing) => Progress::Pending,
            (_, Answer::Failed(reason) | Answer::Unknown(reason)) => Progress::Retry(reason),
            (_, answer) => self.misled(format!("the operation on {}", self.slot), &answer),
        }
    }

    fn plan(&mut self, errand: Errand) {
        if let Some(flight) = &mut self.flight {
            flight.next = errand;
        }
    }

    /// The increment in flight is durable.
    fn landed(&mut self) -> Progress {
        if let Some(flight) = self.flight.take() {
            self.slot = self.slot.next();
            self.previous = flight.digest;
            self.durable.0 += flight.records;
            self.lag_bytes -= flight.bytes;
        }
        Progress::Durable(self.durable)
    }

    /// Our next slot holds an object.
    fn met(&mut self, bytes: &Bytes) -> Progress {
        if self.flight.as_ref().is_some_and(|flight| flight.body == *bytes) {
            return self.landed();
        }
        self.end();
        match read_slot(self.slot, self.previous, bytes) {
            Ok((Content::Seal(seal), _)) => Progress::Fenced(seal),
            Ok((Content::Increment(_), _)) => {
                Progress::Refused(Refusal::Foreign { key: self.slot.key(), epoch: self.slot.epoch })
            }
            Err(fault) => Progress::Refused(Refusal::unreadable(self.slot.key(), fault)),
        }
    }

    fn misled(&mut self, asked: String, answer: &Answer) -> Progress {
        self.end();
        Progress::Refused(Refusal::Misled { asked, answer: answer.name() })
    }

    fn end(&mut self) {
        self.over = true;
        self.batches.clear();
    }
}

#[cfg(test)]
mod tests;
