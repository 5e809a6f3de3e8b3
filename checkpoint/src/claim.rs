//! A claim: the object by which a coordinator takes an epoch, and by which people learn who reigns.
//!
//! Claims order coordinators; they do not fence anybody. Seals do.

use crate::limits::IDENTITY_TEXT_BYTES_MAX;
use crate::object::{self, Kind};
use crate::{Fault, claim_key};
use bytes::Bytes;
use godwit_common::ids::{Epoch, Token};
use godwit_common::time::Time;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who a coordinator is, in words for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The name of its machine.
    pub host: String,
    /// Where its workers and clients reach it: one or several `host:port`, separated by commas, the best first.
    pub address: String,
    /// The version of its software.
    pub software_version: String,
}

/// What is stored at `epoch/<n>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The epoch that is claimed.
    pub epoch: Epoch,
    /// By whom.
    pub identity: Identity,
    /// When, by the clock of the claimant.
    pub time: Time,
    /// Tells this claim from any other.
    pub nonce: Token,
}

impl Claim {
    pub(crate) fn encode(&self) -> Bytes {
        object::close(Kind::Claim, self, &[]).0
    }

    /// Decodes the claim that was found for `epoch`.
    ///
    /// # Errors
    /// Any [`Fault`]; foreign bytes never panic.
    pub fn decode(epoch: Epoch, bytes: &[u8]) -> Result<Claim, Fault> {
        let object = object::open_as(Kind::Claim, bytes)?;
        let claim: Claim = object::whole(object.body)?;
        if claim.epoch != epoch {
            return Err(Fault::Misplaced { key: claim_key(claim.epoch) });
        }
        Ok(claim)
    }
}

impl Identity {
    /// The same, with texts that are over the limit cut off.
    pub(crate) fn bounded(mut self) -> Identity {
        for text in [&mut self.host, &mut self.address, &mut self.software_version] {
            text.truncate(text.floor_char_boundary(IDENTITY_TEXT_BYTES_MAX));
        }
        self
    }
}

/// `host (address)`, with control characters escaped, as the texts may come from a store. Of several addresses the first,
/// which is the best, is shown.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address.split(',').next().unwrap_or_default();
        write!(f, "{} ({})", self.host.escape_debug(), address.escape_debug())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const GOLDEN_OF_FORMAT_1: &str = "676f647769746301540000000000000003056e6f6465310d31302e302e302e313a3730303005302e312e308080f9c0c1\
        c482030750ae361fb44504f5f08e732ac2dd873409c57de89fbbf35e2410a3792586bd3d";

    const GOLDEN: &str = "676f647769746302540000000000000003056e6f6465310d31302e302e302e313a3730303005302e312e308080f9c0c1c482\
        0307bd2b962f94d2d02b0d174ebaa2edb5d16759f6247f89199b43db45e2661c72c8";

    fn claim() -> Claim {
        let time = Time(1_700_000_000_000_000);
        Claim { epoch: Epoch(3), identity: testing::identity("node1"), time, nonce: Token(7) }
    }

    #[test]
    fn golden_bytes() {
        testing::check_golden(&claim().encode(), GOLDEN);
        assert_eq!(Claim::decode(Epoch(3), &claim().encode()), Ok(claim()));
        assert_eq!(Claim::decode(Epoch(3), &testing::unhex(GOLDEN_OF_FORMAT_1)), Ok(claim()));
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_refused() {
        testing::check_fragile(&claim().encode(), |bytes| Claim::decode(Epoch(3), bytes));
    }

    #[test]
    fn a_claim_of_another_epoch_is_misplaced() {
        let key = "epoch/0000000003".to_owned();
        assert_eq!(Claim::decode(Epoch(4), &claim().encode()), Err(Fault::Misplaced { key }));
    }

    #[test]
    fn names_are_bounded_and_printable() {
        let identity = testing::identity(&"ö".repeat(IDENTITY_TEXT_BYTES_MAX)).bounded();
        assert_eq!(identity.host.len(), IDENTITY_TEXT_BYTES_MAX);
        assert_eq!(testing::identity("a\u{1b}[1m").to_string(), "a\\u{1b}[1m (10.0.0.1:7000)");
    }
}
