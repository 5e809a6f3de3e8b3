//! Reading a slot of the log: what is there, and whether it belongs there.

use crate::object::{self, Kind};
use crate::{Digest, Fault, Increment, Seal, Slot, increment};

/// What a slot holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Records.
    Increment(Increment),
    /// The end of the epoch's log.
    Seal(Seal),
}

/// Decodes what was found at `slot`, behind the object with digest `previous`, and returns it with its own digest.
///
/// A seal that names no digest is a fence: who made it could not know what was before.
///
/// # Errors
/// Any [`Fault`]; foreign bytes never panic.
pub fn read(slot: Slot, previous: Digest, bytes: &[u8]) -> Result<(Content, Digest), Fault> {
    let (content, digest) = read_unchained(slot, bytes)?;
    let named = content.previous();
    let is_fence = named == Digest::NONE && matches!(content, Content::Seal(_));
    if is_fence || named == previous {
        Ok((content, digest))
    } else {
        Err(Fault::Unchained { named, actual: previous })
    }
}

/// The same, where nothing is known of the object before.
pub(crate) fn read_unchained(slot: Slot, bytes: &[u8]) -> Result<(Content, Digest), Fault> {
    let object = object::open(bytes)?;
    let content = match object.kind {
        Kind::Increment => Content::Increment(increment::decode(&object)?),
        Kind::Seal => Content::Seal(object::whole(object.body)?),
        other => return Err(other.unexpected()),
    };
    let place = match &content {
        Content::Increment(increment) => increment.slot,
        Content::Seal(seal) => seal.slot,
    };
    if place != slot {
        return Err(Fault::Misplaced { key: place.key() });
    }
    match &content {
        Content::Seal(seal) if seal.successor <= slot.epoch => {
            Err(Fault::malformed(format!("it hands epoch {} over to epoch {}", slot.epoch, seal.successor)))
        }
        Content::Seal(_) | Content::Increment(_) => Ok((content, object.digest)),
    }
}

impl Content {
    pub(crate) fn previous(&self) -> Digest {
        match self {
            Content::Increment(increment) => increment.previous,
            Content::Seal(seal) => seal.previous,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Even if the envelope is right, as only another program could make it.
        #[test]
        fn foreign_bytes_never_panic(body: Vec<u8>) {
            for kind in [Kind::Claim, Kind::Increment, Kind::Seal] {
                let (object, _) = object::close(kind, &(), &body);
                prop_assert!(read(Slot::FIRST, Digest::NONE, &object).is_err());
            }
            prop_assert!(read(Slot::FIRST, Digest::NONE, &body).is_err());
        }
    }
}
