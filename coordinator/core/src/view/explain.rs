//! Why a task is where it is.

use crate::Core;
use crate::requests::Refused;
use crate::state::{Brief, Group, History, Status};
use godwit_common::duration::Human;
use godwit_common::ids::{AttemptId, TaskId};
use godwit_common::limits::RETRIES_MAX;
use godwit_common::message::client::TaskReference;
use godwit_common::message::view::{AttemptView, Explanation, TaskState};
use godwit_common::outcome::{AttemptHistory, Cause, End};

impl Core {
    pub(crate) fn explain(&self, reference: &TaskReference) -> Result<Explanation, Refused> {
        let task = self.find_task(reference)?;
        let missing = || crate::requests::wrong("there is no such task");
        let group = self.state.group(task.group).ok_or_else(missing)?;
        let view = self.task_view(task).ok_or_else(missing)?;
        let mut reasons = match view.state {
            TaskState::Succeeded => Vec::from_iter(self.success(group, task)),
            TaskState::Failed => failure(group, task),
            TaskState::Cancelled => {
                vec!["it was cancelled, by somebody or by the workflow's failure rule".to_owned()]
            }
            TaskState::Skipped => self.why_skipped(group, task),
            TaskState::Running => vec![self.where_running(task)],
            TaskState::Ready => self.why_ready(group, task),
            TaskState::Waiting => self.why_waiting(group, task),
        };
        if matches!(view.state, TaskState::Running | TaskState::Ready | TaskState::Waiting) {
            reasons.extend(group.history(task.position).and_then(past));
        }
        let may_run = !matches!(view.state, TaskState::Failed | TaskState::Cancelled | TaskState::Skipped);
        if may_run && self.is_decided(task) {
            reasons.extend(self.why_reused(group, task));
        }
        if !self.state.is_pending(task)
            && let Some(workflow) = self.state.workflow(task.workflow())
        {
            reasons.extend(self.why_unsaved(task.workflow(), workflow));
        }
        Ok(Explanation {
            name: self.full_name(task),
            task: view,
            reasons,
            history: history(group, task).into_iter().map(AttemptView::from).collect(),
        })
    }

    /// Whether it is decided that a task runs or that it does not.
    fn is_decided(&self, task: TaskId) -> bool {
        !self.state.is_pending(task)
            || (self.state.is_released(task)
                && !self.desk.is_incoming(task)
                && self.desk.stage(task).is_none())
    }

    /// How an attempt succeeded, if one did.
    fn success(&self, group: &Group, task: TaskId) -> Option<String> {
        let brief = match group.brief(task.position) {
            Some(brief) => brief.ran()?,
            None => return Some("it succeeded".to_owned()),
        };
        let wall = brief.usage.map(|usage| format!(" after {}", Human(usage.wall)));
        let attempt = match brief.attempt.number {
            1 => String::new(),
            number => format!(" in attempt {number}"),
        };
        let worker = self.worker_name(brief.worker);
        Some(format!("it succeeded on {worker}{}{attempt}", wall.unwrap_or_default()))
    }

    fn where_running(&self, task: TaskId) -> String {
        let Some((worker, assigned)) = self.running(task) else {
            return "it is running".to_owned();
        };
        let worker = self.worker_name(worker);
        match assigned {
            Some(assigned) if assigned.started.is_some() => format!("it is running on {worker}"),
            Some(assigned) if assigned.is_waiting() => {
                format!("it was given to {worker} and waits there for room")
            }
            Some(_) => format!("it was given to {worker}, which has not said yet that it started it"),
            None => format!(
                "it was given to {worker}, which has just come back and has not said yet what became of it"
            ),
        }
    }

    pub(crate) fn worker_name(&self, id: godwit_common::ids::WorkerId) -> String {
        match self.state.workers.get(id) {
            Some(worker) => format!("{id} ({})", worker.host),
            None => id.to_string(),
        }
    }
}

fn failure(group: &Group, task: TaskId) -> Vec<String> {
    let Some(history) = group.history(task.position) else {
        return vec!["it failed".to_owned()];
    };
    let policy = &group.spec.task.retry;
    let cause = history.failure().map(|failure| failure.cause);
    let why = cause.as_ref().map_or("for a reason that is not remembered".to_owned(), Cause::to_string);
    let mut reasons = vec![format!("it failed: {why}")];
    let kind = cause.as_ref().and_then(Cause::kind);
    reasons.push(match (&cause, kind) {
        (Some(Cause::NodeLosses(_)), _) => {
            format!("node_losses_max = {} allows no further loss of a worker", policy.node_losses_max)
        }
        (_, Some(kind)) if policy.retries > 0 && !policy.on.contains(&kind) => {
            format!("retry_on does not name '{}', so it is not tried again", kind.name())
        }
        _ if policy.retries == 0 => "retries = 0, so it is not tried again".to_owned(),
        _ => format!("retries = {} are used up", policy.retries.min(RETRIES_MAX)),
    });
    reasons
}

/// What went wrong before, if something did.
fn past(history: &History) -> Option<String> {
    let failures = match history.failures {
        0 => None,
        1 => Some("failed once".to_owned()),
        count => Some(format!("failed {count} times")),
    };
    let losses = match history.losses {
        0 => None,
        1 => Some("lost a worker".to_owned()),
        count => Some(format!("lost {count} workers")),
    };
    let all: Vec<String> = failures.into_iter().chain(losses).collect();
    let last = history.failure().map(|failure| format!("; the last failure was {}", failure.cause));
    (!all.is_empty()).then(|| format!("it {} before{}", all.join(" and "), last.unwrap_or_default()))
}

fn history(group: &Group, task: TaskId) -> Vec<AttemptHistory> {
    let mut entries: Vec<AttemptHistory> =
        group.history(task.position).into_iter().flat_map(History::entries).collect();
    let succeeded = group.status(task.position) == Some(Status::Succeeded);
    let brief = group.brief(task.position).filter(|_| succeeded);
    if let Some(brief) = brief.and_then(Brief::ran) {
        let attempt = brief.attempt;
        entries.push(AttemptHistory {
            id: AttemptId { task, attempt },
            worker: brief.worker,
            end: End::Succeeded,
            usage: brief.usage,
        });
    }
    let excess = entries.len().saturating_sub(crate::limits::HISTORY_MAX);
    entries.drain(..excess);
    entries
}
