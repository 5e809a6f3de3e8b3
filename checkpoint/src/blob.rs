//! Blobs: values too large for a record, stored once by their content.
//!
//! A blob is put before the increment that names it (see `Writer::append_blob`), so that whoever reads the name finds
//! the value. Nothing here deletes blobs, as only records say which are needed.

use crate::limits::BLOB_BYTES_MAX;
use crate::object::{self, Kind};
use crate::{Digest, Fault, blob_key};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Values may be anything; level 1 costs little where it gains nothing.
const COMPRESSION_LEVEL: i32 = 1;

#[derive(Serialize, Deserialize)]
struct Head {
    /// Of the value.
    digest: Digest,
    /// Bytes of the value.
    bytes: u64,
}

/// What to store at the [`blob_key`] of `value`'s digest; the value is at most [`BLOB_BYTES_MAX`] long.
pub(crate) fn encode(digest: Digest, value: &[u8]) -> Bytes {
    let head = Head { digest, bytes: value.len() as u64 };
    let packed = zstd::bulk::compress(value, COMPRESSION_LEVEL)
        .expect("compression into a buffer of the bound that zstd names succeeds");
    object::close(Kind::Blob, &head, &packed).0
}

/// The value of the blob that is named by `digest`, from what was found at its key.
///
/// # Errors
/// Any [`Fault`]; foreign bytes never panic.
pub fn read_blob(digest: Digest, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let object = object::open_as(Kind::Blob, bytes)?;
    let (head, packed) = object::head::<Head>(object.body)?;
    if head.digest != digest {
        return Err(Fault::Misplaced { key: blob_key(head.digest) });
    }
    let length = usize::try_from(head.bytes).ok().filter(|&length| length <= BLOB_BYTES_MAX);
    let length = length.ok_or(Fault::TooLarge { bytes: head.bytes, limit: BLOB_BYTES_MAX as u64 })?;
    let value = zstd::bulk::decompress(packed, length)
        .map_err(|error| Fault::malformed(format!("its value does not decompress: {error}")))?;
    match Digest::of(&value) {
        actual if actual != digest => Err(Fault::Exchanged { named: digest, actual }),
        _ => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const VALUE: &[u8] = b"forty-two, forty-two, forty-two";

    const GOLDEN: &str = "676f6477697476026b00000000000000de7c7e392818b1144f181673e7e94dfdf3cb5c4b12da395a0eee3a7cd1153a561f28\
        b52ffd201f8d000058666f7274792d74776f2c200100a68b17194b6cb063ee2ddcb1599f89a8e2135faa7c0ea5014d9bae31\
        f33b79f60a53ea";

    /// Only decoded: another version of zstd may compress the same value to other bytes.
    #[test]
    fn golden_bytes() {
        let digest = Digest::of(VALUE);
        assert_eq!(read_blob(digest, &encode(digest, VALUE)), Ok(VALUE.to_vec()));
        let golden = read_blob(digest, &testing::unhex(GOLDEN));
        assert_eq!(golden, Ok(VALUE.to_vec()), "{}", testing::hex(&encode(digest, VALUE)));
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_refused() {
        let digest = Digest::of(VALUE);
        testing::check_fragile(&encode(digest, VALUE), |bytes| read_blob(digest, bytes));
    }

    #[test]
    fn a_blob_is_what_its_name_says() {
        let digest = Digest::of(VALUE);
        let other = Digest::of(b"43");
        let key = blob_key(digest);
        assert_eq!(read_blob(other, &encode(digest, VALUE)), Err(Fault::Misplaced { key }));
        let forged = encode(other, VALUE);
        assert_eq!(read_blob(other, &forged), Err(Fault::Exchanged { named: other, actual: digest }));
    }
}
