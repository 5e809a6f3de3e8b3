//! Workers that are known and not connected.

use godwit_common::time::Time;

/// A worker that may come back.
#[derive(Clone, Debug)]
pub(crate) struct Absent {
    pub(crate) absence: Absence,
    pub(crate) since: Time,
    pub(crate) reason: String,
}

/// Why it is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absence {
    /// The coordinator before this one knew it.
    Expected,
    /// Its connection was lost.
    Lost,
}
