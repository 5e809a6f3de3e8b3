//! Dependencies between groups: how they are found, and which tasks they let go on or let down.
//!
//! Nothing is stored per task: a task may run when its group has no open barrier and the task at the same position of
//! every group that it needs element by element has succeeded.

use super::group::{Dependent, Group, Need, Source, stretches};
use super::{Effects, State, Status, Stretch};
use godwit_common::ids::{GroupId, TaskId, WorkflowId};
use godwit_common::nearest::hint;
use godwit_common::workflow::{self, Dependency, Target};
use std::ops::Range;

impl State {
    /// Finds what a group needs. `groups` are those of its own workflow, `id`.
    ///
    /// # Errors
    /// A sentence that says what is not there.
    pub(super) fn resolve(
        &self,
        id: WorkflowId,
        groups: &[workflow::Group],
        group: &workflow::Group,
    ) -> Result<Vec<Need>, String> {
        let resolve = |need: &workflow::Need| match &need.on {
            Target::Group(position) => inner(id, groups, group, *position, need.by),
            Target::Earlier {
                workflow,
                group: name,
            } => self.earlier(*workflow, name.as_deref(), group, need.by),
        };
        let needs = group.needs.iter().map(resolve);
        needs
            .collect::<Result<_, _>>()
            .map_err(|fault| format!("task '{}' needs {fault}", group.name))
    }

    fn earlier(
        &self,
        id: WorkflowId,
        name: Option<&str>,
        group: &workflow::Group,
        by: Dependency,
    ) -> Result<Need, String> {
        let Some(workflow) = self.workflows.get(&id) else {
            return Err(format!("workflow {id}, which does not exist"));
        };
        let position = match (name, by) {
            (Some(name), _) => Some(workflow.group_named(name).ok_or_else(|| {
                let names = workflow.groups.iter().take(1000);
                let hint = hint(name, names.map(|group| group.spec.name.as_str()));
                format!("{id}/{name}, but workflow {id} has no task '{name}'{hint}")
            })?),
            (None, Dependency::Elementwise) if workflow.groups.len() == 1 => Some(0),
            (None, Dependency::Elementwise) => {
                return Err(format!(
                    "workflow {id} element by element, which has several tasks; name one"
                ));
            }
            (None, Dependency::Barrier) => None,
        };
        let Some(position) = position else {
            let source = if workflow.is_complete() {
                Source::Met
            } else {
                Source::Workflow(id)
            };
            return Ok(Need { source, by });
        };
        let target = &workflow.groups[position as usize];
        if by == Dependency::Elementwise {
            same_size(&target.spec.name, u64::from(target.tasks()), group.shape.count())?;
        }
        let source = if target.is_complete() {
            Source::Met
        } else {
            Source::Group(target.spec.id)
        };
        Ok(Need { source, by })
    }

    /// Tells the targets of the group's needs that the group depends on them.
    pub(super) fn register(&mut self, id: GroupId) {
        let Some(group) = self.group(id) else { return };
        let needs = group.needs.clone();
        let mut barriers = 0;
        for need in needs {
            if need.by == Dependency::Barrier && need.source != Source::Met {
                barriers += 1;
            }
            match need.source {
                Source::Group(source) => {
                    if let Some(target) = self.group_mut(source) {
                        target.dependents.push(Dependent {
                            group: id,
                            by: need.by,
                        });
                    }
                }
                Source::Workflow(source) => {
                    if let Some(target) = self.workflows.get_mut(&source) {
                        target.dependents.push(id);
                    }
                }
                Source::Met | Source::Gone(_) => {}
            }
        }
        if let Some(group) = self.group_mut(id) {
            group.barriers_open = barriers;
        }
    }

    /// The pending tasks of a stretch whose needs are all met.
    pub(crate) fn ready_in(&self, id: GroupId, range: Range<u32>, found: &mut Vec<Stretch>) {
        let Some(group) = self.group(id).filter(|group| group.barriers_open == 0) else {
            return;
        };
        let sources: Vec<Source> = group.elements().filter(|s| *s != Source::Met).collect();
        if sources.is_empty() {
            found.extend(group.pending_in(range).map(|range| (id, range)));
            return;
        }
        let end = range.end.min(group.tasks());
        let ready = |position| {
            group.status(position) == Some(Status::Pending)
                && sources.iter().all(|source| self.element_met(*source, position))
        };
        found.extend(stretches(range.start..end, ready).map(|range| (id, range)));
    }

    /// Whether all that a task needs has succeeded.
    pub(crate) fn is_released(&self, task: TaskId) -> bool {
        let Some(group) = self.group(task.group) else {
            return false;
        };
        let met = |source| self.element_met(source, task.position);
        group.barriers_open == 0 && group.elements().all(met)
    }

    fn element_met(&self, source: Source, position: u32) -> bool {
        match source {
            Source::Met => true,
            Source::Group(source) => self
                .group(source)
                .is_some_and(|group| group.status(position) == Some(Status::Succeeded)),
            Source::Workflow(_) | Source::Gone(_) => false,
        }
    }

    /// The pending tasks of a group that can never run because something that they need did not succeed.
    pub(crate) fn doomed_of(&self, id: GroupId, found: &mut Vec<Stretch>) {
        let Some(group) = self.group(id) else { return };
        let all = 0..group.tasks();
        if group.needs.is_empty() || group.pending() == 0 {
            return;
        }
        if group.barriers().any(|source| self.has_failed(source)) {
            found.extend(group.pending_in(all).map(|range| (id, range)));
            return;
        }
        for source in group.elements().filter(|source| self.has_failed(*source)) {
            let doomed = |position| {
                group.status(position) == Some(Status::Pending) && self.element_failed(source, position)
            };
            found.extend(stretches(all.clone(), doomed).map(|range| (id, range)));
        }
    }

    fn has_failed(&self, source: Source) -> bool {
        match source {
            Source::Met => false,
            Source::Gone(_) => true,
            Source::Group(id) => self.group(id).is_none_or(|group| group.tally.unsuccessful() > 0),
            Source::Workflow(id) => {
                let workflow = self.workflows.get(&id);
                workflow.is_none_or(|workflow| workflow.tally.unsuccessful() > 0)
            }
        }
    }

    fn element_failed(&self, source: Source, position: u32) -> bool {
        let Source::Group(id) = source else {
            return source != Source::Met;
        };
        let status = self.group(id).and_then(|group| group.status(position));
        !matches!(status, Some(Status::Pending | Status::Succeeded))
    }

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
        effects
            .doomed
            .extend(group.pending_in(range).map(|range| (id, range)));
    }

    /// Before a workflow is dropped: what it still means to others.
    pub(super) fn detach(&mut self, id: WorkflowId) {
        let Some(workflow) = self.workflows.get(&id) else {
            return;
        };
        let workflow_source = (Source::Workflow(id), workflow.is_complete());
        let mut dependents: Vec<(GroupId, Source, bool)> = Vec::new();
        let mut sources: Vec<Source> = Vec::new();
        dependents.extend(
            workflow
                .dependents
                .iter()
                .map(|d| (*d, workflow_source.0, workflow_source.1)),
        );
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
                    target
                        .dependents
                        .retain(|dependent| dependent.group.workflow != gone);
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

fn inner(
    id: WorkflowId,
    groups: &[workflow::Group],
    group: &workflow::Group,
    position: u32,
    by: Dependency,
) -> Result<Need, String> {
    let Some(target) = groups.get(position as usize) else {
        return Err(format!("the task at position {position}, which is not there"));
    };
    if by == Dependency::Elementwise {
        same_size(&target.name, target.shape.count(), group.shape.count())?;
    }
    let source = Source::Group(GroupId {
        workflow: id,
        group: position,
    });
    Ok(Need { source, by })
}

fn same_size(name: &str, has: u64, wanted: u64) -> Result<(), String> {
    if has == wanted {
        return Ok(());
    }
    Err(format!(
        "'{name}' element by element, but '{name}' has {has} tasks and it has {wanted} itself"
    ))
}
