//! An increment: one durable commit, the records of one put.
//!
//! Layout of its body in format 2: a [`Head`] in postcard, then one zstd frame of the framed [`Records`]. In format 1
//! the head ended before the time.

use crate::object::{self, Kind, Object};
use crate::records::{Batch, Records};
use crate::{Digest, Fault, Slot};
use bytes::Bytes;
use godwit_common::ids::Token;
use godwit_common::time::Time;
use serde::{Deserialize, Serialize};

/// A decoded increment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Increment {
    /// Where it is stored.
    pub slot: Slot,
    /// The digest of the object before it.
    pub previous: Digest,
    /// Tells the put that wrote it from any other put.
    pub nonce: Token,
    /// When it was made, by the clock of its maker; format 1 did not say.
    pub time: Option<Time>,
    /// What was committed.
    pub records: Records,
}

#[derive(Serialize, Deserialize)]
struct HeadOfFormat1 {
    slot: Slot,
    previous: Digest,
    nonce: Token,
    /// Bytes of the records before compression.
    bytes: u64,
}

/// What format 2 has before the records.
#[derive(Serialize, Deserialize)]
struct Head {
    first: HeadOfFormat1,
    time: Time,
}

pub(crate) fn encode(
    slot: Slot,
    previous: Digest,
    nonce: Token,
    time: Time,
    batch: &Batch,
) -> (Bytes, Digest) {
    let first = HeadOfFormat1 { slot, previous, nonce, bytes: batch.bytes.len() as u64 };
    object::close(Kind::Increment, &Head { first, time }, &batch.pack())
}

pub(crate) fn decode(object: &Object<'_>) -> Result<Increment, Fault> {
    let (head, time, compressed) = if object.format == 1 {
        let (head, compressed) = object::head::<HeadOfFormat1>(object.body)?;
        (head, None, compressed)
    } else {
        let (head, compressed) = object::head::<Head>(object.body)?;
        (head.first, Some(head.time), compressed)
    };
    let records = Records::unpack(compressed, head.bytes)?;
    Ok(Increment { slot: head.slot, previous: head.previous, nonce: head.nonce, time, records })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{INCREMENT_BYTES_MAX, OBJECT_BYTES_MAX};
    use crate::{Content, read_slot, testing};
    use godwit_common::ids::{Epoch, Sequence};

    const GOLDEN_OF_FORMAT_1: &str = "676f64776974690175000000000000000209abababababababababababababababababababababababababababababab\
        abab071828b52ffd2018c1000003000000b73f4b36616263050000006f6d54b5646566676842a1207b5530ce2b18c22f\
        0ee7b26c89f12f6e27f89ffb56b1f9c432b3dd8b2e";

    const GOLDEN: &str = "676f6477697469027d000000000000000209abababababababababababababababababababababababababababababababab\
        07188080f9c0c1c4820328b52ffd2018c1000003000000b73f4b36616263050000006f6d54b56465666768418aff048f3037\
        9f6e8b535803c7760f1b9844322c61a3bca7d1c9a67ca414c9";

    const SLOT: Slot = Slot { epoch: Epoch(2), sequence: Sequence(9) };

    fn increment() -> Bytes {
        let mut batch = Batch::default();
        batch.push(3, b"abc");
        batch.push(5, b"defgh");
        encode(SLOT, testing::DIGEST, Token(7), Time(1_700_000_000_000_000), &batch).0
    }

    fn read(bytes: &[u8]) -> Result<Content, Fault> {
        read_slot(SLOT, testing::DIGEST, bytes).map(|(content, _)| content)
    }

    fn records(bytes: &[u8]) -> Vec<Vec<u8>> {
        match read(bytes).expect("intact") {
            Content::Increment(increment) => increment.records.iter().map(<[u8]>::to_vec).collect(),
            Content::Seal(seal) => panic!("a seal for {seal}"),
        }
    }

    /// Only decoded: another version of zstd may compress the same records to other bytes.
    #[test]
    fn golden_bytes() {
        assert_eq!(records(&testing::unhex(GOLDEN_OF_FORMAT_1)), [b"abc".to_vec(), b"defgh".to_vec()]);
        let increment = increment();
        let golden = testing::unhex(GOLDEN);
        assert_eq!(read(&golden), read(&increment), "{}", testing::hex(&increment));
        assert_eq!(records(&increment), [b"abc".to_vec(), b"defgh".to_vec()]);
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_refused() {
        testing::check_fragile(&increment(), read);
    }

    fn forged(bytes: u64, records: &[u8]) -> Result<Content, Fault> {
        let first = HeadOfFormat1 { slot: SLOT, previous: testing::DIGEST, nonce: Token(7), bytes };
        let head = Head { first, time: Time(1) };
        read(&object::close(Kind::Increment, &head, records).0)
    }

    #[test]
    fn decompression_is_bounded_by_the_limit_and_by_the_claim() {
        let zeros = zstd::bulk::compress(&vec![0; 1 << 20], 1).expect("compresses");
        let over = INCREMENT_BYTES_MAX as u64 + 1;
        assert_eq!(forged(over, &zeros), Err(Fault::TooLarge { bytes: over, limit: over - 1 }));
        assert!(matches!(forged(1 << 10, &zeros), Err(Fault::Malformed { .. })));
        assert!(matches!(forged(1 << 21, &zeros), Err(Fault::Malformed { .. })));
        assert!(matches!(forged(8, b"no frame"), Err(Fault::Malformed { .. })));
        assert!(forged(1 << 20, &zeros).is_ok(), "empty records");
    }

    #[test]
    fn the_largest_increment_fits_into_an_object_even_if_it_does_not_compress() {
        assert!(zstd::zstd_safe::compress_bound(INCREMENT_BYTES_MAX) + 1024 < OBJECT_BYTES_MAX);
    }
}
