//! What a shape must be besides not too large: indices once, axes with names, values that a process can be given.

use super::name_fault;
use crate::shape::{Axis, IndexRange, Shape};

/// Pairs of interleaved ranges that are compared one by one: `0-98:2,1-99:2` is one pair. Nobody writes a thousand.
const INTERLEAVED_PAIRS_MAX: usize = 1_000_000;

/// The key of `shape` in a workflow file.
pub(super) fn key(shape: &Shape) -> &'static str {
    match shape {
        Shape::Single | Shape::Indices(_) => "array",
        Shape::Items(_) => "items",
        Shape::Matrix(_) => "matrix",
    }
}

/// What is wrong with `shape`, if anything is.
pub(super) fn fault(shape: &Shape) -> Option<String> {
    shape.fault().or_else(|| match shape {
        Shape::Single => None,
        Shape::Indices(ranges) => indices_fault(ranges),
        Shape::Items(items) => nul(items).map(|position| format!("item {position} has a NUL character")),
        Shape::Matrix(axes) => axes_fault(axes),
    })
}

fn nul(values: &[String]) -> Option<usize> {
    values.iter().position(|value| value.contains('\0'))
}

fn axes_fault(axes: &[Axis]) -> Option<String> {
    let mut names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
    names.sort_unstable();
    let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
    if let Some(pair) = twice {
        return Some(format!("there are two axes '{}'", pair[0]));
    }
    axes.iter().find_map(|axis| {
        name_fault(&axis.name).or_else(|| {
            nul(&axis.values)
                .map(|position| format!("value {position} of '{}' has a NUL character", axis.name))
        })
    })
}

/// Two tasks of one index could not be told apart.
fn indices_fault(ranges: &[IndexRange]) -> Option<String> {
    if let Some(range) = ranges.iter().find(|range| range.count() == 0) {
        return Some(format!("the range from {} to {} is empty", range.first, range.last));
    }
    let mut sorted: Vec<&IndexRange> = ranges.iter().collect();
    sorted.sort_unstable_by_key(|range| range.first);
    let mut pairs = 0;
    for (position, range) in sorted.iter().enumerate() {
        let later = sorted.iter().skip(position + 1);
        for other in later.take_while(|other| other.first <= last(range)) {
            pairs += 1;
            if pairs > INTERLEAVED_PAIRS_MAX {
                return Some("too many of its ranges lie inside each other".to_owned());
            }
            if let Some(index) = common_index(range, other) {
                return Some(format!("index {index} stands there twice"));
            }
        }
    }
    None
}

/// The last index that the range really has.
fn last(range: &IndexRange) -> u32 {
    range.last - (range.last - range.first) % range.step
}

/// The smallest index that both ranges have. `a` starts first. Of the indices of `b` from its first on, one in every
/// `a.step / gcd` can be in `a`, if any can.
fn common_index(a: &IndexRange, b: &IndexRange) -> Option<u32> {
    let (step, other) = (u64::from(a.step), u64::from(b.step));
    let divisor = gcd(step, other);
    let offset = u64::from(b.first - a.first);
    if !offset.is_multiple_of(divisor) {
        return None;
    }
    let modulus = step / divisor;
    // offset + k * other ≡ 0 (mod step), so k ≡ -(offset / divisor) * (other / divisor)⁻¹ (mod modulus).
    let inverse = inverse(other / divisor % modulus.max(1), modulus);
    let wanted = (modulus - offset / divisor % modulus) % modulus;
    let k = u128::from(wanted) * u128::from(inverse) % u128::from(modulus);
    let index = u128::from(b.first) + k * u128::from(other);
    let index = u32::try_from(index).ok()?;
    (index <= last(a) && index <= last(b)).then_some(index)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The inverse of `value` modulo `modulus`, which share no divisor (extended Euclid).
fn inverse(value: u64, modulus: u64) -> u64 {
    let (mut rest, mut next) = (i128::from(modulus), i128::from(value));
    let (mut factor, mut factor_next) = (0i128, 1i128);
    while next != 0 {
        let quotient = rest / next;
        (rest, next) = (next, rest - quotient * next);
        (factor, factor_next) = (factor_next, factor - quotient * factor_next);
    }
    let factor = factor.rem_euclid(i128::from(modulus));
    u64::try_from(factor).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn indices(range: &IndexRange) -> impl Iterator<Item = u32> + use<> {
        (range.first..=range.last).step_by(range.step as usize)
    }

    fn range() -> impl Strategy<Value = IndexRange> {
        (0u32..40, 0u32..60, 1u32..13).prop_map(|(first, width, step)| IndexRange {
            first,
            last: first + width,
            step,
        })
    }

    proptest! {
        #[test]
        fn a_common_index_is_found_as_by_trying_all(a in range(), b in range()) {
            let (a, b) = if a.first <= b.first { (a, b) } else { (b, a) };
            let expected = indices(&a).find(|index| indices(&b).any(|other| other == *index));
            prop_assert_eq!(common_index(&a, &b), expected);
        }

        #[test]
        fn a_repeated_index_is_refused(ranges in proptest::collection::vec(range(), 1..5)) {
            let mut all: Vec<u32> = ranges.iter().flat_map(indices).collect();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            prop_assert_eq!(indices_fault(&ranges).is_some(), all.len() < count);
        }
    }

    #[test]
    fn ranges_at_the_edge_of_what_counts_do_not_overflow() {
        let wide = |first, step| IndexRange { first, last: u32::MAX, step };
        assert_eq!(common_index(&wide(0, u32::MAX), &wide(1, u32::MAX - 1)), Some(u32::MAX));
        assert_eq!(common_index(&wide(0, 4_294_967_291), &wide(1, 4_294_967_279)), None);
    }
}
