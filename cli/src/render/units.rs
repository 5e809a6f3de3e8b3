//! Numbers as people read them: `1,000,000`, `3m 05s`, `41/s`, `2h ago`.

use godwit_common::time::Time;
use std::fmt;
use std::time::Duration;

/// A count with its thousands set apart.
pub(crate) struct Count(pub(crate) u64);

/// A count and its noun: `1 task`, `1,200 tasks`.
pub(crate) struct Plural(pub(crate) u64, pub(crate) &'static str);

/// A stretch of time in two units at most.
pub(crate) struct Span(pub(crate) Duration);

/// A stretch of time that is an estimate or grows: in whole seconds.
pub(crate) struct Rough(pub(crate) Duration);

/// How long before `now` something was.
pub(crate) struct Ago {
    /// When it was.
    pub(crate) at: Time,
    /// When it is told.
    pub(crate) now: Time,
}

/// A point in time, as a calendar and a clock in UTC have it.
pub(crate) struct Utc(pub(crate) Time);

/// Something per second, or per minute or hour where it is slow.
pub(crate) struct PerSecond(pub(crate) f64);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut text = String::with_capacity(digits.len() * 4 / 3);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        f.pad(&text)
    }
}

impl fmt::Display for Plural {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0 == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", Count(self.0), self.1)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        let seconds = (millis + 500) / 1000;
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
        match seconds {
            _ if millis == 0 => f.write_str("0s"),
            _ if millis < 1000 => write!(f, "{millis}ms"),
            _ if millis < 9_950 => write!(f, "{:.1}s", self.0.as_secs_f64()),
            ..60 => write!(f, "{seconds}s"),
            60..3600 => write!(f, "{minutes}m {:02}s", seconds % 60),
            3600..86_400 => write!(f, "{hours}h {:02}m", minutes % 60),
            _ => write!(f, "{days}d {:02}h", hours % 24),
        }
    }
}

impl fmt::Display for Ago {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let elapsed = self.now.since(self.at);
        if elapsed < Duration::from_secs(1) {
            f.write_str("just now")
        } else {
            write!(f, "{} ago", Rough(elapsed))
        }
    }
}

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = i64::try_from(self.0.0).unwrap_or(i64::MAX);
        match jiff::Timestamp::from_microsecond(micros) {
            Ok(timestamp) => f.pad(&timestamp.strftime("%F %T").to_string()),
            Err(_) => f.pad("unknown"),
        }
    }
}

impl fmt::Display for Rough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            seconds @ ..10 => write!(f, "{seconds}s"),
            seconds => Span(Duration::from_secs(seconds)).fmt(f),
        }
    }
}

impl fmt::Display for PerSecond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float-to-int cast saturates"
        )]
        let whole = self.0.round() as u64;
        match self.0 {
            rate if rate >= 9.95 => write!(f, "{}/s", Count(whole)),
            rate if rate >= 0.95 => write!(f, "{rate:.1}/s"),
            rate if rate * 60.0 >= 0.95 => write!(f, "{:.0}/min", rate * 60.0),
            rate => write!(f, "{:.0}/h", rate * 3600.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        for (count, text) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (12_345, "12,345"), (1_000_000, "1,000,000")]
        {
            assert_eq!(Count(count).to_string(), text);
        }
        assert_eq!(Plural(1, "task").to_string(), "1 task");
        assert_eq!(Plural(1200, "task").to_string(), "1,200 tasks");
    }

    #[test]
    fn spans_have_two_units_at_most() {
        for (millis, text) in [
            (0, "0s"),
            (7, "7ms"),
            (999, "999ms"),
            (1_000, "1.0s"),
            (9_900, "9.9s"),
            (9_960, "10s"),
            (59_400, "59s"),
            (59_600, "1m 00s"),
            (185_000, "3m 05s"),
            (8_040_000, "2h 14m"),
            (273_600_000, "3d 04h"),
        ] {
            assert_eq!(Span(Duration::from_millis(millis)).to_string(), text);
        }
    }

    #[test]
    fn the_past_is_told_roughly() {
        let ago = |seconds: u64| Ago { at: Time(0), now: Time(seconds * 1_000_000) }.to_string();
        assert_eq!(ago(0), "just now");
        assert_eq!(ago(5), "5s ago");
        assert_eq!(ago(65), "1m 05s ago");
        assert_eq!(Ago { at: Time(9), now: Time(0) }.to_string(), "just now");
    }

    #[test]
    fn a_time_is_told_in_utc() {
        assert_eq!(Utc(Time(1_790_000_000_000_000)).to_string(), "2026-09-21 14:13:20");
        assert_eq!(Utc(Time(u64::MAX)).to_string(), "unknown");
    }

    #[test]
    fn slow_rates_stay_readable() {
        for (rate, text) in [
            (1234.4, "1,234/s"),
            (41.0, "41/s"),
            (3.25, "3.2/s"),
            (0.5, "30/min"),
            (0.005, "18/h"),
            (0.0, "0/h"),
        ] {
            assert_eq!(PerSecond(rate).to_string(), text);
        }
    }
}
