//! When outcomes are saved: at once, later, or never, as the mode of their workflow says.
//!
//! What is saved later is applied at once like everything else, and held back encoded, in its order, until it is
//! appended. After a crash it never happened: its tasks are pending again. So that nothing is ever half there, two rules
//! hold. What is appended of a workflow was preceded by all that is held back of it, and of every workflow that it
//! needs. And a record that asks how a workflow stands (a later one that needs it, a retry, a cancel, forgetting it) has
//! all that is held back of that workflow appended before.
//!
//! Budgets that were used are appended at once in every mode but `off`: they say nothing about how a task ended.

use crate::Core;
use crate::action::Action;
use crate::hold::Mode;
use crate::record::{OutcomesWriter, Record};
use crate::unsaved::HeldBack;
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::ids::WorkflowId;
use godwit_common::workflow::{Target, Workflow};
use std::collections::BTreeSet;

/// What is done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saving {
    /// It is appended.
    Now,
    /// It is held back with the others of its workflow.
    Later(WorkflowId),
    /// Only the number of the workflow is appended.
    Number(WorkflowId),
    /// It is forgotten with the coordinator.
    Never,
}

impl Core {
    /// What is to be done with a record that is about to be applied.
    pub(crate) fn saving(&self, record: &Record) -> Saving {
        let Some(id) = record.workflow() else {
            return Saving::Now;
        };
        let mode = match record {
            Record::Submitted { spec, .. } => spec.checkpoint.unwrap_or_default(),
            _ => self.state.workflow(id).map(|workflow| workflow.checkpoint).unwrap_or_default(),
        };
        match mode {
            CheckpointMode::Off if matches!(record, Record::Submitted { .. }) => Saving::Number(id),
            CheckpointMode::Off => Saving::Never,
            mode if record.is_outcome() && self.holds_back(mode) => Saving::Later(id),
            _ => Saving::Now,
        }
    }

    /// Checks what is held back: only of whom it may be, and that it will be appended.
    pub(crate) fn check_saving(&self) -> Result<(), String> {
        if self.open.is_some() {
            return Err("outcomes of this event were left behind".to_owned());
        }
        for id in self.unsaved.ids() {
            let workflow = self.state.workflow(id);
            let workflow = workflow.ok_or_else(|| format!("outcomes of workflow {id}, which is gone"))?;
            let mode = workflow.checkpoint;
            let late = workflow.pending() == 0 && mode != CheckpointMode::Manual;
            let count = self.unsaved.count(id);
            if !self.holds_back(mode) || late || count == 0 || count > workflow.tally.ended() {
                return Err(format!("{count} outcomes of workflow {id} are held back in mode {mode}"));
            }
            if (mode == CheckpointMode::Periodic) != self.unsaved.has_time(id) {
                return Err(format!("the time to save workflow {id} is wrong"));
            }
        }
        self.unsaved.check()
    }

    /// Whether outcomes are held back. Whoever is about to leave holds back only what nobody wants saved yet.
    fn holds_back(&self, mode: CheckpointMode) -> bool {
        match mode {
            CheckpointMode::TaskExit | CheckpointMode::Off => false,
            CheckpointMode::Periodic | CheckpointMode::WorkflowExit => self.mode == Mode::Open,
            CheckpointMode::Manual => true,
        }
    }

    /// Appends what a record rests on before that record is.
    pub(crate) fn save_before(&mut self, record: &Record, out: &mut Vec<Action>) {
        if self.unsaved.is_empty() {
            return;
        }
        match record {
            Record::Submitted { spec, .. } => self.save_all(needed_by(spec), out),
            Record::Done { .. }
            | Record::Reused { .. }
            | Record::Settled { .. }
            | Record::Reopened { .. }
            | Record::Forgotten { .. } => self.save_all(record.workflow(), out),
            // Which results there are, and which is the newest, depends on all that were recorded before.
            Record::Imported { .. } | Record::Pruned { .. } => self.save_everything(out),
            _ => 0,
        };
    }

    /// Appends, defers or drops a record that was applied.
    pub(crate) fn save_record(&mut self, record: Record, saving: Saving, out: &mut Vec<Action>) {
        match saving {
            Saving::Now => self.append(record, out),
            Saving::Number(workflow) => self.append(Record::NumberUsed { workflow }, out),
            Saving::Later(id) => self.hold_back(id, &record, out),
            Saving::Never => {}
        }
    }

    fn hold_back(&mut self, id: WorkflowId, record: &Record, out: &mut Vec<Action>) {
        let Some(workflow) = self.state.workflow(id) else {
            return;
        };
        let period = workflow.checkpoint_period.unwrap_or(self.settings.checkpoint_period);
        let periodic = workflow.checkpoint == CheckpointMode::Periodic;
        let over = workflow.pending() == 0 && workflow.checkpoint != CheckpointMode::Manual;
        self.unsaved.push(id, record, periodic.then(|| self.now + period));
        if over {
            self.save(id, out);
        }
    }

    /// Appends what is held back of a workflow, and of those that it needs; says how many outcomes that were.
    pub(crate) fn save(&mut self, id: WorkflowId, out: &mut Vec<Action>) -> u64 {
        self.save_all([id], out)
    }

    /// Appends what is held back of these workflows, and of those that they need.
    fn save_all(&mut self, ids: impl IntoIterator<Item = WorkflowId>, out: &mut Vec<Action>) -> u64 {
        let earlier = |id: WorkflowId| {
            let workflow = self.state.workflow(id);
            workflow.into_iter().flat_map(|workflow| workflow.earlier.iter().copied())
        };
        let mut rest: Vec<WorkflowId> = Vec::new();
        for id in ids {
            rest.push(id);
            rest.extend(earlier(id));
        }
        let mut wanted: BTreeSet<WorkflowId> = BTreeSet::new();
        while let Some(id) = rest.pop() {
            // A workflow of which nothing is held back rests on nothing that is.
            if self.unsaved.count(id) > 0 && wanted.insert(id) {
                rest.extend(earlier(id));
            }
        }
        // A workflow needs earlier ones only.
        wanted.into_iter().map(|id| self.append_held_back(id, out)).sum()
    }

    fn append_held_back(&mut self, id: WorkflowId, out: &mut Vec<Action>) -> u64 {
        let Some(held) = self.unsaved.take(id) else {
            return 0;
        };
        self.changed.insert(id);
        self.close_outcomes(out);
        let HeldBack { records, count } = held;
        for record in records {
            self.appended.0 += 1;
            out.push(Action::Append(self.appended, record));
        }
        count
    }

    /// Appends what is held back by now and whose time has come.
    pub(crate) fn save_due(&mut self, out: &mut Vec<Action>) {
        while let Some(id) = self.unsaved.over_due(self.now) {
            self.save(id, out);
        }
    }

    /// Appends all that is held back only until the coordinator leaves.
    pub(crate) fn save_at_exit(&mut self, out: &mut Vec<Action>) {
        let manual = |id: &WorkflowId| {
            let workflow = self.state.workflow(*id);
            workflow.is_some_and(|workflow| workflow.checkpoint == CheckpointMode::Manual)
        };
        let ids: Vec<WorkflowId> = self.unsaved.ids().filter(|id| !manual(id)).collect();
        self.save_all(ids, out);
    }

    /// Appends all that is held back, and says how many outcomes that were.
    pub(crate) fn save_everything(&mut self, out: &mut Vec<Action>) -> u64 {
        let ids: Vec<WorkflowId> = self.unsaved.ids().collect();
        self.save_all(ids, out)
    }

    /// Appends a record. Outcomes that follow each other become one record.
    fn append(&mut self, record: Record, out: &mut Vec<Action>) {
        if !record.is_outcome() {
            self.close_outcomes(out);
            self.appended.0 += 1;
            return out.push(Action::Append(self.appended, record));
        }
        if self.open.as_ref().is_some_and(OutcomesWriter::is_full) {
            self.close_outcomes(out);
        }
        let open = self.open.get_or_insert_with(|| {
            self.appended.0 += 1;
            OutcomesWriter::default()
        });
        open.push(&record);
    }

    /// The last record has all its outcomes.
    pub(crate) fn close_outcomes(&mut self, out: &mut Vec<Action>) {
        if let Some(open) = self.open.take() {
            out.push(Action::Append(self.appended, open.finish()));
        }
    }
}

/// Earlier workflows that a submission names.
pub(crate) fn needed_by(spec: &Workflow) -> impl Iterator<Item = WorkflowId> + '_ {
    spec.groups.iter().flat_map(|group| &group.needs).filter_map(|need| match need.on {
        Target::Earlier { workflow, .. } => Some(workflow),
        Target::Group(_) => None,
    })
}
