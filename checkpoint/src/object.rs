//! The envelope of every stored object, the same in every format for ever, so that an older build can tell a newer
//! object from a damaged one. What is inside is in `increment`, `seal` and `claim`.
//!
//! Layout, little endian: `"godwit"`, `u8` kind, `u8` format, `u64` bytes of the whole object, then the body, then
//! the BLAKE3 digest of all before it.

use crate::limits::OBJECT_BYTES_MAX;
use crate::{Digest, Fault};
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

/// The format that this build writes, and the newest that it reads. It goes up whenever a body's layout changes.
pub const FORMAT: u8 = 1;

const MAGIC: &[u8; 6] = b"godwit";
const HEADER_BYTES: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Claim = b'c',
    Increment = b'i',
    Seal = b's',
}

/// What is in an intact envelope.
pub(crate) struct Object<'a> {
    pub(crate) kind: Kind,
    pub(crate) body: &'a [u8],
    pub(crate) digest: Digest,
}

/// Puts `head`, encoded, and then `rest` into an envelope.
pub(crate) fn close(kind: Kind, head: &impl Serialize, rest: &[u8]) -> (Bytes, Digest) {
    let head = postcard::to_stdvec(head).expect("a header of plain fields encodes into memory");
    let length = HEADER_BYTES + head.len() + rest.len() + Digest::BYTES;
    let mut object = Vec::with_capacity(length);
    object.extend_from_slice(MAGIC);
    object.extend_from_slice(&[kind as u8, FORMAT]);
    object.extend_from_slice(&(length as u64).to_le_bytes());
    object.extend_from_slice(&head);
    object.extend_from_slice(rest);
    let digest = Digest::of(&object);
    object.extend_from_slice(&digest.0);
    (object.into(), digest)
}

/// Opens an envelope and checks that not one bit of it has changed.
pub(crate) fn open(bytes: &[u8]) -> Result<Object<'_>, Fault> {
    let found = bytes.len() as u64;
    let Some((header, _)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err(Fault::Truncated { bytes: found, expected: (HEADER_BYTES + Digest::BYTES) as u64 });
    };
    let [m0, m1, m2, m3, m4, m5, kind, format, length @ ..] = *header;
    if [m0, m1, m2, m3, m4, m5] != *MAGIC {
        return Err(Fault::Foreign);
    }
    let expected = u64::from_le_bytes(length);
    let claimed = expected.max(found);
    if claimed > OBJECT_BYTES_MAX as u64 {
        return Err(Fault::TooLarge { bytes: claimed, limit: OBJECT_BYTES_MAX as u64 });
    }
    if found < expected {
        return Err(Fault::Truncated { bytes: found, expected });
    }
    let (sealed, digest) = bytes.split_last_chunk().ok_or(Fault::Damaged)?;
    if found != expected || sealed.len() < HEADER_BYTES || Digest::of(sealed) != Digest(*digest) {
        return Err(Fault::Damaged);
    }
    let kind = match (format, kind) {
        (FORMAT, b'c') => Kind::Claim,
        (FORMAT, b'i') => Kind::Increment,
        (FORMAT, b's') => Kind::Seal,
        (FORMAT, other) => return Err(Fault::malformed(format!("its kind is {other}"))),
        (0, _) => return Err(Fault::malformed("its format is 0")),
        (format, _) => return Err(Fault::Newer { format }),
    };
    Ok(Object { kind, body: &sealed[HEADER_BYTES..], digest: Digest(*digest) })
}

/// Decodes what [`close`] was given as head, and returns the rest with it.
pub(crate) fn head<T: DeserializeOwned>(body: &[u8]) -> Result<(T, &[u8]), Fault> {
    postcard::take_from_bytes(body)
        .map_err(|error| Fault::malformed(format!("its header does not decode: {error}")))
}

/// Decodes a body that has nothing after its head.
pub(crate) fn whole<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    match head(body)? {
        (value, []) => Ok(value),
        (_, rest) => Err(Fault::malformed(format!("{} bytes are left over", rest.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An intact envelope with any kind and format.
    fn envelope(kind: u8, format: u8) -> Vec<u8> {
        let mut bytes = close(Kind::Claim, &(), &[]).0.to_vec();
        bytes.truncate(HEADER_BYTES);
        bytes[6..8].copy_from_slice(&[kind, format]);
        let digest = Digest::of(&bytes);
        bytes.extend_from_slice(&digest.0);
        bytes
    }

    fn check(bytes: &[u8], expected: &str) {
        let fault = open(bytes).err().expect("refused");
        assert_eq!(fault.to_string(), expected);
    }

    #[test]
    fn each_fault_has_its_sentence() {
        let good = envelope(b'c', FORMAT);
        assert!(open(&good).is_ok());
        check(&[], "it is truncated: 0 of 48 bytes are there; restore it from a copy of the store");
        check(&good[..47], "it is truncated: 47 of 48 bytes are there; restore it from a copy of the store");
        check(&[&good[..], b"x"].concat(), &Fault::Damaged.to_string());
        check(&[b'x'; 48], &Fault::Foreign.to_string());
        check(
            &envelope(b'?', FORMAT),
            "its checksum holds but its kind is 63; restore it from a copy of the store",
        );
        check(
            &envelope(b'c', 0),
            "its checksum holds but its format is 0; restore it from a copy of the store",
        );
        check(&envelope(b'?', 2), "this store was written by a newer godwit (format 2); upgrade");
    }

    #[test]
    fn a_length_over_the_limit_is_refused_before_anything_is_hashed() {
        let mut bytes = envelope(b'c', FORMAT);
        bytes[15] = 0xff;
        assert!(matches!(open(&bytes), Err(Fault::TooLarge { .. })));
    }
}
