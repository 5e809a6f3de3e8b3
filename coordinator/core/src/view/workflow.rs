//! Workflows and their groups as clients see them.

use crate::Core;
use crate::limits::{VIEW_GROUPS_MAX, VIEW_TASKS_MAX, WORKFLOWS_LISTED_MAX};
use crate::queue::Load;
use crate::requests::Refused;
use crate::state::{Group, Status, Tally, Workflow};
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::ids::{GroupId, TaskId, WorkflowId};
use godwit_common::message::view::{Counts, GroupView, TaskView, WorkflowState, WorkflowView};

/// How much of a workflow is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Line,
    Full,
}

impl Core {
    pub(crate) fn workflow_list(&self) -> Vec<WorkflowView> {
        let newest = self.state.workflows.iter().rev().take(WORKFLOWS_LISTED_MAX);
        let mut views: Vec<WorkflowView> =
            newest.map(|(id, workflow)| self.view(*id, workflow, Detail::Line)).collect();
        views.reverse();
        views
    }

    pub(crate) fn view_of(&self, id: WorkflowId) -> Result<WorkflowView, Refused> {
        let workflow = self.find_workflow(id)?;
        Ok(self.view(id, workflow, Detail::Full))
    }

    pub(crate) fn workflow_view(&self, id: WorkflowId) -> Option<WorkflowView> {
        let workflow = self.state.workflow(id)?;
        Some(self.view(id, workflow, Detail::Full))
    }

    fn view(&self, id: WorkflowId, workflow: &Workflow, detail: Detail) -> WorkflowView {
        let full = detail == Detail::Full;
        let unfinished = workflow.state() == WorkflowState::Running;
        let shown = if full { VIEW_GROUPS_MAX } else { 0 };
        WorkflowView {
            checkpoint: workflow.checkpoint,
            unsaved: self.unsaved_of(id, workflow),
            workflow: id,
            name: workflow.name.clone(),
            state: workflow.state(),
            counts: counts(workflow.pending(), workflow.tally, self.queue.load(id)),
            reused: workflow.reused,
            attempts: self.attempts_started(id, workflow),
            submitted: workflow.submitted,
            ended: workflow.ended,
            groups: workflow.groups.iter().take(shown).map(|group| self.group_view(group)).collect(),
            running: if full { self.running_views(id) } else { Vec::new() },
            failures: if full { self.failure_views(workflow) } else { Vec::new() },
            warnings: match (full, unfinished) {
                (false, _) => Vec::new(),
                (true, true) => self.warnings(id, workflow),
                (true, false) => self.loose_ends(id),
            },
        }
    }

    /// Outcomes that are not on storage though they are shown.
    pub(crate) fn unsaved_of(&self, id: WorkflowId, workflow: &Workflow) -> u64 {
        match workflow.checkpoint {
            CheckpointMode::Off => workflow.tally.ended(),
            _ => self.unsaved.count(id),
        }
    }

    fn group_view(&self, group: &Group) -> GroupView {
        let active = self.queue.active(group.spec.id);
        let load = active
            .map_or(Load::default(), |active| Load { ready: active.ready.count(), granted: active.granted });
        GroupView { name: group.spec.name.clone(), counts: counts(group.pending(), group.tally, load) }
    }

    /// Processes started: those whose end is recorded, those that were stopped, and those that run.
    fn attempts_started(&self, id: WorkflowId, workflow: &Workflow) -> u64 {
        let running = self.granted_of(id).filter(|task| self.running_started(*task).is_some());
        let stopped = self.stopped.get(&id).copied().unwrap_or(0);
        workflow.attempts + stopped + running.count() as u64
    }

    /// Tasks of a workflow that are granted.
    pub(crate) fn granted_of(&self, id: WorkflowId) -> impl Iterator<Item = TaskId> + '_ {
        let first = GroupId { workflow: id, group: 0 }.task(0);
        let granted = self.grants.range(first..);
        granted.map(|(task, _)| *task).take_while(move |task| task.workflow() == id)
    }

    fn running_views(&self, id: WorkflowId) -> Vec<TaskView> {
        let mut views: Vec<TaskView> = Vec::new();
        let (started, waiting): (Vec<TaskId>, Vec<TaskId>) = self
            .granted_of(id)
            .take(VIEW_TASKS_MAX * 64)
            .partition(|task| self.running_started(*task).is_some());
        for task in started.into_iter().chain(waiting).take(VIEW_TASKS_MAX) {
            views.extend(self.task_view(task));
        }
        views
    }

    fn failure_views(&self, workflow: &Workflow) -> Vec<TaskView> {
        let groups = workflow.failed_groups.iter();
        let failed = groups.flat_map(|position| {
            let group = &workflow.groups[*position as usize];
            let stretches = group.stretches(0..group.tasks(), |status| status == Status::Failed);
            stretches.flatten().map(|position| group.spec.id.task(position))
        });
        failed.take(VIEW_TASKS_MAX).filter_map(|task| self.task_view(task)).collect()
    }
}

fn counts(pending: u64, tally: Tally, load: Load) -> Counts {
    Counts {
        waiting: pending.saturating_sub(load.ready + load.granted),
        ready: load.ready,
        running: load.granted,
        succeeded: tally.succeeded,
        failed: tally.failed,
        cancelled: tally.cancelled,
        skipped: tally.skipped,
    }
}
