//! Durations as people write them: `10s`, `5m`, `1h30m`, `250ms`, `2d`, `00:10:00`, or a number of seconds.

use crate::limits::DURATION_MAX;
use std::fmt;
use std::time::Duration;

/// A duration that prints as it is written: `1h30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Human(pub Duration);

const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads a duration.
///
/// # Errors
/// A sentence that says what was found and what is expected.
pub fn parse(text: &str) -> Result<Duration, String> {
    let trimmed = text.trim();
    let millis = if trimmed.contains(':') { clock(trimmed) } else { units(trimmed) };
    let millis = millis.ok_or_else(|| {
        format!("'{text}' is not a duration; write it like 10s, 5m, 1h30m, 250ms or 00:10:00")
    })?;
    let duration = Duration::from_millis(millis);
    if duration > DURATION_MAX { Err(format!("'{text}' is longer than 31 years")) } else { Ok(duration) }
}

/// `HH:MM:SS`, `MM:SS` or `D-HH:MM:SS`, as batch systems write walltimes.
fn clock(text: &str) -> Option<u64> {
    let (days, clock) = match text.split_once('-') {
        Some((days, clock)) => (days.parse::<u64>().ok()?, clock),
        None => (0, text),
    };
    let mut seconds = 0u64;
    let fields: Vec<&str> = clock.split(':').collect();
    if fields.len() > 3 {
        return None;
    }
    for field in fields {
        let digits = !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_digit());
        let value: u64 = digits.then(|| field.parse().ok())??;
        seconds = seconds.checked_mul(60)?.checked_add(value)?;
    }
    days.checked_mul(86_400)?.checked_add(seconds)?.checked_mul(1000)
}

/// `1h30m`, `1.5h`, or plain seconds.
fn units(text: &str) -> Option<u64> {
    if let Some(millis) = decimal(text, 1000) {
        return Some(millis);
    }
    let mut rest = text;
    let mut millis = 0u64;
    let mut unit_before = u64::MAX;
    while !rest.is_empty() {
        let letters = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, tail) = rest.split_at(letters);
        let end = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (name, tail) = tail.split_at(end);
        let (_, unit) = UNITS.into_iter().find(|(known, _)| *known == name)?;
        if unit >= unit_before {
            return None;
        }
        unit_before = unit;
        millis = millis.checked_add(decimal(number.trim(), unit)?)?;
        rest = tail.trim_start();
    }
    (unit_before != u64::MAX).then_some(millis)
}

/// A decimal number of units, in milliseconds, without going through floating point.
fn decimal(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() <= 12;
    if whole.is_empty() || !digits(whole) || !digits(fraction) || number.ends_with('.') {
        return None;
    }
    let millis = whole.parse::<u64>().ok()?.checked_mul(unit)?;
    if fraction.is_empty() {
        return Some(millis);
    }
    let scale = 10u128.pow(u32::try_from(fraction.len()).ok()?);
    let part = fraction.parse::<u128>().ok()? * u128::from(unit) / scale;
    millis.checked_add(u64::try_from(part).ok()?)
}

impl fmt::Display for Human {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        if rest == 0 {
            return f.write_str("0s");
        }
        for (name, unit) in UNITS {
            if rest >= unit {
                write!(f, "{}{name}", rest / unit)?;
                rest %= unit;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read() {
        for (text, millis) in [
            ("10s", 10_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("1.5h", 5_400_000),
            ("250ms", 250),
            ("1s 500ms", 1_500),
            ("00:10:00", 600_000),
            ("10:00", 600_000),
            ("1-00:00:01", 86_401_000),
            ("2d", 172_800_000),
            ("7", 7_000),
            ("0.5", 500),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in
            ["", "s", "5x", "-1s", "1m1h", "1:2:3:4", "1.", "1..2s", "99999999999999d", "1:-2", "10 s s"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(millis in 0u64..10_000_000_000) {
            let duration = Duration::from_millis(millis);
            prop_assert_eq!(parse(&Human(duration).to_string()), Ok(duration));
        }

        #[test]
        fn nothing_panics(text in "[0-9a-z:. -]{0,12}") {
            drop(parse(&text));
            drop(crate::size::parse(&text));
        }
    }
}
