//! What can be wrong with one object, said without its key. [`Refusal`](crate::Refusal) adds the key.

use crate::Digest;
use thiserror::Error;

/// Why an object is not served.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// Fewer bytes than the object says it has.
    #[error("it is truncated: {bytes} of {expected} bytes are there; restore it from a copy of the store")]
    Truncated {
        /// Bytes that are there.
        bytes: u64,
        /// Bytes that should be there, at least.
        expected: u64,
    },
    /// More bytes than anything that we write.
    #[error("it has {bytes} bytes, which is over the limit of {limit}; restore it from a copy of the store")]
    TooLarge {
        /// Bytes that are there, or that it claims.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// It does not begin as our objects do.
    #[error("it was not written by godwit; restore it from a copy of the store, or use an empty store")]
    Foreign,
    /// Bits have changed since it was written.
    #[error("its checksum differs, so its bytes were damaged; restore it from a copy of the store")]
    Damaged,
    /// A format that this build does not know.
    #[error("this store was written by a newer godwit (format {format}); upgrade")]
    Newer {
        /// The format that the object is in.
        format: u8,
    },
    /// The checksum holds, and yet it makes no sense: another program wrote it.
    #[error("its checksum holds but {what}; restore it from a copy of the store")]
    Malformed {
        /// What makes no sense.
        what: String,
    },
    /// It was written for another key.
    #[error("it belongs at {key}; somebody moved or copied it, so restore the store from a copy")]
    Misplaced {
        /// The key that it names itself.
        key: String,
    },
    /// It was written after another object than the one that is before it now.
    #[error(
        "it was written after an object with digest {named}, but the object before it now has {actual}; \
         one of the two was exchanged, so restore the store from a copy"
    )]
    Unchained {
        /// The digest that it names.
        named: Digest,
        /// The digest of the object before it.
        actual: Digest,
    },
    /// It is not the object that another one says belongs there.
    #[error(
        "it should have digest {named} but has {actual}; it was exchanged, so restore it from a copy of the store"
    )]
    Exchanged {
        /// The digest that it should have.
        named: Digest,
        /// The digest that it has.
        actual: Digest,
    },
    /// A base that a newer one took the place of, though the newer one is not there.
    #[error(
        "it was retired when {newer} was complete, but {newer} is not there; restore that from a copy of the store"
    )]
    Retired {
        /// The key of the newer base.
        newer: String,
    },
}

impl Fault {
    pub(crate) fn malformed(what: impl Into<String>) -> Fault {
        Fault::Malformed { what: what.into() }
    }
}
