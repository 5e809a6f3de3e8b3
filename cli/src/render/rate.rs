//! How fast tasks end, and how long the rest will take.

use std::collections::VecDeque;
use std::time::Duration;

/// The rate is that of this much of the past: long enough to be steady, short enough to follow a change of pace.
const WINDOW: Duration = Duration::from_secs(30);

/// Observations closer together than this are one.
const STEP: Duration = Duration::from_millis(500);

/// What was observed lately. It holds at most `WINDOW / STEP` observations.
#[derive(Debug, Default)]
pub(crate) struct Rate {
    first: Option<(Duration, u64)>,
    recent: VecDeque<(Duration, u64)>,
    last: (Duration, u64),
}

impl Rate {
    /// So many tasks have ended when so much time has passed.
    pub(crate) fn observe(&mut self, elapsed: Duration, ended: u64) {
        self.last = (elapsed, ended);
        self.first.get_or_insert(self.last);
        if self.recent.back().is_none_or(|(at, _)| elapsed >= *at + STEP) {
            self.recent.push_back(self.last);
        }
        while self.recent.len() > 1 && self.recent[1].0 + WINDOW <= elapsed {
            self.recent.pop_front();
        }
    }

    /// Tasks that end per second; `None` as long as none has.
    pub(crate) fn per_second(&self) -> Option<f64> {
        let since = |start: Option<&(Duration, u64)>| {
            let (at, ended) = start?;
            let tasks = u32::try_from(self.last.1.checked_sub(*ended)?).ok().filter(|tasks| *tasks > 0)?;
            let seconds = (self.last.0 - *at).as_secs_f64();
            (seconds >= 0.1).then(|| f64::from(tasks) / seconds)
        };
        since(self.recent.front()).or_else(|| since(self.first.as_ref()))
    }

    /// How long `rest` more tasks take at this rate.
    pub(crate) fn time_for(&self, rest: u64) -> Option<Duration> {
        let rest = f64::from(u32::try_from(rest).ok()?);
        Duration::try_from_secs_f64(rest / self.per_second()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_steady_pace_is_seen_from_where_it_began() {
        let mut rate = Rate::default();
        rate.observe(at(0), 41);
        assert_eq!(rate.per_second(), None);
        assert_eq!(rate.time_for(10), None);
        for second in 1..=10 {
            rate.observe(at(second), 41 + 2 * second);
        }
        assert_eq!(rate.per_second(), Some(2.0));
        assert_eq!(rate.time_for(10), Some(at(5)));
    }

    #[test]
    fn a_change_of_pace_is_followed() {
        let mut rate = Rate::default();
        (0..100).for_each(|second| rate.observe(at(second), 100 * second));
        (100..200).for_each(|second| rate.observe(at(second), 9900 + second - 99));
        assert_eq!(rate.per_second(), Some(1.0));
        assert!(rate.recent.len() < 70);
    }

    #[test]
    fn a_long_pause_falls_back_to_the_whole_run() {
        let mut rate = Rate::default();
        rate.observe(at(0), 0);
        rate.observe(at(10), 10);
        rate.observe(at(100), 10);
        assert_eq!(rate.per_second(), Some(0.1));
    }
}
