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
    /// The connection is new, and the coordinator waits to hear that it was told everything.
    is_new: bool,
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
        self.is_new = true;
    }

    /// There is no connection. Nothing is told; the next connection is told everything.
    pub(crate) fn withhold(&mut self) {
        self.started.clear();
        self.untold.clear();
        self.is_new = false;
    }

    /// All the news, cut so that each report fits into a frame. After [`Outbox::retell`] there is at least one, and the
    /// last is not full.
    pub(crate) fn take_reports(&mut self) -> Vec<Report> {
        let mut started = std::mem::take(&mut self.started);
        let mut untold = std::mem::take(&mut self.untold).into_iter().peekable();
        let mut has_more = std::mem::take(&mut self.is_new);
        let mut reports = Vec::new();
        while has_more || !started.is_empty() || untold.peek().is_some() {
            let rest = started.split_off(started.len().min(REPORT_STARTED_MAX));
            let known = untold.by_ref().filter_map(|id| self.ended.get(&id).cloned());
            let ended: Vec<Ended> = known.take(REPORT_ENDED_MAX).collect();
            has_more = ended.len() == REPORT_ENDED_MAX;
            reports.push(Report { started: std::mem::replace(&mut started, rest), ended });
        }
        reports
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use godwit_common::ids::{Attempt, Epoch, GroupId, WorkflowId};
    use godwit_common::outcome::End;

    #[track_caller]
    fn check(count: usize, expected: &[usize]) {
        let group = GroupId { workflow: WorkflowId(1), group: 0 };
        let mut outbox = Outbox::default();
        for position in 0..u32::try_from(count).expect("few") {
            let attempt = Attempt { epoch: Epoch(1), number: 1 };
            let id = AttemptId { task: group.task(position), attempt };
            outbox.end(Ended { id, end: End::Stopped, usage: None, produced: None });
        }
        outbox.retell(Vec::new());
        let lengths =
            |reports: Vec<Report>| reports.iter().map(|report| report.ended.len()).collect::<Vec<_>>();
        assert_eq!(lengths(outbox.take_reports()), expected);
        assert!(outbox.take_reports().is_empty());
    }

    #[test]
    fn a_new_connection_is_told_when_it_was_told_everything() {
        check(0, &[0]);
        check(3, &[3]);
        check(1000, &[1000, 0]);
        check(2500, &[1000, 1000, 500]);
    }
}
