//! From the names that people use to workflows, groups and positions, and what to say if there is no such thing.

use super::{Refused, wrong};
use crate::Core;
use crate::state::{Group, Stretch, Workflow};
use godwit_common::ids::{GroupId, TaskId, WorkflowId};
use godwit_common::message::client::{Selector, TaskReference};
use godwit_common::nearest::hint;
use godwit_common::shape::Shape;
use std::ops::Range;

/// Names in a sentence that lists what there is.
const NAMES_LISTED: usize = 8;

impl Core {
    pub(crate) fn find_workflow(&self, id: WorkflowId) -> Result<&Workflow, Refused> {
        if let Some(workflow) = self.state.workflow(id) {
            return Ok(workflow);
        }
        let mut known = self.state.workflows.keys();
        let there = match (known.next(), known.next_back()) {
            (None, _) => "there are no workflows".to_owned(),
            (Some(only), None) => format!("the only workflow is {only}"),
            (Some(first), Some(last)) => {
                format!("there are {} workflows, {first} to {last}", self.state.workflows.len())
            }
        };
        Err(wrong(format!("workflow {id} does not exist; {there}")))
    }

    /// The tasks that are meant, by group.
    pub(crate) fn select(&self, of: &Selector) -> Result<Vec<Stretch>, Refused> {
        let workflow = self.find_workflow(of.workflow)?;
        let group = match (&of.group, workflow.groups.as_slice()) {
            (Some(name), _) => find_group(of.workflow, workflow, name)?,
            (None, [only]) => only,
            (None, _) if of.indices.is_some() => {
                return Err(wrong("indices without the name of a task mean nothing"));
            }
            (None, groups) => return Ok(groups.iter().flat_map(|group| select_in(group, None)).collect()),
        };
        let found = select_in(group, of.indices);
        match (found.is_empty(), of.indices) {
            (true, Some((first, last))) => Err(no_index(of.workflow, group, first, last)),
            _ => Ok(found),
        }
    }

    /// The task that is meant.
    pub(crate) fn find_task(&self, reference: &TaskReference) -> Result<TaskId, Refused> {
        let workflow = self.find_workflow(reference.workflow)?;
        let group = match (&reference.group, workflow.groups.as_slice()) {
            (Some(name), _) => find_group(reference.workflow, workflow, name)?,
            (None, [only]) => only,
            (None, groups) => {
                let names = listed(groups.iter().map(|group| group.spec.name.as_str()), groups.len());
                return Err(wrong(format!(
                    "workflow {} has several tasks, name one of them: {names}",
                    reference.workflow
                )));
            }
        };
        let position = match (reference.index, group.spec.shape.is_array()) {
            (Some(index), true) => group.spec.shape.position(index),
            (None | Some(0), false) => Some(0),
            (Some(_), false) => None,
            (None, true) if group.tasks() == 1 => Some(0),
            (None, true) => {
                let name = &group.spec.name;
                let index = group.spec.shape.index(0);
                return Err(wrong(format!(
                    "'{name}' is an array of {} tasks; name one, such as {name}[{index}]",
                    group.tasks()
                )));
            }
        };
        let index = reference.index.unwrap_or_default();
        let position = position.filter(|position| *position < group.tasks());
        let position = position.ok_or_else(|| no_index(reference.workflow, group, index, index))?;
        Ok(group.spec.id.task(position))
    }
}

fn find_group<'a>(id: WorkflowId, workflow: &'a Workflow, name: &str) -> Result<&'a Group, Refused> {
    if let Some(position) = workflow.group_named(name) {
        return Ok(&workflow.groups[position as usize]);
    }
    let names = || workflow.groups.iter().take(1000).map(|group| group.spec.name.as_str());
    let hint = hint(name, names());
    let there = if hint.is_empty() {
        format!("; its tasks are {}", listed(names(), workflow.groups.len()))
    } else {
        hint
    };
    Err(wrong(format!("workflow {id} has no task '{name}'{there}")))
}

fn listed<'a>(names: impl Iterator<Item = &'a str>, count: usize) -> String {
    let mut text = names.take(NAMES_LISTED).collect::<Vec<_>>().join(", ");
    if count > NAMES_LISTED {
        text.push_str(&format!(" and {} more", count - NAMES_LISTED));
    }
    text
}

fn no_index(id: WorkflowId, group: &Group, first: u32, last: u32) -> Refused {
    let shape = &group.spec.shape;
    let wanted = if first == last { first.to_string() } else { format!("{first} to {last}") };
    let there = if shape.is_array() {
        let (first, last) = (shape.index(0), shape.index(group.tasks() - 1));
        format!("its {} tasks have indices from {first} to {last}", group.tasks())
    } else {
        "it is a single task".to_owned()
    };
    wrong(format!("{id}/{} has no index {wanted}; {there}", group.spec.name))
}

fn select_in(group: &Group, indices: Option<(u32, u32)>) -> Vec<Stretch> {
    let id: GroupId = group.spec.id;
    let Some((first, last)) = indices else {
        return vec![(id, 0..group.tasks())];
    };
    let ranges = positions(&group.spec.shape, group.tasks(), first, last);
    ranges.into_iter().map(|range| (id, range)).collect()
}

/// The positions of the tasks whose indices are between `first` and `last`.
fn positions(shape: &Shape, tasks: u32, first: u32, last: u32) -> Vec<Range<u32>> {
    let Shape::Indices(ranges) = shape else {
        let range = first.min(tasks)..last.saturating_add(1).min(tasks);
        return Vec::from_iter((!range.is_empty()).then_some(range));
    };
    let mut found = Vec::new();
    let mut before = 0;
    for range in ranges {
        let count = u32::try_from(range.count()).unwrap_or(u32::MAX);
        let step = range.step.max(1);
        let low = first.saturating_sub(range.first).div_ceil(step);
        let high = last.checked_sub(range.first).map_or(0, |offset| (offset / step).saturating_add(1));
        let high = high.min(count);
        if low < high {
            found.push(before + low..before + high);
        }
        before = before.saturating_add(count);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use godwit_common::shape::IndexRange;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn positions_are_those_of_the_indices(
            starts in proptest::collection::vec((0u32..30, 0u32..30, 1u32..5), 1..4), first in 0u32..70, last in 0u32..70,
        ) {
            let range = |(first, width, step)| IndexRange { first, last: first + width, step };
            let shape = Shape::Indices(starts.into_iter().map(range).collect());
            let expected: Vec<u32> = (0..shape.len())
                .filter(|position| (first..=last).contains(&shape.index(*position)))
                .collect();
            let found: Vec<u32> = positions(&shape, shape.len(), first, last).into_iter().flatten().collect();
            prop_assert_eq!(found, expected);
        }
    }
}
