//! News for the coordinator: what started, and what ended and is not kept yet.
//!
//! What ended is told at once and told again after every reconnection, until the coordinator says that it is kept.

use crate::limits::{OUTBOX_MAX, REPORT_ENDED_MAX, REPORT_STARTED_MAX};
use godwit_common::ids::AttemptId;
use godwit_common::message::worker::Report;
use godwit_common::outcome::Ended;
use std::collections::BTreeMap;

/// The news.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    ended: BTreeMap<AttemptId, Ended>,
    /// Ended attempts that this connection has not been told of.
    untold: Vec<AttemptId>,
    /// Started attempts that this connection has not been told of.
    started: Vec<AttemptId>,
}

impl Outbox {
    /// Something ended.
    pub(crate) fn end(&mut self, ended: Ended) {
        self.untold.push(ended.id);
        self.ended.insert(ended.id, ended);
    }

    /// Something started.
    pub(crate) fn start(&mut self, id: AttemptId) {
        self.started.push(id);
    }

    /// These are kept, or nobody wants them.
    pub(crate) fn keep(&mut self, ids: &[AttemptId]) {
        for id in ids {
            self.ended.remove(id);
        }
    }

    pub(crate) fn contains(&self, id: &AttemptId) -> bool {
        self.ended.contains_key(id)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ended.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.ended.len()
    }

    /// So much is not kept that nothing new should be started.
    pub(crate) fn is_full(&self) -> bool {
        self.ended.len() >= OUTBOX_MAX
    }

    /// All that has ended and is not kept.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Ended> {
        self.ended.values()
    }

    /// There is a new connection, which knows nothing: everything is news again.
    pub(crate) fn retell(&mut self, started: Vec<AttemptId>) {
        self.started = started;
        self.untold = self.ended.keys().copied().collect();
    }

    /// There is no connection. Nothing is told; the next connection is told everything.
    pub(crate) fn withhold(&mut self) {
        self.started.clear();
        self.untold.clear();
    }

    /// All the news, cut so that each report fits into a frame.
    pub(crate) fn take_reports(&mut self) -> Vec<Report> {
        let mut started = std::mem::take(&mut self.started);
        let mut untold = std::mem::take(&mut self.untold).into_iter().peekable();
        let mut reports = Vec::new();
        while !started.is_empty() || untold.peek().is_some() {
            let rest = started.split_off(started.len().min(REPORT_STARTED_MAX));
            let batch = untold.by_ref().take(REPORT_ENDED_MAX);
            let report = Report {
                started: std::mem::replace(&mut started, rest),
                ended: batch.filter_map(|id| self.ended.get(&id).cloned()).collect(),
            };
            if report != Report::default() {
                reports.push(report);
            }
        }
        reports
    }
}
