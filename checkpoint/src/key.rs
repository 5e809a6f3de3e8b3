//! Keys of the store. Numbers are padded to their full width, so that keys sort as numbers do.

use godwit_common::ids::{Epoch, Sequence};
use serde::{Deserialize, Serialize};
use std::fmt;

pub(crate) const CLAIMS: &str = "epoch/";
pub(crate) const LOG: &str = "log/";

const EPOCH_DIGITS: usize = 10;
const SEQUENCE_DIGITS: usize = 20;

/// A place in the log, which is empty, or holds an increment or a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Slot {
    /// The epoch whose coordinator writes increments here.
    pub epoch: Epoch,
    /// Position in the log, which counts on across epochs.
    pub sequence: Sequence,
}

impl Slot {
    /// Where every log starts.
    pub const FIRST: Slot = Slot { epoch: Epoch(1), sequence: Sequence(1) };

    /// The slot behind this one in the same epoch.
    pub(crate) fn next(self) -> Slot {
        self.next_in(self.epoch)
    }

    /// The slot behind this one if a seal hands the log over to `epoch`.
    pub(crate) fn next_in(self, epoch: Epoch) -> Slot {
        Slot { epoch, sequence: self.sequence.next() }
    }

    /// The key of the slot's object.
    pub fn key(self) -> String {
        self.to_string()
    }

    /// The slot with this key, or none if it is not the key of a slot.
    pub fn parse(key: &str) -> Option<Slot> {
        let (epoch, sequence) = key.strip_prefix(LOG)?.split_once('/')?;
        let epoch = Epoch(digits(epoch, EPOCH_DIGITS)?);
        Some(Slot { epoch, sequence: Sequence(digits(sequence, SEQUENCE_DIGITS)?) })
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{LOG}{:0EPOCH_DIGITS$}/{:0SEQUENCE_DIGITS$}", self.epoch.0, self.sequence.0)
    }
}

/// The key of the claim of an epoch.
pub fn claim_key(epoch: Epoch) -> String {
    format!("{CLAIMS}{:0EPOCH_DIGITS$}", epoch.0)
}

pub(crate) fn parse_claim(key: &str) -> Option<Epoch> {
    digits(key.strip_prefix(CLAIMS)?, EPOCH_DIGITS).map(Epoch)
}

fn digits<N: std::str::FromStr>(text: &str, width: usize) -> Option<N> {
    let exact = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| exact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_and_sort_as_numbers_do() {
        let slots = [(1, 1), (1, 2), (1, 10), (2, 11), (10, 12), (u32::MAX, u64::MAX)]
            .map(|(epoch, sequence)| Slot { epoch: Epoch(epoch), sequence: Sequence(sequence) });
        assert_eq!(slots[2].key(), "log/0000000001/00000000000000000010");
        assert!(slots.map(Slot::key).is_sorted());
        assert_eq!(slots.map(|slot| Slot::parse(&slot.key())), slots.map(Some));
        assert_eq!(claim_key(Epoch(7)), "epoch/0000000007");
        assert_eq!(parse_claim("epoch/0000000007"), Some(Epoch(7)));
    }

    #[test]
    fn other_keys_are_not_ours() {
        let keys =
            ["", "log/1/1", "log/0000000001/+0000000000000000001", "log/0000000001/1#2", "epoch/1", "base/1"];
        assert_eq!(keys.map(Slot::parse), [None; 6]);
        assert_eq!(keys.map(parse_claim), [None; 6]);
    }
}
