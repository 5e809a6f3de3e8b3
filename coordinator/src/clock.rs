//! The one clock of the coordinator: wall time when it started, monotonic from there on; and the moments by which it
//! knows how long it has not heard from its store.

use godwit_common::time::Time;
use nix::time::{ClockId, clock_gettime};
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

/// The nearest whole seconds, for people.
pub(crate) fn seconds(duration: Duration) -> Duration {
    Duration::from_secs((duration + Duration::from_millis(500)).as_secs())
}

/// A moment by a clock that goes on while the process is stopped and while the machine sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(Duration);

impl Moment {
    pub(crate) fn now() -> Moment {
        let read =
            clock_gettime(ClockId::CLOCK_BOOTTIME).or_else(|_| clock_gettime(ClockId::CLOCK_MONOTONIC));
        Moment(read.expect("the system has a clock that only goes forward").into())
    }

    /// How long ago it was.
    pub(crate) fn age(self) -> Duration {
        Moment::now().0.saturating_sub(self.0)
    }
}
