//! From the names that people use to workflows, groups and positions, and what to say if there is no such thing.

use super::{Refused, wrong};
use crate::Core;
use crate::state::{Group, Stretch, Workflow, stretches};
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
            (Some(first), Some(last)) => format!(
                "there are {} workflows, {first} to {last}",
                self.state.workflows.len()
            ),
        };
        Err(wrong(format!("workflow {id} does not exist; {there}")))
    }

    /// The tasks that are meant, by group.
    pub(crate) fn select(&self, of: &Selector) -> Result<Vec<Stretch>, Refused> {
        let workflow = self.find_workflow(of.workflow)?;
        let Some(name) = &of.group else {
            if of.indices.is_some() && workflow.groups.len() > 1 {
                return Err(wrong("indices without the name of a task mean nothing"));
            }
            let groups = workflow.groups.iter();
            let all = groups.flat_map(|group| select_in(group, of.indices));
            return Ok(all.collect());
        };
        let group = find_group(of.workflow, workflow, name)?;
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
    let names = || {
        workflow
            .groups
            .iter()
            .take(1000)
            .map(|group| group.spec.name.as_str())
    };
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
    let wanted = if first == last {
        first.to_string()
    } else {
        format!("{first} to {last}")
    };
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
    let ranges = match indices {
        None => vec![0..group.tasks()],
        Some((first, last)) => positions(&group.spec.shape, group.tasks(), first, last),
    };
    ranges.into_iter().map(|range| (id, range)).collect()
}

/// The positions of the tasks whose indices are between `first` and `last`.
fn positions(shape: &Shape, tasks: u32, first: u32, last: u32) -> Vec<Range<u32>> {
    match shape {
        Shape::Indices(_) => {
            let within = |position| (first..=last).contains(&shape.index(position));
            stretches(0..tasks, within).collect()
        }
        Shape::Single | Shape::Items(_) | Shape::Matrix(_) => {
            let range = first.min(tasks)..last.saturating_add(1).min(tasks);
            (!range.is_empty()).then_some(range).into_iter().collect()
        }
    }
}
