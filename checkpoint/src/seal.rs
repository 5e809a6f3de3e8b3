//! A seal: the object that ends the log of one epoch and says in which it goes on.
//!
//! Seals fence: a coordinator whose next slot is sealed cannot write its next increment. They are never deleted.

use crate::object::{self, Kind};
use crate::{Digest, Identity, Slot};
use bytes::Bytes;
use godwit_common::ids::{Epoch, Token};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a successor stores in the next slot of its predecessor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The slot that is sealed.
    pub slot: Slot,
    /// The digest of the object before it.
    pub previous: Digest,
    /// The epoch in which the log goes on, at the next sequence number.
    pub successor: Epoch,
    /// The coordinator of that epoch.
    pub identity: Identity,
    /// The nonce of that coordinator's claim.
    pub nonce: Token,
}

impl Seal {
    pub(crate) fn encode(&self) -> Bytes {
        object::close(Kind::Seal, self, &[]).0
    }
}

/// The successor: `epoch 4 of host (address)`.
impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {} of {}", self.successor, self.identity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Content, Fault, read_slot, testing};
    use godwit_common::ids::Sequence;

    const GOLDEN_OF_FORMAT_1: &str = "676f6477697473016e000000000000000209abababababababababababababababababababababababababababababab\
        abab03056e6f6465310d31302e302e302e313a3730303005302e312e3007146e798f9bb38cb1eb00b26f1e0ca50aecb3\
        72a5f15fea8a10e7a8f7222bb748";

    const GOLDEN: &str = "676f6477697473026e000000000000000209abababababababababababababababababababababababababababababababab\
        03056e6f6465310d31302e302e302e313a3730303005302e312e300756a491fcc7343fdf95e9f7df35119aefa46ee6e0a1fb\
        419bd7af72cbc0f6f414";

    const SLOT: Slot = Slot { epoch: Epoch(2), sequence: Sequence(9) };

    fn seal(successor: u32) -> Seal {
        let identity = testing::identity("node1");
        Seal { slot: SLOT, previous: testing::DIGEST, successor: Epoch(successor), identity, nonce: Token(7) }
    }

    fn read(bytes: &[u8]) -> Result<Content, Fault> {
        read_slot(SLOT, testing::DIGEST, bytes).map(|(content, _)| content)
    }

    #[test]
    fn golden_bytes() {
        testing::check_golden(&seal(3).encode(), GOLDEN);
        assert_eq!(read(&seal(3).encode()), Ok(Content::Seal(seal(3))));
        assert_eq!(read(&testing::unhex(GOLDEN_OF_FORMAT_1)), Ok(Content::Seal(seal(3))));
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_refused() {
        testing::check_fragile(&seal(3).encode(), read);
    }

    #[test]
    fn a_seal_leads_to_a_later_epoch() {
        assert!(matches!(read(&seal(2).encode()), Err(Fault::Malformed { .. })));
    }
}
