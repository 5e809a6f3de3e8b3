//! A point in time on the command line: how long ago, or a date.

use godwit_common::time::Time;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::time::Duration;

/// A point in time, as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// So long before now.
    Ago(Duration),
    /// Then.
    At(Time),
}

impl Moment {
    /// The time that is meant.
    pub(crate) fn time(self, now: Time) -> Time {
        match self {
            Moment::Ago(duration) => now - duration,
            Moment::At(time) => time,
        }
    }
}

pub(super) fn moment(text: &str) -> Result<Moment, String> {
    if let Ok(duration) = godwit_common::duration::parse(text) {
        return Ok(Moment::Ago(duration));
    }
    date(text).map(Moment::At).ok_or_else(|| {
        format!(
            "'{text}' is no time; write it like 30d (so long ago), 2026-11-01 or 2026-11-01T08:00:00 (UTC)"
        )
    })
}

fn date(text: &str) -> Option<Time> {
    let text = text.trim_end_matches('Z');
    // A date alone means its beginning.
    let when: DateTime = text.parse().ok()?;
    let micros = when.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond();
    u64::try_from(micros).ok().map(Time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let now = Time(1_790_000_000_000_000);
        assert_eq!(moment("30d").map(|it| it.time(now)), Ok(now - Duration::from_secs(30 * 86_400)));
        assert_eq!(moment("1970-01-02"), Ok(Moment::At(Time(86_400_000_000))));
        assert_eq!(moment("1970-01-02T00:00:01"), Ok(Moment::At(Time(86_401_000_000))));
        assert_eq!(moment("1970-01-02T00:00:01Z"), Ok(Moment::At(Time(86_401_000_000))));
        for text in ["", "yesterday", "2026-13-01", "1969-01-01", "7 days"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
