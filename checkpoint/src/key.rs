//! Keys of the store. Numbers are padded to their full width, so that keys sort as numbers do.

use crate::Digest;
use godwit_common::ids::{Epoch, Sequence, Token};
use serde::{Deserialize, Serialize};
use std::fmt;

pub(crate) const CLAIMS: &str = "epoch/";
pub(crate) const LOG: &str = "log/";
pub(crate) const BASES: &str = "base/";
pub(crate) const PARTS: &str = "part/";
pub(crate) const BLOBS: &str = "blob/";
pub(crate) const SIGNS_OF_LIFE: &str = "alive/";

const BASE_DIGITS: usize = 10;
const PART_DIGITS: usize = 6;
const EPOCH_DIGITS: usize = 10;
const SEQUENCE_DIGITS: usize = 20;

/// No log is as long as this: a forged number beyond it cannot make counting go wrong.
const SEQUENCE_MAX: u64 = 1 << 62;

/// A place in the log, which is empty, or holds an increment or a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Slot {
    /// The epoch whose coordinator writes increments here.
    pub epoch: Epoch,
    /// Position in the log, which counts on across epochs.
    pub sequence: Sequence,
}

/// The number of a base. Bases are numbered densely from 1; number 0 is the empty state, which every log begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BaseNumber(pub u64);

/// The place of one part of a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct PartPlace {
    pub(crate) number: BaseNumber,
    /// Of the base's maker: several may try at one number.
    pub(crate) nonce: Token,
    pub(crate) index: u32,
}

impl BaseNumber {
    pub(crate) fn next(self) -> BaseNumber {
        BaseNumber(self.0 + 1)
    }

    pub(crate) fn before(self) -> Option<BaseNumber> {
        self.0.checked_sub(1).map(BaseNumber)
    }

    /// The key of the base's head.
    pub fn key(self) -> String {
        format!("{BASES}{:0BASE_DIGITS$}", self.0)
    }

    /// The number with this key, or none if it is not the key of a base's head.
    pub fn parse(key: &str) -> Option<BaseNumber> {
        digits(key.strip_prefix(BASES)?, BASE_DIGITS).map(BaseNumber)
    }
}

impl fmt::Display for BaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl PartPlace {
    pub(crate) fn key(self) -> String {
        format!("{PARTS}{:0BASE_DIGITS$}/{}/{:0PART_DIGITS$}", self.number.0, self.nonce, self.index)
    }

    pub(crate) fn parse(key: &str) -> Option<PartPlace> {
        let mut fields = key.strip_prefix(PARTS)?.split('/');
        let number = BaseNumber(digits(fields.next()?, BASE_DIGITS)?);
        let nonce = fields.next().filter(|nonce| nonce.len() == 32)?;
        let nonce = Token(u128::from_str_radix(nonce, 16).ok()?);
        let place = PartPlace { number, nonce, index: digits(fields.next()?, PART_DIGITS)? };
        (place.key() == key).then_some(place)
    }
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

    /// Whether a log can have come here.
    pub(crate) fn is_plausible(self) -> bool {
        self.epoch >= Slot::FIRST.epoch && (1..SEQUENCE_MAX).contains(&self.sequence.0)
    }

    /// The key of the slot's object.
    pub fn key(self) -> String {
        self.to_string()
    }

    /// The slot with this key, or none if it is not the key of a slot.
    pub fn parse(key: &str) -> Option<Slot> {
        let (epoch, sequence) = key.strip_prefix(LOG)?.split_once('/')?;
        let epoch = Epoch(digits(epoch, EPOCH_DIGITS)?);
        let sequence = Sequence(digits(sequence, SEQUENCE_DIGITS)?);
        Some(Slot { epoch, sequence }).filter(|slot| slot.is_plausible())
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{LOG}{:0EPOCH_DIGITS$}/{:0SEQUENCE_DIGITS$}", self.epoch.0, self.sequence.0)
    }
}

/// What the keys of all slots of an epoch begin with.
pub(crate) fn log_prefix(epoch: Epoch) -> String {
    format!("{LOG}{:0EPOCH_DIGITS$}/", epoch.0)
}

/// The key of the claim of an epoch.
pub fn claim_key(epoch: Epoch) -> String {
    format!("{CLAIMS}{:0EPOCH_DIGITS$}", epoch.0)
}

/// The key of the sign of life of an epoch's coordinator.
pub fn alive_key(epoch: Epoch) -> String {
    format!("{SIGNS_OF_LIFE}{:0EPOCH_DIGITS$}", epoch.0)
}

/// The key of the blob with this content.
pub fn blob_key(digest: Digest) -> String {
    format!("{BLOBS}{digest}")
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
        let slots = [(1, 1), (1, 2), (1, 10), (2, 11), (10, 12), (u32::MAX, SEQUENCE_MAX - 1)]
            .map(|(epoch, sequence)| Slot { epoch: Epoch(epoch), sequence: Sequence(sequence) });
        assert_eq!(slots[2].key(), "log/0000000001/00000000000000000010");
        assert!(slots.map(Slot::key).is_sorted());
        assert_eq!(slots.map(|slot| Slot::parse(&slot.key())), slots.map(Some));
        assert_eq!(claim_key(Epoch(7)), "epoch/0000000007");
        assert_eq!(parse_claim("epoch/0000000007"), Some(Epoch(7)));
    }

    #[test]
    fn keys_of_bases_read_back() {
        let number = BaseNumber(12);
        assert_eq!(number.key(), "base/0000000012");
        assert_eq!(BaseNumber::parse(&number.key()), Some(number));
        let place = PartPlace { number, nonce: Token(0xab), index: 3 };
        assert_eq!(place.key(), "part/0000000012/000000000000000000000000000000ab/000003");
        assert_eq!(PartPlace::parse(&place.key()), Some(place));
        assert_eq!(alive_key(Epoch(7)), "alive/0000000007");
        assert_eq!(blob_key(Digest::NONE), format!("blob/{}", "0".repeat(64)));
    }

    #[test]
    fn other_keys_are_not_ours() {
        let keys = [
            "",
            "log/1/1",
            "log/0000000001/+0000000000000000001",
            "log/0000000001/1#2",
            "epoch/1",
            "base/1",
            "part/0000000012/000000000000000000000000000000AB/000003",
            "part/0000000012/000000000000000000000000000000ab/000003/4",
        ];
        assert_eq!(keys.map(Slot::parse), [None; 8]);
        assert_eq!(keys.map(parse_claim), [None; 8]);
        assert_eq!(keys.map(BaseNumber::parse), [None; 8]);
        assert_eq!(keys.map(PartPlace::parse), [None; 8]);
    }
}
