//! What the tests of several modules share.

use crate::{Digest, Fault, Identity};
use std::fmt::Debug;

pub(crate) const DIGEST: Digest = Digest([0xab; Digest::BYTES]);

pub(crate) fn identity(host: &str) -> Identity {
    Identity {
        host: host.to_owned(),
        address: "10.0.0.1:7000".to_owned(),
        software_version: "0.1.0".to_owned(),
    }
}

/// Bytes from hexadecimal digits; white space between them is for the reader.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|c| c.to_digit(16)).map(|d| d.try_into().expect("< 16")).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Checks stored bytes against those of the first release of their format: once written, they never change.
pub(crate) fn check_golden(bytes: &[u8], golden: &str) {
    assert!(bytes == unhex(golden), "got\n{}", hex(bytes));
}

/// Hexadecimal digits, to be put into a test.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Checks that an object is read while it is whole and refused with any bit flipped and at any shorter length.
pub(crate) fn check_fragile<T: Debug>(good: &[u8], read: impl Fn(&[u8]) -> Result<T, Fault>) {
    read(good).expect("intact");
    for bit in 0..good.len() * 8 {
        let mut bad = good.to_vec();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&bad).is_err(), "bit {bit}");
    }
    for length in 0..good.len() {
        assert!(read(&good[..length]).is_err(), "{length} bytes");
    }
}
