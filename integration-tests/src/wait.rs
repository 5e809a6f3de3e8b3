//! Waiting for what another process does, with a limit.

use std::time::{Duration, Instant};

/// Looks again this often: short against anything that a test waits for.
const PERIOD: Duration = Duration::from_millis(10);

/// Looks until there is something to see.
///
/// # Panics
/// When `limit` has passed, with `what` was waited for.
pub fn eventually<T>(limit: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    within(limit, &mut look).unwrap_or_else(|| panic!("waited {limit:?} in vain for {what}"))
}

/// Looks until there is something to see, or the limit has passed.
pub fn within<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(seen) = look() {
            return Some(seen);
        }
        if Instant::now() >= end {
            return None;
        }
        std::thread::sleep(PERIOD);
    }
}
