//! What is remembered of a task that did not simply succeed: its budgets and its last attempts.

use crate::limits::HISTORY_MAX;
use godwit_common::ids::{AttemptId, WorkerId};
use godwit_common::outcome::{AttemptHistory, Cause, End, Failure, Usage};

/// The history of one task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct History {
    /// Failures that count against `retries`.
    pub(crate) failures: u32,
    /// Lost workers that count against `node_losses_max`.
    pub(crate) losses: u32,
    /// The highest number of an attempt that is known.
    pub(crate) number: u32,
    /// Processes that were started.
    pub(crate) started: u32,
    /// Why it failed, if no attempt of its own says so.
    pub(crate) verdict: Option<Box<Failure>>,
    /// Encoded, because there may be a million of them; oldest first.
    entries: Vec<Box<[u8]>>,
}

impl History {
    /// A history of these attempts, oldest first; its numbers are still to be set.
    pub(super) fn restored(entries: &[AttemptHistory]) -> History {
        let entries = entries.iter().map(encoded).collect();
        History { entries, ..History::default() }
    }

    /// Adds an attempt that ended, or that a worker was lost under.
    pub(crate) fn push(&mut self, id: AttemptId, worker: WorkerId, end: End, usage: Option<Usage>) {
        self.number = self.number.max(id.attempt.number);
        self.started = self.started.saturating_add(1);
        let entry = AttemptHistory { id, worker, end, usage };
        if self.entries.len() >= HISTORY_MAX {
            self.entries.remove(0);
        }
        self.entries.push(encoded(&entry));
    }

    /// The attempts, oldest first.
    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = AttemptHistory> + '_ {
        let entries = self.entries.iter();
        entries.filter_map(|bytes| postcard::from_bytes(bytes).ok())
    }

    /// Why the task failed last.
    pub(crate) fn failure(&self) -> Option<Failure> {
        if let Some(verdict) = &self.verdict {
            return Some((**verdict).clone());
        }
        self.entries().rev().find_map(|entry| match entry.end {
            End::Failed(failure) => Some(failure),
            End::Succeeded | End::Stopped => None,
        })
    }

    /// Gives the task its budgets back.
    pub(crate) fn forgive(&mut self) {
        self.failures = 0;
        self.losses = 0;
        self.verdict = None;
    }

    /// Decides that the task failed without an attempt that says so.
    pub(crate) fn settle(&mut self, cause: Cause, stderr_tail: Vec<u8>) {
        self.verdict = Some(Box::new(Failure { cause, stderr_tail }));
    }
}

fn encoded(entry: &AttemptHistory) -> Box<[u8]> {
    postcard::to_allocvec(entry).expect("plain data encodes into memory").into()
}
