//! Blobs on their way into the store, one at a time, each before the increment that may name it.

use crate::{Answer, Digest, Operation, blob, blob_key, read_blob};
use bytes::Bytes;
use std::collections::VecDeque;

#[derive(Debug, Default)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Blobs {
    waiting: VecDeque<(Digest, Bytes)>,
    flight: Option<Flight>,
    appended: u64,
    stored: u64,
}

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
struct Flight {
    digest: Digest,
    body: Bytes,
    /// Of the value, for the account of what waits.
    bytes: u64,
    next: Errand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Errand {
    Put,
    ReadBack,
    /// The blob that is there is damaged.
    Replace,
}

/// What became of the blob in flight.
pub(super) enum Landing {
    /// It is stored; so many bytes wait no longer.
    Stored(u64),
    Pending,
    Retry(String),
    Misled(Answer),
}

impl Blobs {
    /// How many were appended so far.
    pub(super) fn appended(&self) -> u64 {
        self.appended
    }

    /// Whether the first `count` are stored.
    pub(super) fn has_stored(&self, count: u64) -> bool {
        self.stored >= count
    }

    pub(super) fn is_empty(&self) -> bool {
        self.stored == self.appended
    }

    pub(super) fn append(&mut self, digest: Digest, value: Bytes) {
        self.appended += 1;
        self.waiting.push_back((digest, value));
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.flight = None;
    }

    pub(super) fn next_operation(&mut self) -> Option<Operation> {
        if self.flight.is_none() {
            let (digest, value) = self.waiting.pop_front()?;
            let body = blob::encode(digest, &value);
            self.flight = Some(Flight { digest, body, bytes: value.len() as u64, next: Errand::Put });
        }
        let flight = self.flight.as_ref()?;
        let (key, body) = (blob_key(flight.digest), flight.body.clone());
        Some(match flight.next {
            Errand::Put => Operation::Create { key, body },
            Errand::ReadBack => Operation::Get { key },
            Errand::Replace => Operation::Replace { key, body },
        })
    }

    pub(super) fn answer(&mut self, answer: Answer) -> Landing {
        let Some(flight) = &mut self.flight else {
            return Landing::Misled(answer);
        };
        match (flight.next, answer) {
            (Errand::Put, Answer::Created) | (Errand::Replace, Answer::Replaced) => self.stored(),
            (Errand::Put, Answer::AlreadyExists | Answer::Unknown(_)) => {
                flight.next = Errand::ReadBack;
                Landing::Pending
            }
            (Errand::ReadBack, Answer::Found(bytes)) if read_blob(flight.digest, &bytes).is_ok() => {
                self.stored()
            }
            (Errand::ReadBack, Answer::Found(_)) => {
                flight.next = Errand::Replace;
                Landing::Pending
            }
            (Errand::ReadBack, Answer::Missing) => {
                flight.next = Errand::Put;
                Landing::Retry(format!("{} may not have been stored", blob_key(flight.digest)))
            }
            (_, Answer::Failed(reason) | Answer::Unknown(reason)) => Landing::Retry(reason),
            (_, answer) => Landing::Misled(answer),
        }
    }

    fn stored(&mut self) -> Landing {
        self.stored += 1;
        Landing::Stored(self.flight.take().map_or(0, |flight| flight.bytes))
    }
}
