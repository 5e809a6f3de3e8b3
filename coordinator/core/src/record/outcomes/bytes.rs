//! Numbers of variable length: seven bits a byte, lowest first; negative ones folded in between the others.

use super::codec::Malformed;

pub(super) fn put(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(low_bits(number) | 0x80);
        number >>= 7;
    }
    out.push(low_bits(number));
}

/// Writes how far `to` is from `from`.
pub(super) fn put_step(from: u64, to: u64, out: &mut Vec<u8>) {
    let step = to.wrapping_sub(from);
    let negative = step >> 63;
    put((step << 1) ^ negative.wrapping_neg(), out);
}

pub(super) fn take(rest: &mut &[u8]) -> Result<u64, Malformed> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first().ok_or(Malformed)?;
        *rest = after;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return Err(Malformed);
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Malformed)
}

pub(super) fn take_u32(rest: &mut &[u8]) -> Result<u32, Malformed> {
    u32::try_from(take(rest)?).map_err(|_| Malformed)
}

/// Reads what [`put_step`] wrote.
pub(super) fn take_step(from: u64, rest: &mut &[u8]) -> Result<u64, Malformed> {
    let folded = take(rest)?;
    let step = (folded >> 1) ^ (folded & 1).wrapping_neg();
    Ok(from.wrapping_add(step))
}

fn low_bits(number: u64) -> u8 {
    number.to_le_bytes()[0] & 0x7f
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_read_back(from: u64, to: u64, shift in 0u32..64) {
            let to = to >> shift;
            let mut bytes = Vec::new();
            put(to, &mut bytes);
            put_step(from, to, &mut bytes);
            let mut rest = bytes.as_slice();
            prop_assert_eq!(take(&mut rest), Ok(to));
            prop_assert_eq!(take_step(from, &mut rest), Ok(to));
            prop_assert!(rest.is_empty());
        }
    }
}
