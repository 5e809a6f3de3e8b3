//! Records, framed one after the other: how they lie in an increment or a base before it is compressed.
//!
//! A frame is `u32` length, `u32` CRC-32C of the bytes, both little endian, then the bytes.

use crate::Fault;
use crate::limits::{INCREMENT_BYTES_MAX, INCREMENT_BYTES_TARGET, RECORD_BYTES_MAX};

pub(crate) const FRAME_HEADER_BYTES: usize = 8;

/// Records that wait to go together into one increment.
#[derive(Debug, Default)]
#[cfg_attr(test, derive(Clone))]
pub(crate) struct Batch {
    pub(crate) bytes: Vec<u8>,
    pub(crate) count: u64,
}

/// The records of one object, in the order in which they were appended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    bytes: Vec<u8>,
    count: u64,
}

/// Goes through [`Records`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    rest: &'a [u8],
}

impl Batch {
    /// Whether `record` may go into this batch: it is empty, or stays within the target.
    pub(crate) fn takes(&self, record: &[u8]) -> bool {
        self.takes_within(INCREMENT_BYTES_TARGET, record)
    }

    /// The same with another target.
    pub(crate) fn takes_within(&self, target: usize, record: &[u8]) -> bool {
        self.count == 0 || self.bytes.len() + FRAME_HEADER_BYTES + record.len() <= target
    }

    /// Adds a record; `length` is its length.
    pub(crate) fn push(&mut self, length: u32, record: &[u8]) {
        self.bytes.reserve(FRAME_HEADER_BYTES + record.len());
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(&crc32c::crc32c(record).to_le_bytes());
        self.bytes.extend_from_slice(record);
        self.count += 1;
    }
}

/// Records are text-like and arrive under load: level 1 shrinks them well over ten-fold and costs least.
const COMPRESSION_LEVEL: i32 = 1;

impl Batch {
    /// All of it, compressed.
    pub(crate) fn pack(&self) -> Vec<u8> {
        zstd::bulk::compress(&self.bytes, COMPRESSION_LEVEL)
            .expect("compression into a buffer of the bound that zstd names succeeds")
    }
}

impl Records {
    /// Reads what [`Batch::pack`] made of `bytes` bytes.
    pub(crate) fn unpack(compressed: &[u8], bytes: u64) -> Result<Records, Fault> {
        let length = usize::try_from(bytes).ok().filter(|&length| length <= INCREMENT_BYTES_MAX);
        let length = length.ok_or(Fault::TooLarge { bytes, limit: INCREMENT_BYTES_MAX as u64 })?;
        let records = zstd::bulk::decompress(compressed, length)
            .map_err(|error| Fault::malformed(format!("its records do not decompress: {error}")))?;
        if records.len() != length {
            let found = records.len();
            return Err(Fault::malformed(format!("it has {found} bytes of records instead of {length}")));
        }
        Records::parse(records)
    }

    /// Checks every frame.
    pub(crate) fn parse(bytes: Vec<u8>) -> Result<Records, Fault> {
        let mut rest = bytes.as_slice();
        let mut count = 0;
        while !rest.is_empty() {
            count += 1;
            let frame = split(rest).filter(|frame| frame.record.len() <= RECORD_BYTES_MAX);
            let Some(frame) = frame.filter(|frame| crc32c::crc32c(frame.record) == frame.checksum) else {
                return Err(Fault::malformed(format!(
                    "the length or checksum of its record {count} is wrong"
                )));
            };
            rest = frame.rest;
        }
        Ok(Records { bytes, count })
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Bytes of all of them, framed.
    pub fn bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Each record's bytes, in order.
    pub fn iter(&self) -> Iter<'_> {
        Iter { rest: &self.bytes }
    }
}

impl<'a> IntoIterator for &'a Records {
    type Item = &'a [u8];
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let frame = split(self.rest)?;
        self.rest = frame.rest;
        Some(frame.record)
    }
}

struct Frame<'a> {
    checksum: u32,
    record: &'a [u8],
    rest: &'a [u8],
}

fn split(bytes: &[u8]) -> Option<Frame<'_>> {
    let (length, bytes) = bytes.split_first_chunk()?;
    let (checksum, bytes) = bytes.split_first_chunk()?;
    let (record, rest) = bytes.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some(Frame { checksum: u32::from_le_bytes(*checksum), record, rest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn batch(records: &[Vec<u8>]) -> Batch {
        let mut batch = Batch::default();
        for record in records {
            batch.push(u32::try_from(record.len()).expect("a short record"), record);
        }
        batch
    }

    #[test]
    fn golden_bytes() {
        let framed = [3, 0, 0, 0, 0xb7, 0x3f, 0x4b, 0x36, b'a', b'b', b'c', 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(batch(&[b"abc".to_vec(), Vec::new()]).bytes, framed);
    }

    #[test]
    fn every_flipped_bit_and_every_torn_tail_is_refused() {
        let good = batch(&[b"abc".to_vec(), b"defg".to_vec()]).bytes;
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(Records::parse(bad).is_err(), "bit {bit}");
        }
        // A tail that is torn exactly between two records is whole here; the envelope around it notices.
        for length in (1..good.len()).filter(|&length| length != 11) {
            assert!(Records::parse(good[..length].to_vec()).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_batch_takes_one_record_of_any_size_but_no_second_over_the_target() {
        let mut batch = Batch::default();
        let large = vec![0; INCREMENT_BYTES_TARGET + 1];
        assert!(batch.takes(&large));
        batch.push(0, &[]);
        assert!(!batch.takes(&large));
        assert!(batch.takes(&large[..INCREMENT_BYTES_TARGET - 2 * FRAME_HEADER_BYTES]));
        assert!(!batch.takes(&large[..INCREMENT_BYTES_TARGET - 2 * FRAME_HEADER_BYTES + 1]));
    }

    proptest! {
        #[test]
        fn what_went_in_comes_out(records: Vec<Vec<u8>>) {
            let read = Records::parse(batch(&records).bytes).expect("intact");
            prop_assert_eq!(read.count(), records.len() as u64);
            prop_assert!(read.iter().eq(records.iter().map(Vec::as_slice)));
        }

        #[test]
        fn foreign_bytes_never_panic(bytes: Vec<u8>) {
            let _ = Records::parse(bytes);
        }
    }
}
