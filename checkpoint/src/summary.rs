//! What there is to say about one stored object without knowing what its records mean.

use crate::base::{Base, Cut, Retired};
use crate::{Claim, Content, Kind, Records, Slot};
use godwit_common::ids::{Epoch, Sequence};
use godwit_common::time::Time;
use std::ops::{Add, AddAssign, Sub};

/// One object, for people and tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Its key.
    pub key: String,
    /// What it is.
    pub kind: Kind,
    /// Whose epoch it belongs to; of a base, its maker's.
    pub epoch: Option<Epoch>,
    /// Its position in the log; of a base, that of the newest object that it covers.
    pub sequence: Option<Sequence>,
    /// When it was made, if it says so.
    pub time: Option<Time>,
    /// Bytes in the store.
    pub stored_bytes: u64,
    /// Bytes of its records or its value, uncompressed.
    pub bytes: u64,
    /// How many records it holds itself.
    pub records: u64,
}

/// An object of the log or of a base, with the records that it holds, in order; seals, cuts, and heads of bases that
/// are in parts hold none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// What it is.
    pub summary: Summary,
    /// What it holds.
    pub records: Records,
}

/// How much some objects hold together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// How many objects.
    pub objects: u64,
    /// Records in them.
    pub records: u64,
    /// Bytes of those records, framed and uncompressed.
    pub bytes: u64,
    /// Bytes of the objects in the store.
    pub stored_bytes: u64,
}

impl Summary {
    /// A summary with no more than its key, kind and size.
    pub(crate) fn new(key: String, kind: Kind, stored: &[u8]) -> Summary {
        let stored_bytes = stored.len() as u64;
        Summary { key, kind, epoch: None, sequence: None, time: None, stored_bytes, bytes: 0, records: 0 }
    }

    pub(crate) fn of_claim(claim: &Claim, key: String, stored: &[u8]) -> Summary {
        let summary = Summary::new(key, Kind::Claim, stored);
        Summary { epoch: Some(claim.epoch), time: Some(claim.time), ..summary }
    }

    pub(crate) fn of_base(base: &Base, stored: &[u8]) -> Summary {
        let summary = Summary::new(base.number.key(), Kind::Base, stored);
        Summary { epoch: Some(base.epoch), sequence: Some(base.covered()), time: Some(base.time), ..summary }
    }

    pub(crate) fn of_cut(cut: &Cut, stored: &[u8]) -> Summary {
        let summary = Summary::new(cut.number.key(), Kind::Cut, stored);
        Summary {
            epoch: Some(cut.seal.successor),
            sequence: Some(cut.seal.slot.sequence),
            time: Some(cut.time),
            ..summary
        }
    }

    pub(crate) fn of_retired(retired: &Retired, stored: &[u8]) -> Summary {
        let summary = Summary::new(retired.number.key(), Kind::Retired, stored);
        Summary { epoch: Some(retired.epoch), time: Some(retired.time), ..summary }
    }

    pub(crate) fn with_records(self, records: &Records) -> Summary {
        Summary { bytes: records.bytes(), records: records.count(), ..self }
    }

    /// What this object weighs.
    pub fn weight(&self) -> Weight {
        let Summary { records, bytes, stored_bytes, .. } = *self;
        Weight { objects: 1, records, bytes, stored_bytes }
    }
}

impl Chunk {
    pub(crate) fn new(summary: Summary, records: Records) -> Chunk {
        Chunk { summary: summary.with_records(&records), records }
    }

    /// What was read from a slot.
    pub(crate) fn of_slot(slot: Slot, content: Content, stored: &[u8]) -> Chunk {
        let (kind, time, records) = match content {
            Content::Increment(increment) => (Kind::Increment, increment.time, increment.records),
            Content::Seal(_) => (Kind::Seal, None, Records::default()),
        };
        let summary = Summary::new(slot.key(), kind, stored);
        let summary = Summary { epoch: Some(slot.epoch), sequence: Some(slot.sequence), time, ..summary };
        Chunk::new(summary, records)
    }
}

impl Add for Weight {
    type Output = Weight;

    fn add(self, other: Weight) -> Weight {
        Weight {
            objects: self.objects.saturating_add(other.objects),
            records: self.records.saturating_add(other.records),
            bytes: self.bytes.saturating_add(other.bytes),
            stored_bytes: self.stored_bytes.saturating_add(other.stored_bytes),
        }
    }
}

impl AddAssign for Weight {
    fn add_assign(&mut self, other: Weight) {
        *self = *self + other;
    }
}

/// What is left without `other`; never below nothing.
impl Sub for Weight {
    type Output = Weight;

    fn sub(self, other: Weight) -> Weight {
        Weight {
            objects: self.objects.saturating_sub(other.objects),
            records: self.records.saturating_sub(other.records),
            bytes: self.bytes.saturating_sub(other.bytes),
            stored_bytes: self.stored_bytes.saturating_sub(other.stored_bytes),
        }
    }
}
