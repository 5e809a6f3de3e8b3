//! Outcomes that are applied and not appended yet, by workflow. Who is held back, and for how long, is decided in
//! `saving`.

use crate::record::{OutcomesWriter, Record};
use godwit_common::ids::WorkflowId;
use godwit_common::time::Time;
use std::collections::{BTreeMap, BTreeSet};

/// Outcomes that are applied and not appended yet.
#[derive(Debug, Default)]
pub(crate) struct Unsaved {
    workflows: BTreeMap<WorkflowId, Held>,
    /// Those in mode `periodic`, by the time at which they are appended.
    due: BTreeSet<(Time, WorkflowId)>,
}

/// What was held back of a workflow.
pub(crate) struct HeldBack {
    /// To be appended in this order.
    pub(crate) records: Vec<Record>,
    /// Outcomes in them.
    pub(crate) count: u64,
}

/// What is held back of one workflow, encoded: about as much as the state has of it.
#[derive(Debug, Default)]
struct Held {
    full: Vec<Record>,
    open: OutcomesWriter,
    count: u64,
    due: Option<Time>,
}

impl Unsaved {
    /// Outcomes of a workflow that are held back.
    pub(crate) fn count(&self, id: WorkflowId) -> u64 {
        self.workflows.get(&id).map_or(0, |held| held.count)
    }

    /// Workflows of which something is held back.
    pub(crate) fn ids(&self) -> impl Iterator<Item = WorkflowId> + '_ {
        self.workflows.keys().copied()
    }

    /// When something has to be appended next.
    pub(crate) fn due(&self) -> Option<Time> {
        self.due.first().map(|(due, _)| *due)
    }

    /// A workflow whose time has come.
    pub(crate) fn over_due(&self, now: Time) -> Option<WorkflowId> {
        self.due.first().filter(|(due, _)| *due <= now).map(|(_, id)| *id)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.workflows.is_empty()
    }

    /// Whether there is a time at which this workflow is appended.
    pub(crate) fn has_time(&self, id: WorkflowId) -> bool {
        self.workflows.get(&id).is_some_and(|held| held.due.is_some())
    }

    /// Checks that nothing waits for a time that will not come.
    pub(crate) fn check(&self) -> Result<(), String> {
        let timed = self.workflows.iter().filter_map(|(id, held)| Some((held.due?, *id)));
        if timed.collect::<BTreeSet<_>>() == self.due {
            return Ok(());
        }
        Err("the times to save workflows are wrong".to_owned())
    }

    /// Holds an outcome back, until `due` if that is said.
    pub(crate) fn push(&mut self, id: WorkflowId, record: &Record, due: Option<Time>) {
        let held = self.workflows.entry(id).or_default();
        if held.open.is_full() {
            held.full.push(std::mem::take(&mut held.open).finish());
        }
        held.open.push(record);
        held.count += record.outcomes();
        if let (None, Some(due)) = (held.due, due) {
            held.due = Some(due);
            self.due.insert((due, id));
        }
    }

    /// Ends the wait of a workflow.
    pub(crate) fn take(&mut self, id: WorkflowId) -> Option<HeldBack> {
        let held = self.workflows.remove(&id)?;
        if let Some(due) = held.due {
            self.due.remove(&(due, id));
        }
        let mut records = held.full;
        records.push(held.open.finish());
        Some(HeldBack { records, count: held.count })
    }
}
