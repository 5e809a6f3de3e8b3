//! The time of the core: the machine's clock at the start, and from then on what has passed since, so that it never
//! goes back.

use godwit_common::time::Time;
use std::time::{Duration, Instant, SystemTime};

/// A clock that never goes back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
    at_origin: Time,
}

impl Clock {
    pub(crate) fn start() -> Clock {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Clock { origin: Instant::now(), at_origin: Time(0) + since_epoch.unwrap_or(Duration::ZERO) }
    }

    pub(crate) fn now(&self) -> Time {
        self.at_origin + self.origin.elapsed()
    }

    /// The same moment for a timer; none if it is too far away to wait for.
    pub(crate) fn instant(&self, at: Time) -> Option<Instant> {
        self.origin.checked_add(at.since(self.at_origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_instants_agree() {
        let clock = Clock::start();
        let later = clock.now() + Duration::from_secs(5);
        let instant = clock.instant(later).expect("five seconds can be waited for");
        let left = instant.duration_since(Instant::now());
        assert!(left > Duration::from_secs(4) && left <= Duration::from_secs(5), "{left:?}");
        assert!(clock.now() >= clock.at_origin);
    }
}
