//! The beginning of a reign: the state is replayed, everything else is made from it.

use crate::Core;
use crate::action::{Action, Level};
use crate::event::{Event, Position};
use crate::fleet::{Absence, Absent};
use crate::gate::Gate;
use crate::hold::{Mode, Reattach, workers};
use crate::record::Record;
use crate::state::Stretch;
use godwit_common::duration::Human;
use godwit_common::ids::{Epoch, GroupId, WorkerId, WorkflowId};
use godwit_common::message::client::RefusalKind;
use std::collections::BTreeSet;

impl Core {
    pub(crate) fn begin(&mut self, epoch: Epoch, out: &mut Vec<Action>) {
        if self.epoch.is_some() {
            return self.notice(Level::Error, "the reign has begun already".to_owned(), out);
        }
        self.epoch = Some(epoch);
        self.since = self.now;
        self.patrol = self.now;
        self.appended = Position::default();
        self.gate = Gate::default();
        self.expect_workers(out);
        let unfinished: Vec<WorkflowId> = self
            .state
            .workflows
            .iter()
            .filter(|(_, workflow)| workflow.pending() > 0)
            .map(|(id, _)| *id)
            .collect();
        for workflow in unfinished {
            self.take_up(workflow, out);
        }
    }

    /// Works out what of a workflow is ready and what is doomed.
    pub(crate) fn take_up(&mut self, id: WorkflowId, out: &mut Vec<Action>) {
        let Some(workflow) = self.state.workflow(id) else {
            return;
        };
        let mut ready: Vec<Stretch> = Vec::new();
        let mut doomed: Vec<Stretch> = Vec::new();
        for group in workflow.groups.iter().filter(|group| group.pending() > 0) {
            let group_id: GroupId = group.spec.id;
            self.state.doomed_of(group_id, &mut doomed);
            self.state.ready_in(group_id, 0..group.tasks(), &mut ready);
        }
        for (group, range) in ready {
            self.enqueue_free(group, range);
        }
        self.doomed.extend(doomed);
        self.skip_doomed(out);
        self.apply_failure_rule(id, out);
    }

    /// Makes those of the stretch ready that nobody has and that do not wait for a retry.
    fn enqueue_free(&mut self, id: GroupId, range: std::ops::Range<u32>) {
        let tasks = id.task(range.start)..id.task(range.end);
        let mut taken: BTreeSet<u32> = self.grants.range(tasks).map(|(task, _)| task.position).collect();
        taken.extend(self.delays.positions(id, range.clone()));
        let mut start = range.start;
        for position in taken.into_iter().chain([range.end]) {
            if start < position {
                self.enqueue(id, start..position);
            }
            start = position.saturating_add(1);
        }
    }

    fn expect_workers(&mut self, out: &mut Vec<Action>) {
        let awaited: BTreeSet<WorkerId> = self.state.workers.present().map(|(id, _)| id).collect();
        if awaited.is_empty() {
            return;
        }
        for id in &awaited {
            let absent = Absent {
                absence: Absence::Expected,
                since: self.now,
                reason: "known from before the coordinator started".to_owned(),
            };
            self.fleet.absent.insert(*id, absent);
        }
        let until = self.now + self.settings.reattach_window;
        let sentence = format!(
            "waiting up to {} for {} that may be running tasks",
            Human(self.settings.reattach_window),
            workers(awaited.len())
        );
        self.notice(Level::Info, sentence, out);
        self.reattach = Some(Reattach { until, awaited });
    }

    /// A worker is back with all that it has to tell, or will not come back.
    pub(crate) fn stop_awaiting(&mut self, worker: WorkerId) {
        if let Some(reattach) = &mut self.reattach {
            reattach.awaited.remove(&worker);
        }
    }

    /// Ends the wait for workers from before when all are back or its time is over.
    pub(crate) fn end_reattach(&mut self, out: &mut Vec<Action>) {
        let over = |reattach: &Reattach| reattach.awaited.is_empty() || reattach.until <= self.now;
        if !self.reattach.as_ref().is_some_and(over) {
            return;
        }
        self.reattach = None;
        self.queue.refresh_all();
        let expected = |absent: &Absent| absent.absence == Absence::Expected;
        let missing: Vec<WorkerId> =
            self.fleet.absent.iter().filter(|(_, absent)| expected(absent)).map(|(id, _)| *id).collect();
        if !missing.is_empty() {
            let count = workers(missing.len());
            let sentence = format!("{count} did not come back; what they ran is started again elsewhere");
            self.notice(Level::Warning, sentence, out);
        }
        for worker in missing {
            let record = Record::WorkerLeft {
                worker,
                reason: "it did not come back after the coordinator was started again".to_owned(),
                at: self.now,
            };
            self.fleet.absent.remove(&worker);
            self.record(record, out);
        }
    }

    /// Before the reign has begun nobody is served.
    pub(crate) fn turn_away(&mut self, event: &Event, out: &mut Vec<Action>) {
        let sentence = "the coordinator is still starting; try again in a moment".to_owned();
        match event {
            Event::Request { id, .. } => self.refuse(*id, RefusalKind::Infrastructure, sentence, out),
            Event::WorkerHello { link, .. } | Event::WorkerMessage { link, .. } => {
                out.push(Action::Close(*link, sentence));
            }
            Event::Drain | Event::StopTasks => self.mode = Mode::Draining,
            Event::Begin(_)
            | Event::WorkerGone { .. }
            | Event::RequestGone(_)
            | Event::Durable(_)
            | Event::Store { .. }
            | Event::Wakeup
            | Event::BlobRead { .. }
            | Event::WorkerEnded(_) => {}
        }
    }
}
