//! The envelope around everything on the wire: length, kind, version, checksum, body.
//!
//! `postcard` does not evolve: a body is frozen for each (kind, version), leftover bytes are an error, and a change
//! of a body is a new version. What the bodies mean is in [`message`](crate::message).
//!
//! Layout, little endian: `u32` bytes of the body, `u8` kind, `u8` version, `u32` CRC-32C of kind, version and body,
//! then the body.

use crate::limits::FRAME_BYTES_MAX;
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

/// Bytes before the body.
pub const HEADER_BYTES: usize = 10;

/// A type that travels in frames of its own.
pub trait Message: Serialize + DeserializeOwned {
    /// Told apart on the wire by this number, which no other message uses.
    const KIND: u8;
    /// Goes up whenever the body's layout changes.
    const VERSION: u8;
    /// What to call it in an error.
    const NAME: &'static str;
}

/// Why bytes are not the message that was expected.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum FrameError {
    /// Longer than [`FRAME_BYTES_MAX`].
    #[error("a frame of {bytes} bytes is over the limit of {FRAME_BYTES_MAX}")]
    TooLong {
        /// The length that the header claims, or that the message has.
        bytes: usize,
    },
    /// Not the message, or not the version of it, that belongs here.
    #[error("expected {expected} version {expected_version} but met kind {kind} version {version}")]
    Unexpected {
        /// The message that belongs here.
        expected: &'static str,
        /// Its version in this build.
        expected_version: u8,
        /// The kind in the header.
        kind: u8,
        /// The version in the header.
        version: u8,
    },
    /// The checksum differs: the bytes were damaged.
    #[error("the checksum of a frame differs; its bytes were damaged")]
    Damaged,
    /// The checksum holds but the body does not decode.
    #[error("the body of {expected} does not decode: {cause}")]
    Malformed {
        /// The message that was being decoded.
        expected: &'static str,
        /// What the decoder said.
        cause: String,
    },
}

/// The first bytes of a frame, read before its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bytes of the body, at most [`FRAME_BYTES_MAX`].
    pub body_bytes: usize,
    /// Which message.
    pub kind: u8,
    /// Which version of it.
    pub version: u8,
    checksum: u32,
}

/// Appends `message` as one frame to `out`.
///
/// # Errors
/// [`FrameError::TooLong`] if the body is over the limit; `out` is then as it was.
pub fn encode<M: Message>(message: &M, out: &mut Vec<u8>) -> Result<(), FrameError> {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_BYTES]);
    if let Err(cause) = postcard::to_io(message, &mut *out) {
        out.truncate(start);
        return Err(FrameError::Malformed { expected: M::NAME, cause: cause.to_string() });
    }
    let bytes = out.len() - start - HEADER_BYTES;
    let Some(length) = u32::try_from(bytes).ok().filter(|_| bytes <= FRAME_BYTES_MAX) else {
        out.truncate(start);
        return Err(FrameError::TooLong { bytes });
    };
    let checksum = checksum(M::KIND, M::VERSION, &out[start + HEADER_BYTES..]);
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    out[start + 4] = M::KIND;
    out[start + 5] = M::VERSION;
    out[start + 6..start + HEADER_BYTES].copy_from_slice(&checksum.to_le_bytes());
    Ok(())
}

/// Reads a header; the body follows it on the wire.
///
/// # Errors
/// [`FrameError::TooLong`] before anything is allocated for a body over the limit.
pub fn decode_header(bytes: &[u8; HEADER_BYTES]) -> Result<Header, FrameError> {
    let [l0, l1, l2, l3, kind, version, c0, c1, c2, c3] = *bytes;
    let body_bytes = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    if body_bytes > FRAME_BYTES_MAX {
        return Err(FrameError::TooLong { bytes: body_bytes });
    }
    Ok(Header { body_bytes, kind, version, checksum: u32::from_le_bytes([c0, c1, c2, c3]) })
}

/// Decodes the body that follows `header`.
///
/// # Errors
/// Any [`FrameError`]; foreign bytes never panic.
pub fn decode_body<M: Message>(header: Header, body: &[u8]) -> Result<M, FrameError> {
    if header.kind != M::KIND || header.version != M::VERSION {
        return Err(FrameError::Unexpected {
            expected: M::NAME,
            expected_version: M::VERSION,
            kind: header.kind,
            version: header.version,
        });
    }
    if header.checksum != checksum(header.kind, header.version, body) {
        return Err(FrameError::Damaged);
    }
    let malformed = |cause: String| FrameError::Malformed { expected: M::NAME, cause };
    let (message, rest) = postcard::take_from_bytes(body).map_err(|error| malformed(error.to_string()))?;
    if !rest.is_empty() {
        return Err(malformed(format!("{} bytes are left over", rest.len())));
    }
    Ok(message)
}

fn checksum(kind: u8, version: u8, body: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&[kind, version]), body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Sample(u32, String);

    impl Message for Sample {
        const KIND: u8 = 200;
        const VERSION: u8 = 3;
        const NAME: &'static str = "sample";
    }

    fn frame() -> Vec<u8> {
        let mut out = Vec::new();
        encode(&Sample(7, "x".into()), &mut out).expect("a small message fits");
        out
    }

    fn decode(bytes: &[u8]) -> Result<Sample, FrameError> {
        let header: &[u8; HEADER_BYTES] = bytes.first_chunk().expect("a whole header");
        decode_body(decode_header(header)?, &bytes[HEADER_BYTES..])
    }

    #[test]
    fn golden_bytes() {
        assert_eq!(frame()[..6], [3, 0, 0, 0, 200, 3]);
        assert_eq!(frame()[HEADER_BYTES..], [7, 1, b'x']);
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let good = frame();
        assert_eq!(decode(&good), Ok(Sample(7, "x".into())));
        for bit in 32..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&bad).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_claimed_length_over_the_limit_is_refused_before_the_body() {
        let mut bytes = [0xff; HEADER_BYTES];
        assert!(matches!(decode_header(&bytes), Err(FrameError::TooLong { .. })));
        bytes[3] = 0;
        assert!(decode_header(&bytes).is_ok());
    }
}
