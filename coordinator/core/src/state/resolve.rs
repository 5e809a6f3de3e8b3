//! Finding what a group needs: groups of its own workflow, or of earlier ones.

use super::group::{Dependent, Need, Source};
use super::{State, Workflow};
use godwit_common::ids::{GroupId, WorkflowId};
use godwit_common::nearest::hint;
use godwit_common::workflow::{self, Dependency, Target};

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
            Target::Earlier { workflow, group: name } => {
                self.earlier(*workflow, name.as_deref(), group, need.by)
            }
        };
        let needs = group.needs.iter().map(resolve);
        needs.collect::<Result<_, _>>().map_err(|fault| format!("task '{}' needs {fault}", group.name))
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
            (Some(name), _) => workflow.group_named(name).ok_or_else(|| unknown(id, workflow, name))?,
            (None, Dependency::Elementwise) if workflow.groups.len() == 1 => 0,
            (None, Dependency::Elementwise) => {
                return Err(format!("workflow {id} element by element, which has several tasks; name one"));
            }
            (None, Dependency::Barrier) => {
                let source = if workflow.is_complete() { Source::Met } else { Source::Workflow(id) };
                return Ok(Need { source, by });
            }
        };
        let target = &workflow.groups[position as usize];
        if by == Dependency::Elementwise {
            same_size(&target.spec.name, u64::from(target.tasks()), group.shape.count())?;
        }
        let source = if target.is_complete() { Source::Met } else { Source::Group(target.spec.id) };
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
            self.note_earlier(id.workflow, need.source);
            match need.source {
                Source::Group(source) => {
                    if let Some(target) = self.group_mut(source) {
                        target.dependents.push(Dependent { group: id, by: need.by });
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
}

impl State {
    fn note_earlier(&mut self, id: WorkflowId, source: Source) {
        let earlier = match source {
            Source::Group(group) => group.workflow,
            Source::Workflow(workflow) => workflow,
            Source::Met | Source::Gone(_) => return,
        };
        if let Some(workflow) = self.workflows.get_mut(&id).filter(|_| earlier != id) {
            workflow.earlier.insert(earlier);
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
    let source = Source::Group(GroupId { workflow: id, group: position });
    Ok(Need { source, by })
}

fn unknown(id: WorkflowId, workflow: &Workflow, name: &str) -> String {
    let names = workflow.groups.iter().take(1000);
    let hint = hint(name, names.map(|group| group.spec.name.as_str()));
    format!("{id}/{name}, but workflow {id} has no task '{name}'{hint}")
}

fn same_size(name: &str, has: u64, wanted: u64) -> Result<(), String> {
    if has == wanted {
        return Ok(());
    }
    Err(format!("'{name}' element by element, but '{name}' has {has} tasks and it has {wanted} itself"))
}
