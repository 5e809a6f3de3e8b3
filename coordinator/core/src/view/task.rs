//! Tasks as clients see them.

use crate::Core;
use crate::fleet::Assigned;
use crate::limits::PAGE_TEXT_BYTES_MAX;
use crate::requests::Refused;
use crate::state::{Brief, Group, How, Status};
use godwit_common::ids::{AttemptId, TaskId, WorkerId};
use godwit_common::memo::Origin;
use godwit_common::message::client::{Selector, TASKS_MAX};
use godwit_common::message::view::{TaskState, TaskView};
use godwit_common::outcome::Usage;
use godwit_common::shape::TaskName;
use godwit_common::time::Time;

/// What is left of an error that is cut.
const SHORT_ERROR_BYTES: usize = 200;

impl Core {
    /// A task's name without the workflow.
    pub(crate) fn name_in(group: &Group, position: u32) -> String {
        TaskName { group: &group.spec.name, shape: &group.spec.shape, position }.to_string()
    }

    /// A task's name with the workflow.
    pub(crate) fn full_name(&self, task: TaskId) -> String {
        match self.state.group(task.group) {
            Some(group) => format!("{}/{}", task.workflow(), Self::name_in(group, task.position)),
            None => format!("a task of workflow {}", task.workflow()),
        }
    }

    /// What a worker has of a granted task.
    pub(crate) fn running(&self, task: TaskId) -> Option<(WorkerId, Option<&Assigned>)> {
        let grant = self.grants.get(&task)?;
        let attempt = grant.attempt;
        let session = self.fleet.session(grant.worker);
        let assigned = session.and_then(|session| session.attempts.get(&AttemptId { task, attempt }));
        Some((grant.worker, assigned))
    }

    /// When the attempt that is granted was started, if it was.
    pub(crate) fn running_started(&self, task: TaskId) -> Option<Time> {
        self.running(task)?.1?.started
    }

    pub(crate) fn task_state(&self, group: &Group, task: TaskId) -> Option<TaskState> {
        Some(match group.status(task.position)? {
            Status::Succeeded => TaskState::Succeeded,
            Status::Failed => TaskState::Failed,
            Status::Cancelled => TaskState::Cancelled,
            Status::Skipped => TaskState::Skipped,
            Status::Pending => match self.queue.active(task.group) {
                Some(active) if active.ready.contains(task.position) => TaskState::Ready,
                Some(active) if active.granted > 0 && self.grants.contains_key(&task) => TaskState::Running,
                _ => TaskState::Waiting,
            },
        })
    }

    /// Whose result a task took, as people write it.
    pub(crate) fn reused_from(&self, task: TaskId) -> Option<String> {
        let group = self.state.group(task.group)?;
        match group.brief(task.position)?.how {
            How::Reused(origin) => Some(Self::origin_name(group, &origin)),
            How::Ran(_) => None,
        }
    }

    /// The name of the task that computed a result which a task of `group` would take.
    pub(crate) fn origin_name(group: &Group, origin: &Origin) -> String {
        // The name of the group is part of the key; whether it is an array is taken to be the same.
        let index =
            if group.spec.shape.is_array() { format!("[{}]", origin.position) } else { String::new() };
        let source = origin.source.as_ref().map(|source| format!(" of {source}"));
        format!("{}/{}{index}{}", origin.workflow, origin.group, source.unwrap_or_default())
    }

    pub(crate) fn task_view(&self, task: TaskId) -> Option<TaskView> {
        let group = self.state.group(task.group)?;
        let state = self.task_state(group, task)?;
        let mut view = TaskView {
            reused: self.reused_from(task),
            task: Self::name_in(group, task.position),
            state,
            attempts: self.next_number(task).saturating_sub(1),
            worker: None,
            started: None,
            wall: None,
            error: None,
            stderr_tail: None,
        };
        if let Some(history) = group.history(task.position) {
            if let Some(last) = history.entries().next_back() {
                view.show_attempt(last.worker, last.usage.as_ref());
            }
            if let Some(failure) = history.failure().filter(|_| state != TaskState::Succeeded) {
                view.error = Some(failure.cause.to_string());
                let tail = (!failure.stderr_tail.is_empty()).then_some(failure.stderr_tail);
                view.stderr_tail = tail.map(|tail| String::from_utf8_lossy(&tail).into_owned());
            }
        }
        let brief = group.brief(task.position).filter(|_| state == TaskState::Succeeded);
        if let Some(brief) = brief.and_then(Brief::ran) {
            view.attempts = view.attempts.max(brief.attempt.number);
            view.show_attempt(brief.worker, brief.usage.as_ref());
        }
        if let Some((worker, assigned)) = self.running(task) {
            let number = self.grants.get(&task).map_or(0, |grant| grant.attempt.number);
            view.attempts = view.attempts.max(number);
            view.worker = Some(worker);
            view.started = assigned.and_then(|assigned| assigned.started);
            view.wall = None;
        }
        Some(view)
    }

    /// Tasks in order, those in one of these states, after the first `skip` of them.
    pub(crate) fn task_page(
        &self,
        of: &Selector,
        states: &[TaskState],
        skip: u64,
    ) -> Result<Vec<TaskView>, Refused> {
        let mut left_out = skip;
        let mut text = PAGE_TEXT_BYTES_MAX;
        let mut views = Vec::new();
        for (id, range) in self.select(of)? {
            let Some(group) = self.state.group(id) else {
                continue;
            };
            let size = u64::from(range.end - range.start);
            if states.is_empty() && left_out >= size {
                left_out -= size;
                continue;
            }
            for position in range {
                let task = id.task(position);
                let state = self.task_state(group, task);
                if !states.is_empty() && !state.is_some_and(|state| states.contains(&state)) {
                    continue;
                }
                if left_out > 0 {
                    left_out -= 1;
                    continue;
                }
                views.extend(self.task_view(task).map(|view| view.within(&mut text)));
                if views.len() >= TASKS_MAX {
                    return Ok(views);
                }
            }
        }
        Ok(views)
    }
}

trait TaskViewExt {
    fn show_attempt(&mut self, worker: WorkerId, usage: Option<&Usage>);

    /// Cuts its texts if they are longer than `bytes`, and takes what they spend from there.
    fn within(self, bytes: &mut usize) -> Self;
}

impl TaskViewExt for TaskView {
    fn show_attempt(&mut self, worker: WorkerId, usage: Option<&Usage>) {
        self.worker = Some(worker);
        self.started = usage.map(|usage| usage.started);
        self.wall = usage.map(|usage| usage.wall);
    }

    fn within(mut self, bytes: &mut usize) -> TaskView {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        if length(&self.error) + length(&self.stderr_tail) > *bytes {
            self.stderr_tail = None;
            if let Some(error) = &mut self.error {
                error.truncate(error.floor_char_boundary(SHORT_ERROR_BYTES));
            }
        }
        let spent = length(&self.error) + length(&self.stderr_tail);
        *bytes = bytes.saturating_sub(spent);
        self
    }
}
