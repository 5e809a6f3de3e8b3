//! The writer: group commit with one put in flight, and the moment at which it learns that it was fenced.
//!
//! It does not wait or retry by itself, and it never gives up: how long to go on is the driver's decision.

mod blobs;

use crate::base::Point;
use crate::limits::{BLOB_BYTES_MAX, LAG_BYTES_MAX, RECORD_BYTES_MAX};
use crate::path::Path;
use crate::records::{Batch, FRAME_HEADER_BYTES};
use crate::{Answer, Content, Digest, Operation, Refusal, Seal, Weight, increment, read_slot};
use blobs::{Blobs, Landing};
use bytes::Bytes;
use godwit_common::ids::{Epoch, Sequence, Token};
use godwit_common::time::Time;
use std::collections::VecDeque;

/// How many records a writer was given up to some moment. A record is durable when the position that
/// [`Writer::append`] returned for it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

/// Appends to the log of one epoch, until it is fenced.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub struct Writer {
    /// The next slot, the digest of the object before it, and the seals so far.
    at: Point,
    /// What is not in flight yet; the last one still takes records.
    waiting: VecDeque<Waiting>,
    blobs: Blobs,
    flight: Option<Flight>,
    asked: Option<Errand>,
    appended: Position,
    durable: Position,
    lag_bytes: u64,
    base: Weight,
    since_base: Weight,
    over: bool,
}

/// Records that go together into one increment, and how many blobs must be stored before.
#[derive(Debug, Default)]
#[cfg_attr(test, derive(Clone))]
struct Waiting {
    batch: Batch,
    blobs: u64,
    /// Its blobs are being stored: it takes no more records, so that it does not have to wait for more blobs.
    closed: bool,
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
    Blob,
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
    /// The writer at the end of a recovery's path.
    pub(crate) fn new(path: &Path) -> Writer {
        let (base, since_base) = path.weights();
        Writer { base, since_base, ..Writer::at(path.point()) }
    }

    fn at(at: Point) -> Writer {
        Writer {
            at,
            waiting: VecDeque::new(),
            blobs: Blobs::default(),
            flight: None,
            asked: None,
            appended: Position(0),
            durable: Position(0),
            lag_bytes: 0,
            base: Weight::default(),
            since_base: Weight::default(),
            over: false,
        }
    }

    /// The epoch that this writer writes in.
    pub fn epoch(&self) -> Epoch {
        self.at.next.epoch
    }

    /// The sequence number of the newest durable object, be it an increment or our seal; 0 in an empty log.
    pub fn durable_sequence(&self) -> Sequence {
        self.at.sequence()
    }

    /// Where the log stands: what a base of the state up to the newest durable object has to say. Its number is that
    /// of the newest base when this reign began, so that who makes a base reads the way here once more with a
    /// [`Reader`](crate::Reader).
    pub fn point(&self) -> &Point {
        &self.at
    }

    /// What the newest base weighs, as far as this writer was told.
    pub fn base(&self) -> Weight {
        self.base
    }

    /// What came behind that base.
    pub fn since_base(&self) -> Weight {
        self.since_base
    }

    /// Says that a base of this weight was made, which covers what [`since_base`](Self::since_base) was `covered` when
    /// its making began.
    pub fn based(&mut self, covered: Weight, base: Weight) {
        self.base = base;
        self.since_base = self.since_base - covered;
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
            if !self.waiting.back().is_some_and(|waiting| !waiting.closed && waiting.batch.takes(record)) {
                self.waiting.push_back(Waiting::default());
            }
            let waiting = self.waiting.back_mut().expect("one was just ensured");
            waiting.batch.push(length, record);
            waiting.blobs = self.blobs.appended();
        }
        Ok(self.appended)
    }

    /// Queues a value that is stored by its content before any record that is appended from now on, so that such a
    /// record may name it. It counts as lag until it is stored. After the end it is dropped.
    ///
    /// # Errors
    /// [`Refusal::BlobTooLarge`]; nothing is queued then.
    pub fn append_blob(&mut self, value: &[u8]) -> Result<Digest, Refusal> {
        if value.len() > BLOB_BYTES_MAX {
            return Err(Refusal::BlobTooLarge { bytes: value.len() });
        }
        let digest = Digest::of(value);
        if !self.over {
            self.lag_bytes += value.len() as u64;
            self.blobs.append(digest, Bytes::copy_from_slice(value));
        }
        Ok(digest)
    }

    /// The next thing to do, or none while an answer is awaited and if there is nothing to write. The nonce must
    /// never have been used before; it may go unused. Compresses up to an increment's worth of records.
    pub fn next_operation(&mut self, nonce: Token, now: Time) -> Option<Operation> {
        if self.over || self.asked.is_some() {
            return None;
        }
        if self.flight.is_none() {
            let needs_blobs = self.waiting.front().is_none_or(|first| !self.blobs.has_stored(first.blobs));
            if needs_blobs {
                let operation = self.blobs.next_operation()?;
                if let Some(first) = self.waiting.front_mut() {
                    first.closed = true;
                }
                self.asked = Some(Errand::Blob);
                return Some(operation);
            }
            let batch = self.waiting.pop_front()?.batch;
            let (body, digest) = increment::encode(self.at.next, self.at.previous, nonce, now, &batch);
            let bytes = batch.bytes.len() as u64;
            self.flight = Some(Flight { body, digest, records: batch.count, bytes, next: Errand::Put });
        }
        let flight = self.flight.as_ref()?;
        self.asked = Some(flight.next);
        let key = self.at.next.key();
        Some(match flight.next {
            Errand::Put => Operation::Create { key, body: flight.body.clone() },
            Errand::ReadBack | Errand::Look | Errand::Blob => Operation::Get { key },
        })
    }

    /// While there is nothing to write: a look at the next slot, by which an idle coordinator learns that it was
    /// fenced. None if there is something to write, which tells as well, or if an answer is awaited.
    pub fn look(&mut self) -> Option<Operation> {
        let idle = self.flight.is_none() && self.waiting.is_empty() && self.blobs.is_empty();
        if self.over || self.asked.is_some() || !idle {
            return None;
        }
        self.asked = Some(Errand::Look);
        Some(Operation::Get { key: self.at.next.key() })
    }

    /// Takes the answer to the operation that was given last.
    pub fn answer(&mut self, answer: Answer) -> Progress {
        let Some(errand) = self.asked.take() else {
            return self.misled("nothing".to_owned(), &answer);
        };
        match (errand, answer) {
            (Errand::Blob, answer) => self.blob(answer),
            (Errand::Put, Answer::Created) => self.landed(),
            (Errand::Put, Answer::AlreadyExists | Answer::Unknown(_)) => {
                self.plan(Errand::ReadBack);
                Progress::Pending
            }
            (Errand::ReadBack | Errand::Look, Answer::Found(bytes)) => self.met(&bytes),
            (Errand::ReadBack, Answer::Missing) => {
                self.plan(Errand::Put);
                Progress::Retry(format!("{} may not have been stored", self.at.next))
            }
            (Errand::Look, Answer::Missing) => Progress::Pending,
            (_, Answer::Failed(reason) | Answer::Unknown(reason)) => Progress::Retry(reason),
            (_, answer) => self.misled(format!("the operation on {}", self.at.next), &answer),
        }
    }

    fn plan(&mut self, errand: Errand) {
        if let Some(flight) = &mut self.flight {
            flight.next = errand;
        }
    }

    fn blob(&mut self, answer: Answer) -> Progress {
        match self.blobs.answer(answer) {
            Landing::Stored(bytes) => {
                self.lag_bytes -= bytes;
                Progress::Pending
            }
            Landing::Pending => Progress::Pending,
            Landing::Retry(reason) => Progress::Retry(reason),
            Landing::Misled(answer) => self.misled("the operation on a blob".to_owned(), &answer),
        }
    }

    /// The increment in flight is durable.
    fn landed(&mut self) -> Progress {
        if let Some(flight) = self.flight.take() {
            self.at.next = self.at.next.next();
            self.at.previous = flight.digest;
            self.durable.0 += flight.records;
            self.lag_bytes -= flight.bytes;
            let Flight { records, bytes, body, .. } = flight;
            self.since_base += Weight { objects: 1, records, bytes, stored_bytes: body.len() as u64 };
        }
        Progress::Durable(self.durable)
    }

    /// Our next slot holds an object.
    fn met(&mut self, bytes: &Bytes) -> Progress {
        if self.flight.as_ref().is_some_and(|flight| flight.body == *bytes) {
            return self.landed();
        }
        self.end();
        let (slot, key) = (self.at.next, self.at.next.key());
        match read_slot(slot, self.at.previous, bytes) {
            Ok((Content::Seal(seal), _)) => Progress::Fenced(seal),
            Ok((Content::Increment(_), _)) => Progress::Refused(Refusal::Foreign { key, epoch: slot.epoch }),
            Err(fault) => Progress::Refused(Refusal::unreadable(key, fault)),
        }
    }

    fn misled(&mut self, asked: String, answer: &Answer) -> Progress {
        self.end();
        Progress::Refused(Refusal::Misled { asked, answer: answer.name() })
    }

    fn end(&mut self) {
        self.over = true;
        self.waiting.clear();
        self.blobs.clear();
    }
}

#[cfg(test)]
mod tests;
