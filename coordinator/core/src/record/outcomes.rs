//! Several outcomes in one record: each is written as its difference from the one before, so that a task of an array
//! of trivial tasks costs about twenty bytes before compression, of which half are chance (times and sizes).
//!
//! The same bytes are what is held back of a workflow whose outcomes are not saved at once.

mod bytes;
mod codec;

use super::Record;
use codec::{Context, Malformed};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::fmt;

/// Bytes of one record of outcomes after which the next one is begun: far below what a record may have.
const OUTCOMES_BYTES: usize = 256 << 10;

/// Outcomes in one record: more would save nothing.
const OUTCOMES_MAX: u32 = 10_000;

/// Outcomes in order, encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    bytes: Vec<u8>,
    count: u32,
}

/// Goes through the records of [`Outcomes`].
#[derive(Clone, Debug)]
pub struct OutcomesIter<'a> {
    rest: &'a [u8],
    context: Context,
}

/// [`Outcomes`] that more may be added to.
#[derive(Debug, Default)]
pub(crate) struct OutcomesWriter {
    outcomes: Outcomes,
    context: Context,
}

impl OutcomesWriter {
    /// Adds an outcome; anything else is left out.
    pub(crate) fn push(&mut self, record: &Record) {
        let written = self.context.write(record, &mut self.outcomes.bytes);
        debug_assert!(written, "{record} is no outcome");
        self.outcomes.count += u32::from(written);
    }

    /// Whether enough is in it for one record.
    pub(crate) fn is_full(&self) -> bool {
        self.outcomes.bytes.len() >= OUTCOMES_BYTES || self.outcomes.count >= OUTCOMES_MAX
    }

    pub(crate) fn into_outcomes(self) -> Outcomes {
        self.outcomes
    }

    /// What was added, as the shortest record that says it.
    pub(crate) fn finish(self) -> Record {
        self.outcomes.simplified()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.outcomes.count == 0
    }
}

impl Outcomes {
    /// A single success, if `record` is one that fits the short form.
    pub(super) fn of_success(record: &Record) -> Option<Outcomes> {
        let mut outcomes = Outcomes { bytes: Vec::new(), count: 1 };
        Context::default().write_success(record, &mut outcomes.bytes).then_some(outcomes)
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Each of them, in order: [`Record::Done`], [`Record::Reused`] or [`Record::Settled`].
    pub fn iter(&self) -> OutcomesIter<'_> {
        OutcomesIter { rest: &self.bytes, context: Context::default() }
    }

    /// One alone is the record itself.
    pub(super) fn simplified(self) -> Record {
        match self.count {
            1 => self.iter().next().unwrap_or(Record::Outcomes(self)),
            _ => Record::Outcomes(self),
        }
    }

    fn checked(bytes: Vec<u8>) -> Result<Outcomes, Malformed> {
        let (mut rest, mut context, mut count) = (bytes.as_slice(), Context::default(), 0u32);
        while !rest.is_empty() {
            context.read(&mut rest)?;
            count = count.checked_add(1).ok_or(Malformed)?;
        }
        if count == 0 {
            return Err(Malformed);
        }
        Ok(Outcomes { bytes, count })
    }
}

impl Iterator for OutcomesIter<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.rest.is_empty() {
            return None;
        }
        // They were checked when they were read.
        self.context.read(&mut self.rest).ok()
    }
}

impl<'a> IntoIterator for &'a Outcomes {
    type Item = Record;
    type IntoIter = OutcomesIter<'a>;

    fn into_iter(self) -> OutcomesIter<'a> {
        self.iter()
    }
}

impl Serialize for Outcomes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.bytes.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Outcomes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Outcomes, D::Error> {
        Outcomes::checked(Vec::deserialize(deserializer)?)
            .map_err(|Malformed| D::Error::custom("its outcomes do not decode"))
    }
}

/// `3 outcomes from Done of task 7.0[12]`.
impl fmt::Display for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} outcomes", self.count)?;
        match self.iter().next() {
            Some(first) => write!(f, " from {first}"),
            None => Ok(()),
        }
    }
}
