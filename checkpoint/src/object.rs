//! The envelope of every stored object, the same in every format for ever, so that an older build can tell a newer
//! object from a damaged one. What is inside is in the module of each kind.
//!
//! Layout, little endian: `"godwit"`, `u8` kind, `u8` format, `u64` bytes of the whole object, then the body, then
//! the BLAKE3 digest of all before it.

use crate::limits::OBJECT_BYTES_MAX;
use crate::{Digest, Fault};
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

/// The format that this build writes, and the newest that it reads. It goes up whenever a body's layout changes, or
/// a kind is added.
///
/// Format 1 had claims, increments without a time, and seals. Format 2 gave increments the time of their making and
/// added the other kinds.
pub const FORMAT: u8 = 2;

const MAGIC: &[u8; 6] = b"godwit";
const HEADER_BYTES: usize = 16;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// The taking of an epoch.
    Claim = b'c',
    /// Records that were committed together.
    Increment = b'i',
    /// The end of an epoch's log.
    Seal = b's',
    /// The head of a base.
    Base = b'b',
    /// A part of a base's records.
    Part = b'p',
    /// What stands in place of a base that has a newer one.
    Retired = b'r',
    /// The decision that the log goes on behind a loss that was accepted.
    Cut = b'x',
    /// A large value, named by its content.
    Blob = b'v',
    /// A coordinator's sign of life.
    Alive = b'a',
    /// A piece of a file of exported results.
    Archive = b'e',
}

impl Kind {
    const ALL: [Kind; 10] = [
        Kind::Claim,
        Kind::Increment,
        Kind::Seal,
        Kind::Base,
        Kind::Part,
        Kind::Retired,
        Kind::Cut,
        Kind::Blob,
        Kind::Alive,
        Kind::Archive,
    ];

    /// The kinds of format 1.
    const FIRST: [Kind; 3] = [Kind::Claim, Kind::Increment, Kind::Seal];

    /// Its name, in tables and messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Claim => "claim",
            Kind::Increment => "increment",
            Kind::Seal => "seal",
            Kind::Base => "base",
            Kind::Part => "part",
            Kind::Retired => "retired base",
            Kind::Cut => "cut",
            Kind::Blob => "blob",
            Kind::Alive => "sign of life",
            Kind::Archive => "piece of an exported file",
        }
    }

    fn of(format: u8, byte: u8) -> Option<Kind> {
        let known = if format == 1 { &Kind::FIRST[..] } else { &Kind::ALL };
        known.iter().copied().find(|&kind| kind as u8 == byte)
    }

    /// Why an object is refused where another kind belongs.
    pub(crate) fn unexpected(self) -> Fault {
        let article = if self == Kind::Increment { "an" } else { "a" };
        Fault::malformed(format!("it is {article} {}", self.name()))
    }
}

/// What is in an intact envelope.
pub(crate) struct Object<'a> {
    pub(crate) format: u8,
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

/// Bytes of an envelope around nothing.
pub(crate) const BYTES_MIN: usize = HEADER_BYTES + Digest::BYTES;

/// Whether the bytes begin as an object does, as far as they go.
pub(crate) fn begins_like_one(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().zip(MAGIC).all(|(byte, expected)| byte == expected)
}

/// How long the object that begins here says it is; none as long as its header is not whole. Not checked yet.
pub(crate) fn claimed_bytes(bytes: &[u8]) -> Result<Option<u64>, Fault> {
    if !begins_like_one(bytes) {
        return Err(Fault::Foreign);
    }
    let header = bytes.first_chunk::<HEADER_BYTES>();
    Ok(header.map(|[_, _, _, _, _, _, _, _, length @ ..]| u64::from_le_bytes(*length)))
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
    let kind = match format {
        0 => return Err(Fault::malformed("its format is 0")),
        1..=FORMAT => {
            Kind::of(format, kind).ok_or_else(|| Fault::malformed(format!("its kind is {kind}")))?
        }
        _ => return Err(Fault::Newer { format }),
    };
    Ok(Object { format, kind, body: &sealed[HEADER_BYTES..], digest: Digest(*digest) })
}

/// Opens an envelope in which only `kind` belongs.
pub(crate) fn open_as(kind: Kind, bytes: &[u8]) -> Result<Object<'_>, Fault> {
    let object = open(bytes)?;
    if object.kind == kind { Ok(object) } else { Err(object.kind.unexpected()) }
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
        check(&envelope(b'?', 3), "this store was written by a newer godwit (format 3); upgrade");
        check(
            &envelope(b'b', 1),
            "its checksum holds but its kind is 98; restore it from a copy of the store",
        );
    }

    #[test]
    fn a_length_over_the_limit_is_refused_before_anything_is_hashed() {
        let mut bytes = envelope(b'c', FORMAT);
        bytes[15] = 0xff;
        assert!(matches!(open(&bytes), Err(Fault::TooLarge { .. })));
    }
}
