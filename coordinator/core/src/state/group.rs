//! The durable part of a group: a byte for each task, counters, and a sparse map for tasks with a history.

use super::briefs::{Brief, Briefs};
use super::history::History;
use super::status::{Status, Tally};
use godwit_common::ids::{GroupId, WorkflowId};
use godwit_common::message::worker::GroupSpec;
use godwit_common::task::TaskSpec;
use godwit_common::template::{Placeholder, Template};
use godwit_common::workflow::Dependency;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A group of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) spec: Arc<GroupSpec>,
    /// Whether something is to be found out about its tasks before they are queued: whether a result can serve, or what
    /// the values are that they ask for.
    pub(crate) is_prepared: bool,
    /// Whether its tasks ask for values of others.
    pub(crate) asks_values: bool,
    /// What it needs, resolved.
    pub(crate) needs: Vec<Need>,
    /// Groups that need it.
    pub(crate) dependents: Vec<Dependent>,
    /// Barriers among the needs that are not complete.
    pub(crate) barriers_open: u32,
    pub(crate) tally: Tally,
    statuses: Box<[Status]>,
    briefs: Briefs,
    histories: BTreeMap<u32, History>,
}

/// A need whose target was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) source: Source,
    pub(crate) by: Dependency,
}

/// What is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// This group.
    Group(GroupId),
    /// All groups of this earlier workflow; always a barrier.
    Workflow(WorkflowId),
    /// Something that succeeded and may be forgotten by now.
    Met,
    /// Something that had not wholly succeeded when its workflow was forgotten.
    Gone(WorkflowId),
}

/// A group that needs another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dependent {
    pub(crate) group: GroupId,
    pub(crate) by: Dependency,
}

impl Group {
    pub(crate) fn new(spec: GroupSpec, needs: Vec<Need>) -> Group {
        let tasks = spec.shape.len() as usize;
        Group {
            is_prepared: spec.task.is_memoized() || asks_values(&spec.task),
            asks_values: asks_values(&spec.task),
            spec: Arc::new(spec),
            needs,
            dependents: Vec::new(),
            barriers_open: 0,
            tally: Tally::default(),
            statuses: vec![Status::Pending; tasks].into(),
            briefs: Briefs::default(),
            histories: BTreeMap::new(),
        }
    }

    /// Number of tasks.
    pub(crate) fn tasks(&self) -> u32 {
        u32::try_from(self.statuses.len()).expect("a shape has fewer than 2^32 tasks")
    }

    /// Tasks without an outcome.
    pub(crate) fn pending(&self) -> u64 {
        self.statuses.len() as u64 - self.tally.ended()
    }

    /// Whether every task succeeded.
    pub(crate) fn is_complete(&self) -> bool {
        self.tally.succeeded == self.statuses.len() as u64
    }

    /// The status at `position`, if there is such a task.
    pub(crate) fn status(&self, position: u32) -> Option<Status> {
        self.statuses.get(position as usize).copied()
    }

    /// The stretches of `range` whose tasks have a status that `wanted` accepts.
    pub(crate) fn stretches<'a>(
        &'a self,
        range: Range<u32>,
        wanted: impl Fn(Status) -> bool + 'a,
    ) -> impl Iterator<Item = Range<u32>> + 'a {
        let end = range.end.min(self.tasks());
        stretches(range.start..end, move |position| wanted(self.statuses[position as usize]))
    }

    /// The stretches of `range` that have no outcome.
    pub(crate) fn pending_in(&self, range: Range<u32>) -> impl Iterator<Item = Range<u32>> + '_ {
        let whole = self.tally.ended() == 0;
        let range = range.start..range.end.min(self.tasks());
        let all = (whole && !range.is_empty()).then(|| range.clone());
        let some = (!whole && self.pending() > 0).then(|| self.stretches(range, |s| s == Status::Pending));
        all.into_iter().chain(some.into_iter().flatten())
    }

    /// Gives the tasks of `range`, which all have the status `from`, the status `to`.
    pub(super) fn turn(&mut self, range: Range<u32>, from: Status, to: Status) {
        let count = u64::from(range.end - range.start);
        self.tally.subtract(from, count);
        self.tally.add(to, count);
        self.statuses[range.start as usize..range.end as usize].fill(to);
    }

    pub(super) fn set_brief(&mut self, position: u32, brief: &Brief) {
        let tasks = self.tasks();
        self.briefs.set(position, tasks, brief);
    }

    /// How the task at `position` succeeded.
    pub(crate) fn brief(&self, position: u32) -> Option<Brief> {
        self.briefs.get(position)
    }

    /// What else is remembered of the task at `position`.
    pub(crate) fn history(&self, position: u32) -> Option<&History> {
        self.histories.get(&position)
    }

    pub(super) fn history_mut(&mut self, position: u32) -> &mut History {
        self.histories.entry(position).or_default()
    }

    /// All histories, by position.
    pub(super) fn histories(&self) -> impl Iterator<Item = (u32, &History)> {
        self.histories.iter().map(|(position, history)| (*position, history))
    }

    pub(super) fn histories_mut(&mut self, range: Range<u32>) -> impl Iterator<Item = &mut History> {
        self.histories.range_mut(range).map(|(_, history)| history)
    }

    /// Bytes that its tasks take up, without histories.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Group>() + size_of_val(&*self.statuses) + self.briefs.bytes()
    }

    /// Whether any of its tasks has a history.
    pub(crate) fn has_histories(&self) -> bool {
        !self.histories.is_empty()
    }

    pub(crate) fn barriers(&self) -> impl Iterator<Item = Source> + '_ {
        self.sources(Dependency::Barrier)
    }

    pub(crate) fn elements(&self) -> impl Iterator<Item = Source> + '_ {
        self.sources(Dependency::Elementwise)
    }

    fn sources(&self, by: Dependency) -> impl Iterator<Item = Source> + '_ {
        let needs = self.needs.iter();
        needs.filter(move |need| need.by == by).map(|need| need.source)
    }
}

fn asks_values(task: &TaskSpec) -> bool {
    let asks = |template: &Template| template.placeholders().any(|p| matches!(p, Placeholder::Result(_)));
    task.templates().any(|(_, template)| asks(template))
}

/// The stretches of `range` at whose positions `holds`.
pub(crate) fn stretches(range: Range<u32>, holds: impl Fn(u32) -> bool) -> impl Iterator<Item = Range<u32>> {
    let mut rest = range;
    std::iter::from_fn(move || {
        let start = rest.find(|position| holds(*position))?;
        let end = rest.find(|position| !holds(*position)).unwrap_or(rest.end);
        Some(start..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_maximal() {
        let holds = |position: u32| [0, 1, 4, 7, 8, 9].contains(&position);
        let found: Vec<_> = stretches(0..10, holds).collect();
        assert_eq!(found, [0..2, 4..5, 7..10]);
        let inner: Vec<_> = stretches(1..9, holds).collect();
        assert_eq!(inner, [1..2, 4..5, 7..9]);
        assert_eq!(stretches(2..4, holds).count(), 0);
    }
}
