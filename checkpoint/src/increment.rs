//! An increment: one durable commit, the records of one put.
//!
//! Layout of its body in format 1: a [`Head`] in postcard, then one zstd frame of the framed
//! [`Records`].

use crate::limits::INCREMENT_BYTES_MAX;
use crate::object::{self, Kind};
use crate::records::{Batch, Records};
use crate::{Digest, Fault, Slot};
use bytes::Bytes;
use godwit_common::ids::Token;
use serde::{Deserialize, Serialize};

/// Records are text-like and arrive under load: level 1 shrinks them well over ten-fold and costs least.
const COMPRESSION_LEVEL: i32 = 1;

/// A decoded increment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Increment {
    /// Where it is stored.
    pub slot: Slot,
    /// The digest of the object before it.
    pub previous: Digest,
    /// Tells the put that wrote it from any other put.
    pub nonce: Token,
    /// What was committed.
    pub records: Records,
}

#[derive(Serialize, Deserialize)]
struct Head {
    slot: Slot,
    previous: Digest,
    nonce: Token,
    /// Bytes of the records before compression.
    bytes: u64,
}

pub(crate) fn encode(slot: Slot, previous: Digest, nonce: Token, batch: &Batch) -> (Bytes, Digest) {
    let head = Head { slot, previous, nonce, bytes: batch.bytes.len() as u64 };
    let records = zstd::bulk::compress(&batch.bytes, COMPRESSION_LEVEL)
        .expect("compression into a buffer of the bound that zstd names succeeds");
    object::close(Kind::Increment, &head, &records)
}

pub(crate) fn decode(body: &[u8]) -> Result<Increment, Fault> {
    let (head, compressed) = object::head::<Head>(body)?;
    let length = usize::try_from(head.bytes).ok().filter(|&length| length <= INCREMENT_BYTES_MAX);
    let length = length.ok_or(Fault::TooLarge { bytes: head.bytes, limit: INCREMENT_BYTES_MAX as u64 })?;
    let records = zstd::bulk::decompress(compressed, length)
        .map_err(|error| Fault::malformed(format!("its records do not decompress: {error}")))?;
    if records.len() != length {
        return Err(Fault::malformed(format!(
            "it has {} bytes of records instead of {length}",
            records.len()
        )));
    }
    let records = Records::parse(records)?;
    Ok(Increment { slot: head.slot, previous: head.previous, nonce: head.nonce, records })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::OBJECT_BYTES_MAX;
    use crate::{Content, read_slot, testing};
    use godwit_common::ids::{Epoch, Sequence};

    const GOLDEN: &str = "676f64776974690175000000000000000209abababababababababababababababababababababababababababababab\
        abab071828b52ffd2018c1000003000000b73f4b36616263050000006f6d54b5646566676842a1207b5530ce2b18c22f\
        0ee7b26c89f12f6e27f89ffb56b1f9c432b3dd8b2e";

    const SLOT: Slot = Slot { epoch: Epoch(2), sequence: Sequence(9) };

    fn increment() -> Bytes {
        let mut batch = Batch::default();
        batch.push(3, b"abc");
        batch.push(5, b"defgh");
        encode(SLOT, testing::DIGEST, Token(7), &batch).0
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
        assert_eq!(records(&testing::unhex(GOLDEN)), [b"abc".to_vec(), b"defgh".to_vec()]);
        assert_eq!(records(&increment()), [b"abc".to_vec(), b"defgh".to_vec()]);
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_refused() {
        testing::check_fragile(&increment(), read);
    }

    fn forged(bytes: u64, records: &[u8]) -> Result<Content, Fault> {
        let head = Head { slot: SLOT, previous: testing::DIGEST, nonce: Token(7), bytes };
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
