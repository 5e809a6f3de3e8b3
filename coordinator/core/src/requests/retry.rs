//! Running again what did not succeed, and dropping what has ended.

use super::{Refused, wrong};
use crate::Core;
use crate::action::Action;
use crate::limits::REOPENED_STRETCHES_MAX;
use crate::record::Record;
use godwit_common::ids::{GroupId, WorkflowId};
use godwit_common::message::client::{RefusalKind, Response};
use godwit_common::printable::tasks_are;

impl Core {
    /// Reopens what failed, was cancelled or was skipped, and says how many tasks that were.
    pub(crate) fn retry(&mut self, id: WorkflowId, out: &mut Vec<Action>) -> Result<u64, Refused> {
        let workflow = self.find_workflow(id)?;
        if let Some(gone) = self.state.lost_need(workflow) {
            return Err(wrong(format!(
                "workflow {id} needs workflow {gone}, which had not succeeded and was forgotten; submit both again"
            )));
        }
        let tasks = self.state.reopenable(workflow);
        let count = tasks.iter().map(|(_, count)| u64::from(*count)).sum();
        if count == 0 {
            return Ok(0);
        }
        for tasks in tasks.chunks(REOPENED_STRETCHES_MAX) {
            let record = Record::Reopened { workflow: id, at: self.now, tasks: tasks.to_vec() };
            self.record(record, out);
        }
        self.changed.insert(id);
        self.take_up(id, out);
        Ok(count)
    }

    pub(crate) fn forget(&mut self, id: WorkflowId, out: &mut Vec<Action>) -> Result<Response, Refused> {
        let workflow = self.find_workflow(id)?;
        if workflow.pending() > 0 {
            return Err(wrong(format!(
                "workflow {id} has not ended: {} left; cancel it first",
                tasks_are(workflow.pending())
            )));
        }
        if let Some(other) = self.needed_by(id) {
            return Err(wrong(format!("workflow {id} is needed by workflow {other}, which has not ended")));
        }
        self.record(Record::Forgotten { workflow: id }, out);
        self.forget_rest(id);
        for watching in self.watches.take(id) {
            self.refuse(watching, RefusalKind::Input, format!("workflow {id} was forgotten"), out);
        }
        Ok(Response::Done)
    }

    /// An unfinished workflow that needs this one.
    fn needed_by(&self, id: WorkflowId) -> Option<WorkflowId> {
        let workflow = self.state.workflow(id)?;
        let groups = workflow.groups.iter().flat_map(|group| &group.dependents);
        let dependents = groups.map(|dependent| dependent.group).chain(workflow.dependents.iter().copied());
        let others = dependents.map(|group| group.workflow).filter(|other| *other != id);
        others.filter(|other| self.state.workflow(*other).is_some_and(|other| other.pending() > 0)).min()
    }

    fn forget_rest(&mut self, id: WorkflowId) {
        let task = |workflow: u32| {
            let group = GroupId { workflow: WorkflowId(workflow), group: 0 };
            group.task(0)
        };
        let all = task(id.0)..task(id.0.saturating_add(1));
        let numbered: Vec<_> = self.numbers.range(all).map(|(task, _)| *task).collect();
        for task in numbered {
            self.numbers.remove(&task);
        }
        self.stopped.remove(&id);
        self.desk.clear_workflow(id, true);
    }
}
