//! Putting a state together from the records of a base.

use crate::record::{
    Base, Outcomes, Piece, Record, SavedGroup, SavedHistory, SavedSource, SavedStatus, SavedWorkflow,
};
use crate::state::apply::new_workflow;
use crate::state::briefs::{Brief, How, Made, Ran};
use crate::state::group::Need;
use crate::state::{Group, History, Misfit, Source, State, Status, Workflow};
use godwit_common::ids::{GroupId, TaskId, WorkflowId};
use godwit_common::memo::Memo;
use godwit_common::message::worker::GroupSpec;
use godwit_common::time::Time;
use godwit_common::workflow::Dependency;

impl State {
    /// Takes in a piece of a base.
    pub(in crate::state) fn restore(&mut self, base: &Base) -> Result<(), Misfit> {
        match &base.0 {
            Piece::Numbers { workflow, worker } => self.restore_numbers(*workflow, *worker),
            Piece::Worker(worker) => self.workers.restore(worker),
            Piece::Left(left) => self.workers.restore_left(left),
            Piece::Workflow(saved) => self.restore_workflow(saved),
            Piece::Groups { workflow, groups } => {
                groups.iter().try_for_each(|group| self.restore_group(*workflow, group))
            }
            Piece::Statuses { group, first, runs } => self.restore_statuses(*group, *first, runs),
            Piece::Successes(outcomes) => self.restore_successes(outcomes),
            Piece::Histories { group, histories } => histories
                .iter()
                .try_for_each(|(position, saved)| self.restore_history(*group, *position, saved)),
            Piece::Whole(id) => self.finish_workflow(*id),
            Piece::Results(entries) => {
                entries.iter().try_for_each(|entry| self.restore_memo(entry)).map_err(Misfit)
            }
        }
    }

    fn restore_numbers(&mut self, workflow: u32, worker: u32) -> Result<(), Misfit> {
        if *self != State::default() {
            return Err(Misfit("a base begins in an empty store".to_owned()));
        }
        self.last_workflow = workflow;
        self.workers.restore_last(worker);
        Ok(())
    }

    fn restore_workflow(&mut self, saved: &SavedWorkflow) -> Result<(), Misfit> {
        let after = self.workflows.last_key_value().is_none_or(|(last, _)| *last < saved.id);
        if !after || saved.id.0 > self.last_workflow {
            return Err(Misfit("its number was not given out in this order".to_owned()));
        }
        let mut workflow = new_workflow(&saved.head, saved.submitted, Vec::new());
        workflow.ended = saved.ended;
        workflow.attempts = saved.attempts;
        workflow.tails = saved.tails.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        self.submissions.insert(workflow.submission, saved.id);
        self.workflows.insert(saved.id, workflow);
        Ok(())
    }

    fn restore_group(&mut self, id: WorkflowId, saved: &SavedGroup) -> Result<(), Misfit> {
        if let Some(fault) = saved.shape.fault() {
            return Err(Misfit(fault));
        }
        let tasks = saved.shape.count();
        let workflow = self.workflow_mut(id)?;
        let position =
            u32::try_from(workflow.groups.len()).map_err(|_| Misfit("too many groups".to_owned()))?;
        let spec = GroupSpec {
            id: GroupId { workflow: id, group: position },
            name: saved.name.clone(),
            workflow_name: workflow.name.clone(),
            shape: saved.shape.clone(),
            task: saved.task.clone(),
        };
        let needs = saved.needs.iter().map(|(source, by)| need(*source, *by)).collect();
        workflow.groups.push(Group::new(spec, needs));
        workflow.tasks += tasks;
        self.tasks += tasks;
        Ok(())
    }

    fn restore_statuses(
        &mut self,
        id: GroupId,
        first: u32,
        runs: &[(SavedStatus, u32)],
    ) -> Result<(), Misfit> {
        let mut position = first;
        for (status, count) in runs {
            let range = self.pending_range(id.task(position), *count)?;
            position = range.end;
            let to = status_of(*status);
            let workflow = self.workflow_mut(id.workflow)?;
            workflow.groups[id.group as usize].turn(range, Status::Pending, to);
            workflow.recount(id.group, Status::Pending, to, (*count).into());
        }
        Ok(())
    }

    fn restore_successes(&mut self, outcomes: &Outcomes) -> Result<(), Misfit> {
        for record in outcomes {
            let (task, brief) = brief(record)?;
            if self.status(task) != Some(Status::Succeeded) {
                return Err(Misfit("one of them did not succeed".to_owned()));
            }
            let reused = u64::from(matches!(brief.how, How::Reused(_)));
            self.workflow_mut(task.workflow())?.reused += reused;
            if let Some(group) = self.group_mut(task.group) {
                group.set_brief(task.position, &brief);
            }
        }
        Ok(())
    }

    fn restore_history(&mut self, id: GroupId, position: u32, saved: &SavedHistory) -> Result<(), Misfit> {
        let group = self.group_mut(id).filter(|group| position < group.tasks());
        let group = group.ok_or_else(|| Misfit("there is no such task".to_owned()))?;
        let history = group.history_mut(position);
        *history = History::restored(&saved.entries);
        history.failures = saved.failures;
        history.losses = saved.losses;
        history.number = saved.number;
        history.started = saved.started;
        history.verdict = saved.verdict.clone().map(Box::new);
        Ok(())
    }

    /// Finds again what follows from the rest of a workflow.
    fn finish_workflow(&mut self, id: WorkflowId) -> Result<(), Misfit> {
        let workflow = self.workflow_mut(id)?;
        workflow.sort_names();
        let groups: Vec<GroupId> = workflow.groups.iter().map(|group| group.spec.id).collect();
        for group in groups {
            self.register(group);
            self.close_met_barriers(group);
        }
        Ok(())
    }

    fn close_met_barriers(&mut self, id: GroupId) {
        let Some(group) = self.group(id) else { return };
        let open = group.barriers().filter(|source| !self.is_met(*source)).count();
        if let Some(group) = self.group_mut(id) {
            group.barriers_open = u32::try_from(open).unwrap_or(u32::MAX);
        }
    }

    fn is_met(&self, source: Source) -> bool {
        match source {
            Source::Met => true,
            Source::Gone(_) => false,
            Source::Group(id) => self.group(id).is_some_and(Group::is_complete),
            Source::Workflow(id) => self.workflow(id).is_some_and(Workflow::is_complete),
        }
    }
}

fn need(source: SavedSource, by: Dependency) -> Need {
    let source = match source {
        SavedSource::Group(id) => Source::Group(id),
        SavedSource::Workflow(id) => Source::Workflow(id),
        SavedSource::Met => Source::Met,
        SavedSource::Gone(id) => Source::Gone(id),
    };
    Need { source, by }
}

fn status_of(saved: SavedStatus) -> Status {
    match saved {
        SavedStatus::Pending => Status::Pending,
        SavedStatus::Succeeded => Status::Succeeded,
        SavedStatus::Failed => Status::Failed,
        SavedStatus::Cancelled => Status::Cancelled,
        SavedStatus::Skipped => Status::Skipped,
    }
}

fn brief(record: Record) -> Result<(TaskId, Brief), Misfit> {
    let made = |memo: Option<Box<Memo>>, at: Time| memo.map(|memo| Made { memo: *memo, at });
    Ok(match record {
        Record::Done { worker, at, ended, memo } => {
            let ran = Ran { worker, attempt: ended.id.attempt, usage: ended.usage };
            (ended.id.task, Brief { how: How::Ran(ran), made: made(memo, at) })
        }
        Record::Reused { task, at, memo, origin } => {
            (task, Brief { how: How::Reused(*origin), made: made(Some(memo), at) })
        }
        _ => return Err(Misfit("one of them is no success".to_owned())),
    })
}
