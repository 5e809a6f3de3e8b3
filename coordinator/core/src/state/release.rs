//! What follows for others when tasks end: some may go on, some never will.

use super::group::Group;
use super::{Effects, State};
use godwit_common::ids::{GroupId, WorkflowId};
use godwit_common::workflow::Dependency;
use std::ops::Range;

impl State {
    /// Tasks of a stretch succeeded: what does that let go on?
    pub(super) fn release(&mut self, id: GroupId, range: Range<u32>, effects: &mut Effects) {
        let Some(group) = self.group(id) else { return };
        let complete = group.is_complete();
        for index in 0..group.dependents.len() {
            let Some(dependent) = self.group(id).and_then(|g| g.dependents.get(index)).copied() else {
                continue;
            };
            match dependent.by {
                Dependency::Elementwise => {
                    self.ready_in(dependent.group, range.clone(), &mut effects.released);
                }
                Dependency::Barrier if complete => self.open_barrier(dependent.group, effects),
                Dependency::Barrier => {}
            }
        }
        if complete {
            self.release_workflow(id.workflow, effects);
        }
    }

    fn release_workflow(&mut self, id: WorkflowId, effects: &mut Effects) {
        let Some(workflow) = self.workflows.get(&id).filter(|w| w.is_complete()) else {
            return;
        };
        for dependent in workflow.dependents.clone() {
            self.open_barrier(dependent, effects);
        }
    }

    fn open_barrier(&mut self, id: GroupId, effects: &mut Effects) {
        let Some(group) = self.group_mut(id) else { return };
        group.barriers_open = group.barriers_open.saturating_sub(1);
        let all = 0..group.tasks();
        self.ready_in(id, all, &mut effects.released);
    }

    /// Tasks of a stretch ended without success: what does that let down?
    pub(super) fn let_down(&self, id: GroupId, range: &Range<u32>, effects: &mut Effects) {
        let Some(group) = self.group(id) else { return };
        for dependent in &group.dependents {
            let Some(target) = self.group(dependent.group) else {
                continue;
            };
            let range = match dependent.by {
                Dependency::Barrier => 0..target.tasks(),
                Dependency::Elementwise => range.clone(),
            };
            self.doom(dependent.group, target, range, effects);
        }
        let workflow = self.workflows.get(&id.workflow);
        for dependent in workflow.iter().flat_map(|workflow| &workflow.dependents) {
            if let Some(target) = self.group(*dependent) {
                self.doom(*dependent, target, 0..target.tasks(), effects);
            }
        }
    }

    fn doom(&self, id: GroupId, group: &Group, range: Range<u32>, effects: &mut Effects) {
        effects.doomed.extend(group.pending_in(range).map(|range| (id, range)));
    }
}
