//! The portable file of results: entries on their way from one store to another. Pure: bytes in, bytes out; what an
//! entry means is not known here.
//!
//! A file is a row of chunks, each in the envelope of every stored object: a beginning that says where the entries
//! come from, chunks of compressed entries, and an end that counts them. Every chunk names the digest of the one before
//! it, so that none can be lost, exchanged or added unnoticed. Memory is bounded by one chunk, whatever the file's size.

mod decoder;
mod fault;

pub use decoder::{Decoder, Piece};
pub use fault::ArchiveFault;

use crate::Digest;
use crate::limits::RECORD_BYTES_MAX;
use crate::object::{self, Kind};
use crate::records::{Batch, FRAME_HEADER_BYTES};
use bytes::Bytes;
use godwit_common::time::Time;
use serde::{Deserialize, Serialize};

/// Bytes of entries that are gathered into one chunk, unless one entry alone is larger: it is what a reader holds.
const CHUNK_BYTES_TARGET: usize = 4 << 20;

/// A file is written once and kept: worth more effort than an increment.
const COMPRESSION_LEVEL: i32 = 3;

/// Where the entries of a file come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// URL of the store.
    pub source: String,
    /// When the file was made.
    pub made: Time,
    /// The version of godwit that made it.
    pub software_version: String,
}

/// An entry that no file can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a result of {bytes} bytes is over the limit of {RECORD_BYTES_MAX}")]
pub struct EntryTooLarge {
    /// Its length.
    pub bytes: usize,
}

#[derive(Serialize, Deserialize)]
struct Head {
    /// Counts the chunks from 0.
    number: u64,
    previous: Digest,
    part: Part,
}

#[derive(Serialize, Deserialize)]
enum Part {
    Beginning(About),
    Entries {
        /// Before compression.
        bytes: u64,
    },
    End {
        entries: u64,
    },
}

/// Makes a file, chunk by chunk.
#[derive(Debug)]
pub struct Encoder {
    batch: Batch,
    entries: u64,
    number: u64,
    previous: Digest,
}

impl Encoder {
    /// An encoder, and the file's first bytes.
    pub fn new(about: About) -> (Encoder, Bytes) {
        let mut encoder = Encoder { batch: Batch::default(), entries: 0, number: 0, previous: Digest::NONE };
        let beginning = encoder.close(Part::Beginning(about), &[]);
        (encoder, beginning)
    }

    /// Adds an entry. What is returned comes next in the file.
    ///
    /// # Errors
    /// [`EntryTooLarge`]; the file can go on without the entry.
    pub fn push(&mut self, entry: &[u8]) -> Result<Option<Bytes>, EntryTooLarge> {
        let length = u32::try_from(entry.len()).ok().filter(|_| entry.len() <= RECORD_BYTES_MAX);
        let length = length.ok_or(EntryTooLarge { bytes: entry.len() })?;
        let together = self.batch.bytes.len() + FRAME_HEADER_BYTES + entry.len();
        let full = (self.batch.count > 0 && together > CHUNK_BYTES_TARGET).then(|| self.close_entries());
        self.batch.push(length, entry);
        Ok(full)
    }

    /// Entries so far.
    pub fn entries(&self) -> u64 {
        self.entries + self.batch.count
    }

    /// The file's last bytes.
    pub fn finish(mut self) -> Vec<Bytes> {
        let rest = (self.batch.count > 0).then(|| self.close_entries());
        let end = self.close(Part::End { entries: self.entries }, &[]);
        rest.into_iter().chain([end]).collect()
    }

    fn close_entries(&mut self) -> Bytes {
        let batch = std::mem::take(&mut self.batch);
        self.entries += batch.count;
        let compressed = zstd::bulk::compress(&batch.bytes, COMPRESSION_LEVEL)
            .expect("compression into a buffer of the bound that zstd names succeeds");
        self.close(Part::Entries { bytes: batch.bytes.len() as u64 }, &compressed)
    }

    fn close(&mut self, part: Part, rest: &[u8]) -> Bytes {
        let head = Head { number: self.number, previous: self.previous, part };
        let (chunk, digest) = object::close(Kind::Archive, &head, rest);
        self.number += 1;
        self.previous = digest;
        chunk
    }
}

#[cfg(test)]
mod tests;
