//! Dropping a workflow: those that needed it remember how it ended, and those that it needed forget it.

use super::State;
use super::group::Source;
use godwit_common::ids::{GroupId, WorkflowId};

impl State {
    /// Before a workflow is dropped: what it still means to others.
    pub(super) fn detach(&mut self, id: WorkflowId) {
        let Some(workflow) = self.workflows.get(&id) else {
            return;
        };
        let workflow_source = (Source::Workflow(id), workflow.is_complete());
        let mut dependents: Vec<(GroupId, Source, bool)> = Vec::new();
        let mut sources: Vec<Source> = Vec::new();
        dependents.extend(workflow.dependents.iter().map(|d| (*d, workflow_source.0, workflow_source.1)));
        for group in &workflow.groups {
            let (source, complete) = (Source::Group(group.spec.id), group.is_complete());
            let others = group.dependents.iter().filter(|d| d.group.workflow != id);
            dependents.extend(others.map(|dependent| (dependent.group, source, complete)));
            sources.extend(group.needs.iter().map(|need| need.source));
        }
        for (dependent, source, complete) in dependents {
            self.resettle(dependent, source, complete, id);
        }
        for source in sources {
            self.unregister(source, id);
        }
    }

    fn resettle(&mut self, dependent: GroupId, source: Source, complete: bool, id: WorkflowId) {
        if let Some(workflow) = self.workflows.get_mut(&dependent.workflow) {
            workflow.earlier.remove(&id);
        }
        let Some(group) = self.group_mut(dependent) else {
            return;
        };
        let instead = if complete { Source::Met } else { Source::Gone(id) };
        for need in group.needs.iter_mut().filter(|need| need.source == source) {
            need.source = instead;
        }
    }

    fn unregister(&mut self, source: Source, gone: WorkflowId) {
        match source {
            Source::Group(id) if id.workflow != gone => {
                if let Some(target) = self.group_mut(id) {
                    target.dependents.retain(|dependent| dependent.group.workflow != gone);
                }
            }
            Source::Workflow(id) => {
                if let Some(target) = self.workflows.get_mut(&id) {
                    target.dependents.retain(|dependent| dependent.workflow != gone);
                }
            }
            Source::Group(_) | Source::Met | Source::Gone(_) => {}
        }
    }
}
