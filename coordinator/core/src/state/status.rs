//! Durable status of a task, one byte each, and tallies of them.

/// Where a task stands as far as the log knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Status {
    /// It has no outcome.
    Pending,
    Succeeded,
    Failed,
    Cancelled,
    Skipped,
}

/// Ended tasks by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) succeeded: u64,
    pub(crate) failed: u64,
    pub(crate) cancelled: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    pub(crate) fn ended(&self) -> u64 {
        self.succeeded + self.unsuccessful()
    }

    /// Tasks that ended in any other way than by succeeding.
    pub(crate) fn unsuccessful(&self) -> u64 {
        self.failed + self.cancelled + self.skipped
    }

    pub(crate) fn of(&self, status: Status) -> u64 {
        match status {
            Status::Pending => 0,
            Status::Succeeded => self.succeeded,
            Status::Failed => self.failed,
            Status::Cancelled => self.cancelled,
            Status::Skipped => self.skipped,
        }
    }

    pub(crate) fn add(&mut self, status: Status, count: u64) {
        if let Some(counter) = self.counter(status) {
            *counter += count;
        }
    }

    pub(crate) fn subtract(&mut self, status: Status, count: u64) {
        if let Some(counter) = self.counter(status) {
            *counter -= count;
        }
    }

    fn counter(&mut self, status: Status) -> Option<&mut u64> {
        match status {
            Status::Pending => None,
            Status::Succeeded => Some(&mut self.succeeded),
            Status::Failed => Some(&mut self.failed),
            Status::Cancelled => Some(&mut self.cancelled),
            Status::Skipped => Some(&mut self.skipped),
        }
    }
}
