//! Bases: what the newest one holds stands in place of all increments before it, so that those can go.
//!
//! What is stored is here; who makes it is in `writer`, who takes away what it made needless in `collector`.

mod collector;
mod part;
#[cfg(test)]
mod tests;
mod writer;

use crate::object::{self, Kind};
use crate::records::{Batch, Records};
use crate::{BaseNumber, Digest, Fault, Seal, Slot};
use bytes::Bytes;
pub use collector::{Collecting, Collector, Keep};
use godwit_common::ids::{Epoch, Sequence, Token};
use godwit_common::time::Time;
pub(crate) use part::{Part, PartName};
use serde::{Deserialize, Serialize};
pub use writer::{BaseWriter, Making, Point};

/// The head of a base. The base is complete when its head is there, as its parts are put before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// Its number.
    pub number: BaseNumber,
    /// Where the log goes on behind it.
    pub next: Slot,
    /// The digest of the object before that slot, which is the newest that it covers.
    pub previous: Digest,
    /// The epoch of its maker.
    pub epoch: Epoch,
    /// Tells it from any other base.
    pub nonce: Token,
    /// When it was made, by the clock of its maker.
    pub time: Time,
    /// The slots of all seals so far, which are never deleted.
    pub seals: Vec<Slot>,
    /// How many records it has.
    pub records: u64,
    /// Their bytes, framed and uncompressed.
    pub bytes: u64,
    /// Bytes of all its parts in the store.
    pub stored_bytes: u64,
    pub(crate) parts: Vec<PartName>,
    /// Bytes of the records that follow the head itself, uncompressed.
    pub(crate) inline_bytes: u64,
}

/// What a base leaves behind when a newer one took its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// Its number.
    pub number: BaseNumber,
    /// The epoch of the coordinator that retired it.
    pub epoch: Epoch,
    /// When, by the clock of that coordinator.
    pub time: Time,
}

/// The decision that the log goes on behind a loss: read the base before this number and walk on as it says, but take
/// `seal` for what is in its slot, whatever is or is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Its number, among those of the bases.
    pub number: BaseNumber,
    /// Ends the log at the slot that was lost, and leads on in the epoch of the coordinator that was told to accept it.
    pub seal: Seal,
    /// Slots in what was cut off that stop those who wrote there; they are never deleted.
    pub fences: Vec<Slot>,
    /// When it was made, by the clock of its maker.
    pub time: Time,
}

/// What can be at the key of a base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Numbered {
    /// With the records that it holds itself, if any.
    Base(Box<Base>, Option<Records>),
    Cut(Box<Cut>, Digest),
    Retired(Retired),
}

impl Base {
    /// The sequence number of the newest object that it covers.
    pub fn covered(&self) -> Sequence {
        Sequence(self.next.sequence.0.saturating_sub(1))
    }

    /// `inline` goes into the head itself; its size must be what the head says.
    pub(crate) fn encode(&self, inline: Option<&Batch>) -> Bytes {
        object::close(Kind::Base, self, &inline.map(Batch::pack).unwrap_or_default()).0
    }
}

impl Retired {
    pub(crate) fn encode(&self) -> Bytes {
        object::close(Kind::Retired, self, &[]).0
    }
}

impl Cut {
    pub(crate) fn encode(&self) -> (Bytes, Digest) {
        object::close(Kind::Cut, self, &[])
    }
}

impl Numbered {
    /// Decodes what was found for `number`.
    pub(crate) fn decode(number: BaseNumber, bytes: &[u8]) -> Result<Numbered, Fault> {
        let object = object::open(bytes)?;
        let numbered = match object.kind {
            Kind::Base => base(object.body)?,
            Kind::Cut => Numbered::Cut(Box::new(object::whole(object.body)?), object.digest),
            Kind::Retired => Numbered::Retired(object::whole(object.body)?),
            other => return Err(other.unexpected()),
        };
        match numbered.number() {
            named if named != number => Err(Fault::Misplaced { key: named.key() }),
            _ if !numbered.is_plausible() => Err(Fault::malformed("it names a slot that no log comes to")),
            BaseNumber(0) if !matches!(numbered, Numbered::Retired(_)) => {
                Err(Fault::malformed("no base has the number 0"))
            }
            _ => Ok(numbered),
        }
    }

    fn is_plausible(&self) -> bool {
        match self {
            Numbered::Base(base, _) => base.next.is_plausible(),
            Numbered::Cut(cut, _) => cut.seal.slot.is_plausible() && cut.seal.successor > cut.seal.slot.epoch,
            Numbered::Retired(_) => true,
        }
    }

    fn number(&self) -> BaseNumber {
        match self {
            Numbered::Base(base, _) => base.number,
            Numbered::Cut(cut, _) => cut.number,
            Numbered::Retired(retired) => retired.number,
        }
    }
}

fn base(body: &[u8]) -> Result<Numbered, Fault> {
    let (base, packed) = object::head::<Base>(body)?;
    let records = if base.inline_bytes > 0 {
        Some(Records::unpack(packed, base.inline_bytes)?)
    } else if packed.is_empty() {
        None
    } else {
        return Err(Fault::malformed(format!("{} bytes are left over", packed.len())));
    };
    Ok(Numbered::Base(Box::new(base), records))
}
