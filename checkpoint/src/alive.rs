//! Signs of life: what a networked coordinator overwrites again and again, and how a standby tells silence.
//!
//! Nothing depends on it but when a standby tries to take over: a takeover at the wrong moment is fenced like any
//! other.

use crate::object::{self, Kind};
use crate::{Fault, alive_key};
use bytes::Bytes;
use godwit_common::ids::{Epoch, Token};
use godwit_common::time::Time;
use serde::{Deserialize, Serialize};

/// What is stored at `alive/<epoch>`. Two that follow each other differ in the counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alive {
    /// The epoch of the coordinator.
    pub epoch: Epoch,
    /// The nonce of its claim.
    pub nonce: Token,
    /// Counts the signs of this coordinator.
    pub counter: u64,
    /// When, by the clock of the coordinator.
    pub time: Time,
}

impl Alive {
    /// What to store.
    pub fn encode(&self) -> Bytes {
        object::close(Kind::Alive, self, &[]).0
    }

    /// Decodes what was found for `epoch`.
    ///
    /// # Errors
    /// Any [`Fault`]; foreign bytes never panic.
    pub fn decode(epoch: Epoch, bytes: &[u8]) -> Result<Alive, Fault> {
        let object = object::open_as(Kind::Alive, bytes)?;
        let alive: Alive = object::whole(object.body)?;
        if alive.epoch != epoch {
            return Err(Fault::Misplaced { key: alive_key(alive.epoch) });
        }
        Ok(alive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const GOLDEN: &str = "676f6477697461023b000000000000000307298080f9c0c1c482035f7b53b6f5c7e6f77eba14e0933b05da21c6d3e2020508\
        0dac5ee3480fdb99ba";

    fn alive() -> Alive {
        Alive { epoch: Epoch(3), nonce: Token(7), counter: 41, time: Time(1_700_000_000_000_000) }
    }

    #[test]
    fn golden_bytes() {
        testing::check_golden(&alive().encode(), GOLDEN);
        assert_eq!(Alive::decode(Epoch(3), &alive().encode()), Ok(alive()));
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_refused() {
        testing::check_fragile(&alive().encode(), |bytes| Alive::decode(Epoch(3), bytes));
    }

    #[test]
    fn a_sign_of_another_epoch_is_misplaced() {
        let key = alive_key(Epoch(3));
        assert_eq!(Alive::decode(Epoch(4), &alive().encode()), Err(Fault::Misplaced { key }));
    }
}
