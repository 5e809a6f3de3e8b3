//! Why a task that has no outcome is not running, and why one was skipped.

use crate::Core;
use crate::fleet::{Drain, Session, could_hold};
use crate::limits::SENTENCES_MAX;
use crate::state::{Group, Source, Status};
use godwit_common::duration::Human;
use godwit_common::ids::{GroupId, TaskId, WorkflowId};
use godwit_common::message::view::TaskState;
use godwit_common::printable::tasks_are;
use godwit_common::workflow::Dependency;

impl Core {
    pub(crate) fn why_waiting(&self, group: &Group, task: TaskId) -> Vec<String> {
        if let Some(until) = self.delays.of(task) {
            let history = group.history(task.position);
            let failures = history.map_or(0, |history| history.failures);
            return vec![format!(
                "it failed and is tried again in {}; that was failure {failures}, and retries = {}",
                Human(until.since(self.now)),
                group.spec.task.retry.retries
            )];
        }
        if let Some(reason) = self.why_prepared(task) {
            return vec![reason];
        }
        let needs = group.needs.iter();
        let reasons: Vec<String> =
            needs.filter_map(|need| self.open_need(need.source, need.by, task)).take(SENTENCES_MAX).collect();
        if reasons.is_empty() {
            return vec!["it is about to become ready".to_owned()];
        }
        reasons
    }

    /// What of a need is not there yet.
    fn open_need(&self, source: Source, by: Dependency, task: TaskId) -> Option<String> {
        match (source, by) {
            (Source::Met, _) => None,
            (Source::Gone(id), _) => Some(format!("it needs workflow {id}, which was forgotten")),
            (Source::Group(id), Dependency::Elementwise) => self.open_element(id.task(task.position), task),
            (Source::Group(id), Dependency::Barrier) => self.open_group(id, task),
            (Source::Workflow(id), _) => {
                let workflow = self.state.workflow(id)?;
                let left = workflow.pending();
                (left > 0).then(|| format!("it waits for workflow {id}, of which {} left", tasks_are(left)))
            }
        }
    }

    fn open_element(&self, needed: TaskId, task: TaskId) -> Option<String> {
        let group = self.state.group(needed.group)?;
        let state = self.task_state(group, needed)?;
        let how = match state {
            TaskState::Succeeded => return None,
            TaskState::Running => "which is running",
            TaskState::Ready => "which waits for a worker",
            TaskState::Waiting => "which is waiting itself",
            TaskState::Failed => "which failed",
            TaskState::Cancelled => "which was cancelled",
            TaskState::Skipped => "which was skipped",
        };
        Some(format!("it waits for {}, {how}", self.name_for(needed, task.workflow())))
    }

    fn open_group(&self, id: GroupId, task: TaskId) -> Option<String> {
        let group = self.state.group(id)?;
        if group.is_complete() {
            return None;
        }
        if group.tasks() == 1 {
            return self.open_element(id.task(0), task);
        }
        let (left, all) = (group.pending(), group.tasks());
        let running = self.queue.active(id).map_or(0, |active| active.granted);
        let name = &group.spec.name;
        let name =
            if id.workflow == task.workflow() { name.clone() } else { format!("{}/{name}", id.workflow) };
        Some(format!("it waits for {left} of the {all} tasks of {name}, {running} of which are running"))
    }

    /// A task's name as seen from a workflow.
    fn name_for(&self, task: TaskId, from: WorkflowId) -> String {
        match self.state.group(task.group) {
            Some(group) if task.workflow() == from => Self::name_in(group, task.position),
            _ => self.full_name(task),
        }
    }

    pub(crate) fn why_ready(&self, group: &Group, task: TaskId) -> Vec<String> {
        if let Some(hold) = self.hold() {
            return vec![format!("it waits for a worker, but {hold}")];
        }
        if self.fleet.is_empty() {
            return vec!["it waits for a worker, and no workers are connected".to_owned()];
        }
        if let Some(obstacle) = self.obstacle(group) {
            return vec![format!("no worker can run it: it needs {obstacle}")];
        }
        let spec = &group.spec.task;
        let able: Vec<&Session> = self
            .fleet
            .sessions()
            .filter(|session| spec.requests.iter().any(|request| could_hold(&session.capacity, request)))
            .collect();
        let taking = able.iter().filter(|session| session.takes_tasks()).count();
        if taking == 0 {
            return vec![unwilling(&able)];
        }
        let mut reasons = vec![format!(
            "it waits for a worker: {} could run it, and {} busy",
            crate::hold::workers(taking),
            if taking == 1 { "it is" } else { "all are" }
        )];
        reasons.extend(self.ahead_of(task));
        if let Some((worker, _)) = self.fleet.reserved {
            reasons.push(format!("{worker} is kept free for a large task that has waited for long"));
        }
        reasons
    }

    /// How much is served before this task.
    fn ahead_of(&self, task: TaskId) -> Option<String> {
        let class = self.queue.active(task.group)?.class;
        let before = self.queue.in_order().take_while(|other| *other != class);
        let ready: u64 = before.filter_map(|id| self.queue.class(id)).map(|class| class.ready).sum();
        match ready {
            0 => None,
            1 => Some("1 ready task has a higher priority or was submitted earlier".to_owned()),
            _ => Some(format!("{ready} ready tasks have a higher priority or were submitted earlier")),
        }
    }

    pub(crate) fn why_skipped(&self, group: &Group, task: TaskId) -> Vec<String> {
        let reasons: Vec<String> = group
            .needs
            .iter()
            .filter_map(|need| self.failed_need(need.source, need.by, task))
            .take(SENTENCES_MAX)
            .collect();
        if reasons.is_empty() {
            return vec!["it was skipped because something that it needs did not succeed".to_owned()];
        }
        reasons
    }

    fn failed_need(&self, source: Source, by: Dependency, task: TaskId) -> Option<String> {
        let culprit = match (source, by) {
            (Source::Met, _) => return None,
            (Source::Gone(id), _) => {
                return Some(format!(
                    "it was skipped: it needs workflow {id}, which had not succeeded and was forgotten"
                ));
            }
            (Source::Group(id), Dependency::Elementwise) => id.task(task.position),
            (Source::Group(id), Dependency::Barrier) => unsuccessful(self.state.group(id)?)?,
            (Source::Workflow(id), _) => self.state.workflow(id)?.groups.iter().find_map(unsuccessful)?,
        };
        let how = match self.state.status(culprit)? {
            Status::Failed => "failed",
            Status::Cancelled => "was cancelled",
            Status::Skipped => "was skipped",
            Status::Pending | Status::Succeeded => return None,
        };
        Some(format!(
            "it was skipped because {}, which it needs, {how}",
            self.name_for(culprit, task.workflow())
        ))
    }
}

/// The first task of a group that ended without success; of those that failed, if there are any.
fn unsuccessful(group: &Group) -> Option<TaskId> {
    let first = |wanted: fn(Status) -> bool| group.stretches(0..group.tasks(), wanted).next();
    let failed = first(|status| status == Status::Failed).or_else(|| first(Status::is_unsuccessful));
    failed.map(|range| group.spec.id.task(range.start))
}

fn unwilling(able: &[&Session]) -> String {
    let quarantined = able.iter().any(|session| matches!(session.drain, Some(Drain::Quarantined(_))));
    let why = if quarantined { "draining or quarantined" } else { "draining or have just come back" };
    format!("it waits for a worker, but all that could run it are {why}")
}
