//! The one clock of the coordinator: wall time when it started, monotonic from there on.

use godwit_common::time::Time;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// Tells the time to the core and turns the core's times into instants to sleep until.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Instant,
    base: Time,
}

impl Clock {
    pub(crate) fn new() -> Clock {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Clock { started: Instant::now(), base: Time(0) + wall }
    }

    pub(crate) fn now(&self) -> Time {
        self.base + self.started.elapsed()
    }

    pub(crate) fn instant(&self, at: Time) -> Instant {
        let after = at.since(self.base);
        self.started.checked_add(after).unwrap_or_else(|| self.started + Duration::from_secs(86_400 * 365))
    }
}
