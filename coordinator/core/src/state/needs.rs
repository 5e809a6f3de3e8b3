//! Which tasks may run and which never can, by what they need.
//!
//! Nothing is stored per task: a task may run when its group has no open barrier and the task at the same position of
//! every group that it needs element by element has succeeded.

use super::group::{Source, stretches};
use super::{State, Status, Stretch};
use godwit_common::ids::{GroupId, TaskId};
use std::ops::Range;

impl State {
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
            Source::Group(source) => {
                self.group(source).is_some_and(|group| group.status(position) == Some(Status::Succeeded))
            }
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
}
