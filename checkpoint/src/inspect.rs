//! Judging any one object of a store by itself: whether it is whole, and whether it belongs at its key.
//!
//! Whether it fits the objects around it is told by [`Reader`](crate::Reader), which goes through them in order.

use crate::base::{Numbered, Part};
use crate::key::{PARTS, PartPlace, SIGNS_OF_LIFE, parse_claim};
use crate::object::{self, Kind};
use crate::slot::read_unchained;
use crate::{Alive, BaseNumber, Chunk, Claim, Digest, Fault, Records, Slot, Summary, alive_key, read_blob};
use godwit_common::ids::Epoch;

/// An object that is whole and in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// What there is to say about it.
    pub summary: Summary,
    /// Its digest.
    pub digest: Digest,
    /// The digest of the object before it, as an increment or a seal names it.
    pub previous: Option<Digest>,
    /// The keys of other objects that it cannot be without: the parts of a base.
    pub needs: Vec<String>,
}

/// Judges what was found at `key`; none if the key is not one of ours.
///
/// # Errors
/// Any [`Fault`]; foreign bytes never panic.
pub fn inspect(key: &str, bytes: &[u8]) -> Option<Result<Inspected, Fault>> {
    if let Some(slot) = Slot::parse(key) {
        return Some(in_slot(slot, bytes));
    }
    if let Some(number) = BaseNumber::parse(key) {
        return Some(numbered(number, bytes));
    }
    if let Some(epoch) = parse_claim(key) {
        let claim = Claim::decode(epoch, bytes);
        return Some(claim.and_then(|claim| whole(Summary::of_claim(&claim, key.to_owned(), bytes), bytes)));
    }
    if key.starts_with(PARTS) {
        return PartPlace::parse(key).map(|place| part(place, bytes));
    }
    if let Some(digest) = blob_digest(key) {
        let value = read_blob(digest, bytes);
        return Some(value.and_then(|value| {
            let summary = Summary::new(key.to_owned(), Kind::Blob, bytes);
            whole(Summary { bytes: value.len() as u64, ..summary }, bytes)
        }));
    }
    alive_epoch(key).map(|epoch| {
        let alive = Alive::decode(epoch, bytes)?;
        let summary = Summary::new(key.to_owned(), Kind::Alive, bytes);
        whole(Summary { epoch: Some(alive.epoch), time: Some(alive.time), ..summary }, bytes)
    })
}

fn whole(summary: Summary, bytes: &[u8]) -> Result<Inspected, Fault> {
    let digest = object::open(bytes)?.digest;
    Ok(Inspected { summary, digest, previous: None, needs: Vec::new() })
}

fn in_slot(slot: Slot, bytes: &[u8]) -> Result<Inspected, Fault> {
    let (content, digest) = read_unchained(slot, bytes)?;
    let previous = Some(content.previous());
    let summary = Chunk::of_slot(slot, content, bytes).summary;
    Ok(Inspected { summary, digest, previous, needs: Vec::new() })
}

fn numbered(number: BaseNumber, bytes: &[u8]) -> Result<Inspected, Fault> {
    match Numbered::decode(number, bytes)? {
        Numbered::Base(base, records) => {
            let summary = Summary::of_base(&base, bytes).with_records(&records.unwrap_or_default());
            let place = |index| PartPlace { number, nonce: base.nonce, index }.key();
            let needs = (0..).zip(&base.parts).map(|(index, _)| place(index)).collect();
            Ok(Inspected { needs, ..whole(summary, bytes)? })
        }
        Numbered::Cut(cut, _) => whole(Summary::of_cut(&cut, bytes), bytes),
        Numbered::Retired(retired) => whole(Summary::of_retired(&retired, bytes), bytes),
    }
}

fn part(place: PartPlace, bytes: &[u8]) -> Result<Inspected, Fault> {
    let (records, _): (Records, Digest) = Part::decode(place, bytes)?;
    whole(Summary::new(place.key(), Kind::Part, bytes).with_records(&records), bytes)
}

fn blob_digest(key: &str) -> Option<Digest> {
    let digits = key.strip_prefix(crate::key::BLOBS)?.as_bytes();
    let mut digest = [0; Digest::BYTES];
    if digits.len() != 2 * Digest::BYTES || digits.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(Digest(digest))
}

fn alive_epoch(key: &str) -> Option<Epoch> {
    let epoch = Epoch(key.strip_prefix(SIGNS_OF_LIFE)?.parse().ok()?);
    (alive_key(epoch) == key).then_some(epoch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{blob, blob_key, claim_key, testing};
    use godwit_common::ids::Token;
    use godwit_common::time::Time;
    use proptest::prelude::*;

    fn alive() -> Vec<u8> {
        Alive { epoch: Epoch(3), nonce: Token(7), counter: 41, time: Time(9) }.encode().to_vec()
    }

    #[test]
    fn an_object_is_judged_by_its_key() {
        let seen = inspect(&alive_key(Epoch(3)), &alive()).expect("ours").expect("whole");
        assert_eq!((seen.summary.kind, seen.summary.epoch), (Kind::Alive, Some(Epoch(3))));
        let elsewhere = inspect(&alive_key(Epoch(4)), &alive()).expect("ours");
        assert_eq!(elsewhere, Err(Fault::Misplaced { key: alive_key(Epoch(3)) }));
        let kind = inspect(&claim_key(Epoch(3)), &alive()).expect("ours");
        assert!(matches!(kind, Err(Fault::Malformed { .. })), "{kind:?}");
        for stray in ["lock", "log/notes.txt", "blob/xyz", "part/1", "alive/3", "log/0000000001/1#2"] {
            assert_eq!(inspect(stray, &alive()), None, "{stray}");
        }
    }

    #[test]
    fn a_blob_says_how_long_its_value_is() {
        let digest = Digest::of(b"forty-two");
        let seen =
            inspect(&blob_key(digest), &blob::encode(digest, b"forty-two")).expect("ours").expect("whole");
        assert_eq!(seen.summary.bytes, 9);
        assert_eq!(blob_digest(&blob_key(digest)), Some(digest));
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_found() {
        let key = alive_key(Epoch(3));
        testing::check_fragile(&alive(), |bytes| inspect(&key, bytes).expect("ours"));
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(bytes: Vec<u8>) {
            for key in ["base/0000000001", "log/0000000001/00000000000000000001", "epoch/0000000001"] {
                prop_assert!(inspect(key, &bytes).expect("ours").is_err());
            }
        }
    }
}
