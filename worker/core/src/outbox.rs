//! News for the coordinator: what started, and what ended and is not kept yet.
//!
//! What ended is told at once and told again after every reconnection, until the coordinator says that it is kept.

use crate::limits::{OUTBOX_BYTES_MAX, OUTBOX_MAX, REPORT_BYTES_MAX, REPORT_ENDED_MAX, REPORT_STARTED_MAX};
use godwit_common::ids::AttemptId;
use godwit_common::memo::Produced;
use godwit_common::message::worker::Report;
use godwit_common::outcome::{Cause, End, Ended};
use std::collections::BTreeMap;

/// The news.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    ended: BTreeMap<AttemptId, Ended>,
    /// Of all that has ended, as [`weight`] says.
    bytes: usize,
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
        self.bytes += weight(&ended);
        let before = self.ended.insert(ended.id, ended);
        self.bytes -= before.as_ref().map_or(0, weight);
    }

    /// Something started.
    pub(crate) fn start(&mut self, id: AttemptId) {
        self.started.push(id);
    }

    /// These are kept, or nobody wants them.
    pub(crate) fn keep(&mut self, ids: &[AttemptId]) {
        for id in ids {
            self.bytes -= self.ended.remove(id).as_ref().map_or(0, weight);
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
        self.ended.len() >= OUTBOX_MAX || self.bytes >= OUTBOX_BYTES_MAX
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

    /// All the news, cut so that each report fits into a frame; all but the last say that there is more. After
    /// [`Outbox::retell`] there is at least one.
    pub(crate) fn take_reports(&mut self) -> Vec<Report> {
        let mut started = std::mem::take(&mut self.started);
        let mut untold = std::mem::take(&mut self.untold).into_iter().peekable();
        let mut is_new = std::mem::take(&mut self.is_new);
        let mut reports = Vec::new();
        while std::mem::take(&mut is_new) || !started.is_empty() || untold.peek().is_some() {
            let rest = started.split_off(started.len().min(REPORT_STARTED_MAX));
            let ended = self.take_report(&mut untold);
            let more = !rest.is_empty() || untold.peek().is_some();
            reports.push(Report { started: std::mem::replace(&mut started, rest), ended, more });
        }
        reports
    }

    /// As many of `untold` as fit into one report, at least one.
    fn take_report(&self, untold: &mut impl Iterator<Item = AttemptId>) -> Vec<Ended> {
        let mut report = Vec::new();
        let mut bytes = 0;
        while report.len() < REPORT_ENDED_MAX && bytes < REPORT_BYTES_MAX {
            let Some(id) = untold.next() else { break };
            if let Some(ended) = self.ended.get(&id) {
                bytes += weight(ended);
                report.push(ended.clone());
            }
        }
        report
    }
}

/// About how many bytes an ended attempt is on the wire and in memory.
fn weight(ended: &Ended) -> usize {
    /// Ids, usage and the like.
    const PLAIN: usize = 100;
    /// A digest with its stamp, or a stamp with the length of its path.
    const STATE: usize = 56;
    let text = match &ended.end {
        End::Succeeded | End::Stopped => 0,
        End::Failed(failure) => {
            failure.stderr_tail.len()
                + match &failure.cause {
                    Cause::NotStarted(text) | Cause::MissingOutput(text) | Cause::Value(text) => text.len(),
                    _ => 0,
                }
        }
    };
    let produced = ended.produced.as_ref().map_or(0, |produced| {
        let Produced { outputs, value, read, disturbed } = produced.as_ref();
        let read: usize = read.iter().map(|(path, _)| path.len() + STATE).sum();
        let texts = value.as_ref().map_or(0, |value| value.len()) + disturbed.as_ref().map_or(0, String::len);
        outputs.len() * STATE + read + texts
    });
    PLAIN + text + produced
}

#[cfg(test)]
mod tests {
    use super::*;
    use godwit_common::ids::{Attempt, Epoch, GroupId, WorkflowId};
    use std::sync::Arc;

    #[track_caller]
    fn check(count: usize, value_bytes: usize, expected: &[usize]) {
        let group = GroupId { workflow: WorkflowId(1), group: 0 };
        let mut outbox = Outbox::default();
        for position in 0..u32::try_from(count).expect("few") {
            let attempt = Attempt { epoch: Epoch(1), number: 1 };
            let id = AttemptId { task: group.task(position), attempt };
            let value: Arc<str> = "x".repeat(value_bytes).into();
            let produced = Produced { value: Some(value), ..Produced::default() };
            outbox.end(Ended { id, end: End::Succeeded, usage: None, produced: Some(Box::new(produced)) });
        }
        outbox.retell(Vec::new());
        let lengths =
            |reports: Vec<Report>| reports.iter().map(|report| report.ended.len()).collect::<Vec<_>>();
        let reports = outbox.take_reports();
        let last = reports.len() - 1;
        assert!(reports.iter().enumerate().all(|(position, report)| report.more == (position < last)));
        assert_eq!(lengths(reports), expected);
        assert!(outbox.take_reports().is_empty());
        let ids: Vec<AttemptId> = outbox.iter().map(|ended| ended.id).collect();
        outbox.keep(&ids);
        assert_eq!(outbox.bytes, 0);
    }

    #[test]
    fn a_new_connection_is_told_when_it_was_told_everything() {
        check(0, 0, &[0]);
        check(3, 0, &[3]);
        check(1000, 0, &[1000]);
        check(2500, 0, &[1000, 1000, 500]);
    }

    #[test]
    fn a_report_with_large_values_fits_into_a_frame() {
        check(1, 20 << 20, &[1]);
        check(40, 1 << 20, &[16, 16, 8]);
        check(3, 9 << 20, &[2, 1]);
    }
}
