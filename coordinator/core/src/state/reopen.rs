//! Taking outcomes back: `godwit retry`.

use super::workflow::Workflow;
use super::{Group, Misfit, Source, State, Status};
use godwit_common::ids::{TaskId, WorkflowId};
use std::ops::Range;

impl State {
    pub(super) fn reopen(&mut self, id: WorkflowId, tasks: &[(TaskId, u32)]) -> Result<(), Misfit> {
        let workflow = self.workflow_mut(id)?;
        for (first, count) in tasks {
            let group = workflow.groups.get(first.group.group as usize);
            let group = group.filter(|_| first.workflow() == id);
            let range = first.position..first.position.saturating_add(*count);
            let fits = group.is_some_and(|group| {
                let mut stretches = group.stretches(range.clone(), Status::is_unsuccessful);
                !range.is_empty() && stretches.next() == Some(range.clone())
            });
            if !fits {
                return Err(Misfit("its tasks did not all end without success".to_owned()));
            }
        }
        for (first, count) in tasks {
            workflow.reopen(first.group.group, first.position..first.position + count);
        }
        if workflow.pending() > 0 {
            workflow.ended = None;
        }
        Ok(())
    }

    /// The tasks of a workflow that a retry would run again.
    pub(crate) fn reopenable(&self, workflow: &Workflow) -> Vec<(TaskId, u32)> {
        let unsuccessful = |group: &&Group| group.tally.unsuccessful() > 0;
        let groups = workflow.groups.iter().filter(unsuccessful);
        groups
            .flat_map(|group| {
                let stretches = group.stretches(0..group.tasks(), Status::is_unsuccessful);
                stretches.map(|range| (group.spec.id.task(range.start), range.end - range.start))
            })
            .collect()
    }

    /// A forgotten workflow that some unfinished task of this one needs, and that had not succeeded.
    pub(crate) fn lost_need(&self, workflow: &Workflow) -> Option<WorkflowId> {
        let groups = workflow.groups.iter().filter(|group| !group.is_complete());
        groups.flat_map(|group| &group.needs).find_map(|need| match need.source {
            Source::Gone(id) => Some(id),
            Source::Group(_) | Source::Workflow(_) | Source::Met => None,
        })
    }
}

impl Workflow {
    fn reopen(&mut self, position: u32, range: Range<u32>) {
        let group = &mut self.groups[position as usize];
        group.histories_mut(range.clone()).for_each(super::History::forgive);
        let mut changes: Vec<(Range<u32>, Status)> = Vec::new();
        for status in Status::UNSUCCESSFUL {
            let stretches = group.stretches(range.clone(), move |other| other == status);
            changes.extend(stretches.map(|stretch| (stretch, status)));
        }
        for (stretch, from) in changes {
            let count = u64::from(stretch.end - stretch.start);
            self.groups[position as usize].turn(stretch, from, Status::Pending);
            self.recount(position, from, Status::Pending, count);
        }
    }
}

impl Status {
    const UNSUCCESSFUL: [Status; 3] = [Status::Failed, Status::Cancelled, Status::Skipped];

    /// Whether the task ended in any other way than by succeeding.
    pub(crate) fn is_unsuccessful(self) -> bool {
        Status::UNSUCCESSFUL.contains(&self)
    }
}
