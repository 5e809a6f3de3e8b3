//! What the log says and what the core believes: the same where outcomes are saved at once, and never half there where
//! they are not.

use super::world::World;
use crate::record::Record;
use crate::state::{Effects, Group, Source, State, Status, Workflow};
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::ids::WorkflowId;
use std::collections::BTreeSet;

impl World {
    /// What the log says is what the core believes, but for what is not saved yet; and whatever prefix of the log a
    /// crash leaves makes sense.
    pub(super) fn check_replay(&self) {
        let replayed = replay(&self.log);
        let live = &self.core.state;
        let all_saved = self.core.unsaved.ids().next().is_none();
        if self.log.iter().all(is_saved_at_once) {
            assert_eq!(replayed, *live);
        }
        let off = off(live);
        let known: BTreeSet<WorkflowId> = replayed.workflows.keys().copied().collect();
        let expected = live.workflows.keys().copied().filter(|id| !off.contains(id)).collect();
        assert_eq!(known, expected);
        assert_eq!(replayed.next_workflow(), live.next_workflow());
        for (id, workflow) in &replayed.workflows {
            self.check_saved(*id, workflow, &live.workflows[id], &off);
        }
        let number = |record: &Record| matches!(record, Record::NumberUsed { .. });
        if all_saved && !self.log.iter().any(number) {
            assert_eq!(replayed.workers, live.workers);
        }
        let bases: Vec<Record> = replayed.base_records().collect();
        assert!(replay_only(&bases) == replayed, "a base says the same: {replayed:?}");
    }

    fn check_saved(&self, id: WorkflowId, saved: &Workflow, live: &Workflow, off: &BTreeSet<WorkflowId>) {
        let unsaved = self.core.unsaved.count(id);
        if unsaved == 0 {
            let saved = comparable(saved.clone(), off);
            return assert!(saved == comparable(live.clone(), off), "workflow {id}: {saved:?}");
        }
        let mut missing = 0;
        for (saved, live) in saved.groups.iter().zip(&live.groups) {
            for position in 0..live.tasks() {
                if saved.status(position) != live.status(position) {
                    assert_eq!(saved.status(position), Some(Status::Pending), "pending again");
                    missing += 1;
                }
            }
        }
        assert_eq!(missing, unsaved, "workflow {id}");
    }
}

/// Whether a record says nothing of a workflow that is saved later or never.
fn is_saved_at_once(record: &Record) -> bool {
    match record {
        Record::Submitted { spec, .. } => spec.checkpoint == Some(CheckpointMode::TaskExit),
        Record::NumberUsed { .. } => false,
        _ => true,
    }
}

/// The state that a log gives. Every prefix of it has to make sense.
fn replay(log: &[Record]) -> State {
    let (mut state, mut effects) = (State::default(), Effects::default());
    let mut reopened = false;
    for record in log {
        effects.clear();
        state.apply(record, &mut effects).expect("the record fits");
        reopened |= matches!(record, Record::Reopened { .. });
        let touched: BTreeSet<WorkflowId> = effects.ended.iter().map(|(group, _)| group.workflow).collect();
        touched.into_iter().for_each(|id| check_whole(&state, id, reopened));
    }
    state
}

pub(super) fn replay_only(records: &[Record]) -> State {
    let (mut state, mut effects) = (State::default(), Effects::default());
    for record in records {
        state.apply(record, &mut effects).expect("the record fits");
        assert_eq!(Record::decode(&record.encode()).as_ref(), Ok(record));
    }
    state
}

/// Whoever has an outcome has it for a reason that is there too.
fn check_whole(state: &State, id: WorkflowId, reopened: bool) {
    let Some(workflow) = state.workflow(id) else { return };
    for group in &workflow.groups {
        let gone = group.needs.iter().any(|need| matches!(need.source, Source::Gone(_)));
        for position in (0..group.tasks()).filter(|_| !gone) {
            let ran = matches!(group.status(position), Some(Status::Succeeded | Status::Failed));
            let task = group.spec.id.task(position);
            assert!(!ran || state.is_released(task), "{task:?} has run, and what it needs is not there");
            let skipped = group.status(position) == Some(Status::Skipped);
            assert!(!skipped || reopened || is_let_down(state, group, position), "{task:?} was skipped");
        }
    }
}

fn is_let_down(state: &State, group: &Group, position: u32) -> bool {
    let ended = |status: Option<Status>| status.is_some_and(Status::is_unsuccessful);
    let barrier = |source| match source {
        Source::Group(id) => state.group(id).is_some_and(|group| group.tally.unsuccessful() > 0),
        Source::Workflow(id) => state.workflow(id).is_some_and(|workflow| workflow.tally.unsuccessful() > 0),
        Source::Met | Source::Gone(_) => false,
    };
    let element = |source| match source {
        Source::Group(id) => ended(state.status(id.task(position))),
        _ => false,
    };
    group.barriers().any(barrier) || group.elements().any(element)
}

fn off(state: &State) -> BTreeSet<WorkflowId> {
    let off = state.workflows.iter().filter(|(_, workflow)| workflow.checkpoint == CheckpointMode::Off);
    off.map(|(id, _)| *id).collect()
}

/// A workflow as those know it that were never told of the workflows that are off, nor of what is not saved of others.
fn comparable(mut workflow: Workflow, off: &BTreeSet<WorkflowId>) -> Workflow {
    workflow.dependents.retain(|dependent| !off.contains(&dependent.workflow));
    for group in &mut workflow.groups {
        group.dependents.retain(|dependent| !off.contains(&dependent.group.workflow));
        group.barriers_open = 0;
    }
    workflow
}
