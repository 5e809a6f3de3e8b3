//! The only clock of the command line.

use godwit_common::time::Time;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time.
pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}
