//! Taking a state apart: records of bounded size, made one at a time while somebody asks for them.

use crate::record::{
    Base, OutcomesWriter, Piece, Record, SavedGroup, SavedHistory, SavedSource, SavedStatus, SavedWorker,
    SavedWorkflow,
};
use crate::state::briefs::How;
use crate::state::{Group, History, KnownWorker, Source, State, Status, Workflow};
use godwit_common::ids::{AttemptId, TaskId, WorkerId, WorkflowId};
use godwit_common::outcome::{End, Ended};
use godwit_common::time::Time;
use serde::Serialize;

/// Bytes of one record after which the next one is begun. Only a group that was submitted larger than this makes a
/// larger one.
const PIECE_BYTES: usize = 1 << 20;

/// Runs of tasks with one status in one record.
const RUNS_MAX: usize = 200_000;

impl State {
    /// Records which, applied to an empty state, give this one.
    pub(crate) fn base_records(&self) -> impl Iterator<Item = Record> + '_ {
        let numbers = Piece::Numbers { workflow: self.last_workflow, worker: self.workers.last() };
        let workers = self.workers.all().map(|(id, worker)| self.saved_worker(id, worker));
        let left: Vec<WorkerId> = self.workers.left().map(|(id, _)| id).collect();
        let left = Piece::Left(left.into_iter().rev().collect());
        let workflows = self.workflows.iter().flat_map(|(id, workflow)| pieces(*id, workflow));
        let mut memos = self.memo_entries();
        let memos = std::iter::from_fn(move || chunk(&mut memos).map(Piece::Results));
        let pieces = [numbers].into_iter().chain(workers).chain([left]).chain(workflows).chain(memos);
        pieces.map(|piece| Record::Base(Box::new(Base(piece))))
    }

    fn saved_worker(&self, id: WorkerId, worker: &KnownWorker) -> Piece {
        let current = self.workers.of_life(worker.life).is_some_and(|(current, _)| current == id);
        Piece::Worker(SavedWorker {
            id,
            life: worker.life,
            host: worker.host.clone(),
            pid: worker.pid,
            spool: worker.spool.clone(),
            capacity: worker.capacity.clone(),
            joined: worker.joined,
            left: worker.left.clone(),
            ended: worker.ended,
            current,
        })
    }
}

fn pieces(id: WorkflowId, workflow: &Workflow) -> impl Iterator<Item = Piece> + '_ {
    let head = Piece::Workflow(Box::new(SavedWorkflow {
        id,
        head: workflow.head(),
        submitted: workflow.submitted,
        ended: workflow.ended,
        attempts: workflow.attempts,
        tails: workflow.tails.map(|bytes| bytes as u64),
    }));
    let mut groups = workflow.groups.iter().map(saved_group);
    let groups = std::iter::from_fn(move || chunk(&mut groups))
        .map(move |groups| Piece::Groups { workflow: id, groups });
    let tasks = workflow
        .groups
        .iter()
        .flat_map(|group| statuses(group).chain(successes(group)).chain(histories(group)));
    [head].into_iter().chain(groups).chain(tasks).chain([Piece::Whole(id)])
}

/// The next items that make a record of about the size wanted.
fn chunk<T: Serialize>(items: &mut impl Iterator<Item = T>) -> Option<Vec<T>> {
    let (mut taken, mut bytes) = (Vec::new(), 0);
    while bytes < PIECE_BYTES
        && let Some(item) = items.next()
    {
        bytes += postcard::to_allocvec(&item).map_or(0, |encoded| encoded.len());
        taken.push(item);
    }
    (!taken.is_empty()).then_some(taken)
}

fn saved_group(group: &Group) -> SavedGroup {
    let source = |source| match source {
        Source::Group(id) => SavedSource::Group(id),
        Source::Workflow(id) => SavedSource::Workflow(id),
        Source::Met => SavedSource::Met,
        Source::Gone(id) => SavedSource::Gone(id),
    };
    SavedGroup {
        name: group.spec.name.clone(),
        shape: group.spec.shape.clone(),
        task: group.spec.task.clone(),
        needs: group.needs.iter().map(|need| (source(need.source), need.by)).collect(),
    }
}

fn statuses(group: &Group) -> impl Iterator<Item = Piece> + '_ {
    let mut first = 0;
    std::iter::from_fn(move || {
        if group.tally.ended() == 0 {
            return None;
        }
        let (from, mut runs) = (first, Vec::new());
        while runs.len() < RUNS_MAX
            && let Some(status) = group.status(first)
        {
            let mut run = group.stretches(first..group.tasks(), move |other| other == status);
            let end = run.next().map_or(group.tasks(), |run| run.end);
            runs.push((saved_status(status), end - first));
            first = end;
        }
        (!runs.is_empty()).then_some(Piece::Statuses { group: group.spec.id, first: from, runs })
    })
}

fn saved_status(status: Status) -> SavedStatus {
    match status {
        Status::Pending => SavedStatus::Pending,
        Status::Succeeded => SavedStatus::Succeeded,
        Status::Failed => SavedStatus::Failed,
        Status::Cancelled => SavedStatus::Cancelled,
        Status::Skipped => SavedStatus::Skipped,
    }
}

fn successes(group: &Group) -> impl Iterator<Item = Piece> + '_ {
    let mut rest = (0..group.tasks()).filter_map(|position| success(group, group.spec.id.task(position)));
    std::iter::from_fn(move || {
        if group.tally.succeeded == 0 {
            return None;
        }
        let mut writer = OutcomesWriter::default();
        while !writer.is_full()
            && let Some(record) = rest.next()
        {
            writer.push(&record);
        }
        (!writer.is_empty()).then(|| Piece::Successes(writer.into_outcomes()))
    })
}

/// How a task succeeded, as the record that said it.
fn success(group: &Group, task: TaskId) -> Option<Record> {
    let brief = group.brief(task.position)?;
    let at = brief.made.as_ref().map_or(Time(0), |made| made.at);
    let memo = brief.made.map(|made| Box::new(made.memo));
    Some(match brief.how {
        How::Ran(ran) => {
            let id = AttemptId { task, attempt: ran.attempt };
            let ended = Ended { id, end: End::Succeeded, usage: ran.usage, produced: None };
            Record::Done { worker: ran.worker, at, ended, memo }
        }
        How::Reused(origin) => {
            Record::Reused { task, at, memo: memo.unwrap_or_default(), origin: Box::new(origin) }
        }
    })
}

fn histories(group: &Group) -> impl Iterator<Item = Piece> + '_ {
    let mut rest = group.histories().map(|(position, history)| (position, saved_history(history)));
    std::iter::from_fn(move || {
        chunk(&mut rest).map(|histories| Piece::Histories { group: group.spec.id, histories })
    })
}

fn saved_history(history: &History) -> SavedHistory {
    SavedHistory {
        failures: history.failures,
        losses: history.losses,
        number: history.number,
        started: history.started,
        verdict: history.verdict.as_deref().cloned(),
        entries: history.entries().collect(),
    }
}
