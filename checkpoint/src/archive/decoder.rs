//! Reads a file of results as its bytes come.

use super::{About, ArchiveFault, Head, Part};
use crate::limits::{INCREMENT_BYTES_MAX, OBJECT_BYTES_MAX};
use crate::object::{self, Kind};
use crate::records::Records;
use crate::{Digest, Fault};

/// Reads a file, chunk by chunk. Holds one chunk and what was fed beyond it.
#[derive(Debug)]
pub struct Decoder {
    held: Vec<u8>,
    /// Where `held` begins in the file.
    position: u64,
    /// Chunks that were read.
    chunks: u64,
    entries: u64,
    previous: Digest,
    ended: bool,
}

/// What stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Where the entries come from: the first piece.
    About(About),
    /// Entries.
    Entries(Records),
}

impl Default for Decoder {
    fn default() -> Self {
        Decoder { held: Vec::new(), position: 0, chunks: 0, entries: 0, previous: Digest::NONE, ended: false }
    }
}

impl Decoder {
    /// Takes in the next bytes of the file.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// The next piece; none if more bytes are needed, or the end was reached.
    ///
    /// # Errors
    /// [`ArchiveFault`]. Pieces before it are whole.
    pub fn next_piece(&mut self) -> Result<Option<Piece>, ArchiveFault> {
        let Some(length) = self.chunk_bytes()? else { return Ok(None) };
        if self.held.len() < length {
            return Ok(None);
        }
        let read = chunk(&self.held[..length]).and_then(|read| self.judge(read));
        let piece = read.map_err(|fault| self.fault(fault))?;
        self.held.drain(..length);
        self.position += length as u64;
        self.chunks += 1;
        Ok(piece)
    }

    /// Says that the file has ended; returns the number of its entries.
    ///
    /// # Errors
    /// [`ArchiveFault::Truncated`] if it should go on.
    pub fn finish(self) -> Result<u64, ArchiveFault> {
        if self.ended {
            // What came with the end, and was not asked for any more.
            return self.chunk_bytes().map(|_| self.entries);
        }
        if self.chunks == 0 && !object::begins_like_one(&self.held) {
            return Err(ArchiveFault::Foreign);
        }
        Err(ArchiveFault::Truncated {
            position: self.position + self.held.len() as u64,
            chunk: self.chunks + 1,
        })
    }

    /// Bytes of the chunk that begins here, if enough is there to tell.
    fn chunk_bytes(&self) -> Result<Option<usize>, ArchiveFault> {
        if self.held.is_empty() {
            return Ok(None);
        }
        if self.ended {
            return Err(self.fault(Fault::malformed("something stands behind the end of the file")));
        }
        let length = object::claimed_bytes(&self.held).map_err(|fault| self.fault(fault))?;
        let Some(length) = length else { return Ok(None) };
        match usize::try_from(length) {
            Ok(bytes) if (object::BYTES_MIN..=OBJECT_BYTES_MAX).contains(&bytes) => Ok(Some(bytes)),
            _ => Err(self.fault(Fault::malformed(format!("it claims a length of {length} bytes")))),
        }
    }

    /// Whether the chunk may stand here, and what it brings.
    fn judge(&mut self, (head, records, digest): Chunk) -> Result<Option<Piece>, Fault> {
        if head.number != self.chunks || head.previous != self.previous {
            return Err(Fault::malformed(
                "it does not follow the chunk before it: a piece was lost or exchanged",
            ));
        }
        let piece = match (head.part, records) {
            (Part::Beginning(about), None) if self.chunks == 0 => Some(Piece::About(about)),
            (Part::Entries { .. }, Some(records)) if self.chunks > 0 => {
                self.entries += records.count();
                Some(Piece::Entries(records))
            }
            (Part::End { entries }, None) if self.chunks > 0 && entries == self.entries => {
                self.ended = true;
                None
            }
            _ => return Err(Fault::malformed("it cannot stand there")),
        };
        self.previous = digest;
        Ok(piece)
    }

    fn fault(&self, fault: Fault) -> ArchiveFault {
        match fault {
            Fault::Misplaced { .. } => ArchiveFault::Object,
            fault => ArchiveFault::of(fault, self.position, self.chunks + 1),
        }
    }
}

type Chunk = (Head, Option<Records>, Digest);

fn chunk(bytes: &[u8]) -> Result<Chunk, Fault> {
    let object = object::open(bytes)?;
    if object.kind != Kind::Archive {
        return Err(Fault::Misplaced { key: "a store".to_owned() });
    }
    let (head, rest) = object::head::<Head>(object.body)?;
    let records = match (&head.part, rest) {
        (Part::Entries { bytes }, compressed) => Some(entries(*bytes, compressed)?),
        (_, []) => None,
        (_, rest) => return Err(Fault::malformed(format!("{} bytes are left over", rest.len()))),
    };
    Ok((head, records, object.digest))
}

fn entries(bytes: u64, compressed: &[u8]) -> Result<Records, Fault> {
    let length = usize::try_from(bytes).ok().filter(|&length| length <= INCREMENT_BYTES_MAX);
    let length = length.ok_or(Fault::TooLarge { bytes, limit: INCREMENT_BYTES_MAX as u64 })?;
    let entries = zstd::bulk::decompress(compressed, length)
        .map_err(|error| Fault::malformed(format!("its entries do not decompress: {error}")))?;
    if entries.len() != length {
        return Err(Fault::malformed(format!(
            "it has {} bytes of entries instead of {length}",
            entries.len()
        )));
    }
    Records::parse(entries)
}
