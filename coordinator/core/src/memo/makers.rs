//! Which task makes a file: an index over the declared outputs of a workflow, sixteen bytes for each.
//!
//! A hash that fits is only a hint: the path is filled in again and compared. Not durable; made when a workflow's first
//! key is asked for, a bounded piece at a time.

use crate::state::{State, Workflow};
use godwit_common::ids::{GroupId, TaskId, WorkflowId};
use godwit_common::message::worker::GroupSpec;
use godwit_common::reading::absolute;
use godwit_common::template::{Template, Values};
use std::hash::{DefaultHasher, Hasher};

/// The outputs of one workflow by hash of their paths.
#[derive(Debug, Default)]
pub(crate) struct Makers {
    /// Hash, group and position; sorted when it is complete.
    entries: Vec<(u64, u32, u32)>,
    /// The group and position that come next.
    next: (u32, u32),
    complete: bool,
}

/// Who makes a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Maker {
    Nobody,
    /// This task, as its output at this place.
    Task(TaskId, usize),
    /// More than one task declares it.
    Several,
}

impl Makers {
    /// Goes on with the index, by at most as many outputs as `budget` says, and says whether it is complete.
    pub(crate) fn build(&mut self, workflow: &Workflow, budget: &mut usize) -> bool {
        while let Some(group) = workflow.groups.get(self.next.0 as usize).filter(|_| !self.complete) {
            let outputs = group.spec.task.outputs.len();
            while self.next.1 < group.tasks() && outputs > 0 {
                if *budget == 0 {
                    return false;
                }
                *budget = budget.saturating_sub(outputs);
                for path in outputs_of(&group.spec, self.next.1) {
                    self.entries.push((hash(&path), self.next.0, self.next.1));
                }
                self.next.1 += 1;
            }
            self.next = (self.next.0 + 1, 0);
        }
        if !self.complete {
            self.entries.sort_unstable();
            self.entries.shrink_to_fit();
            self.complete = true;
        }
        true
    }

    /// Whether no task of the workflow makes anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    pub(crate) fn maker(&self, state: &State, workflow: WorkflowId, path: &str) -> Maker {
        let wanted = hash(path);
        let first = self.entries.partition_point(|(hash, ..)| *hash < wanted);
        let mut found = Maker::Nobody;
        for (_, group, position) in self.entries[first..].iter().take_while(|(hash, ..)| *hash == wanted) {
            let task = GroupId { workflow, group: *group }.task(*position);
            let Some(place) = place_of(state, task, path) else { continue };
            match found {
                Maker::Task(other, _) if other == task => {}
                Maker::Nobody => found = Maker::Task(task, place),
                Maker::Task(..) | Maker::Several => return Maker::Several,
            }
        }
        found
    }
}

fn place_of(state: &State, task: TaskId, path: &str) -> Option<usize> {
    let spec = &state.group(task.group)?.spec;
    outputs_of(spec, task.position).position(|output| output == path)
}

/// The values that fill in paths of a task.
pub(crate) fn values(spec: &GroupSpec, position: u32) -> Values<'_> {
    Values { shape: &spec.shape, position, attempt: 1, workflow: spec.id.workflow.0, results: &[] }
}

/// The absolute paths of a task's outputs, in order.
pub(crate) fn outputs_of(spec: &GroupSpec, position: u32) -> impl Iterator<Item = String> + '_ {
    let values = values(spec, position);
    let cwd = spec.task.cwd.render(&values);
    spec.task.outputs.iter().map(move |output: &Template| absolute(&cwd, &output.render(&values)))
}

fn hash(path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(path.as_bytes());
    hasher.finish()
}
