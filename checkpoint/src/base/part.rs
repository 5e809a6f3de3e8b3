//! A part of a base: as many records as one object takes.

use crate::key::PartPlace;
use crate::object::{self, Kind};
use crate::records::{Batch, Records};
use crate::{Digest, Fault};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// By what a base's head knows one of its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartName {
    pub(crate) digest: Digest,
    /// In the store.
    pub(crate) stored_bytes: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) place: PartPlace,
    /// Bytes of the records before compression.
    bytes: u64,
}

impl Part {
    pub(crate) fn encode(place: PartPlace, batch: &Batch) -> (Bytes, PartName) {
        let part = Part { place, bytes: batch.bytes.len() as u64 };
        let (body, digest) = object::close(Kind::Part, &part, &batch.pack());
        let stored_bytes = body.len() as u64;
        (body, PartName { digest, stored_bytes })
    }

    /// Decodes what was found at `place`, and returns it with its digest.
    pub(crate) fn decode(place: PartPlace, bytes: &[u8]) -> Result<(Records, Digest), Fault> {
        let object = object::open_as(Kind::Part, bytes)?;
        let (part, packed) = object::head::<Part>(object.body)?;
        if part.place != place {
            return Err(Fault::Misplaced { key: part.place.key() });
        }
        Ok((Records::unpack(packed, part.bytes)?, object.digest))
    }

    /// Decodes the part that a head calls `name`.
    pub(crate) fn decode_named(place: PartPlace, name: &PartName, bytes: &[u8]) -> Result<Records, Fault> {
        let (records, digest) = Part::decode(place, bytes)?;
        if digest == name.digest {
            Ok(records)
        } else {
            Err(Fault::Exchanged { named: name.digest, actual: digest })
        }
    }
}
