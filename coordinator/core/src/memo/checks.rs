//! Looking whether the outputs of a result are still there: workers are asked, a bounded number of times at once.

use super::desk::Stage;
use super::makers::outputs_of;
use crate::Core;
use crate::action::Action;
use crate::fleet::{Session, Stage as Acquaintance};
use crate::limits::{CHECKS_MAX, CHECKS_PER_WORKER_MAX};
use crate::report::shorten;
use godwit_common::ids::{TaskId, WorkerId};
use godwit_common::memo::{Check, Checked};
use std::collections::{BTreeMap, VecDeque};

/// Checks that were asked for, and tasks that wait for theirs.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    waiting: VecDeque<TaskId>,
    /// By number.
    asked: BTreeMap<u64, (TaskId, WorkerId)>,
    loads: BTreeMap<WorkerId, usize>,
    /// Counts the checks of this reign.
    count: u64,
}

impl Checks {
    pub(crate) fn wait(&mut self, task: TaskId) {
        self.waiting.push_back(task);
    }

    /// The worker that looks.
    pub(crate) fn worker(&self, number: u64) -> Option<WorkerId> {
        self.asked.get(&number).map(|(_, worker)| *worker)
    }

    pub(crate) fn is_waiting(&self, task: TaskId) -> bool {
        self.waiting.contains(&task)
    }

    /// A task does not want its check any more.
    pub(super) fn drop_task(&mut self, asked: Option<u64>) {
        // One that was not asked for is passed over when its turn comes.
        if let Some(number) = asked {
            self.settle(number);
        }
    }

    fn settle(&mut self, number: u64) -> Option<(TaskId, WorkerId)> {
        let (task, worker) = self.asked.remove(&number)?;
        if let Some(load) = self.loads.get_mut(&worker) {
            *load -= 1;
            if *load == 0 {
                self.loads.remove(&worker);
            }
        }
        Some((task, worker))
    }

    fn ask(&mut self, task: TaskId, worker: WorkerId) -> u64 {
        self.count += 1;
        self.asked.insert(self.count, (task, worker));
        *self.loads.entry(worker).or_default() += 1;
        self.count
    }

    /// A worker is gone: what it was asked is asked again elsewhere.
    fn lose(&mut self, worker: WorkerId) -> Vec<TaskId> {
        if self.loads.remove(&worker).is_none() {
            return Vec::new();
        }
        let lost: Vec<(u64, TaskId)> = self
            .asked
            .iter()
            .filter(|(_, (_, asked))| *asked == worker)
            .map(|(number, (task, _))| (*number, *task))
            .collect();
        for (number, task) in &lost {
            self.asked.remove(number);
            self.waiting.push_back(*task);
        }
        lost.into_iter().map(|(_, task)| task).collect()
    }
}

impl Core {
    /// Asks workers to look at outputs, those with the fewest checks first.
    pub(super) fn send_checks(&mut self) {
        if self.desk.checks.waiting.is_empty() || self.desk.checks.asked.len() >= CHECKS_MAX {
            return;
        }
        let mut workers = self.lookers(Session::takes_tasks);
        if workers.is_empty() {
            workers = self.lookers(|session| session.stage == Acquaintance::Ready);
        }
        let mut asked: BTreeMap<WorkerId, Vec<Check>> = BTreeMap::new();
        while let Some((load, worker)) = workers.front().copied() {
            let full = load >= CHECKS_PER_WORKER_MAX || self.desk.checks.asked.len() >= CHECKS_MAX;
            let Some(task) = (!full).then(|| self.desk.checks.waiting.pop_front()).flatten() else { break };
            if !matches!(self.desk.stage(task), Some(Stage::Check { asked: None, .. })) {
                continue;
            }
            if let Some(check) = self.check_of(task, worker) {
                asked.entry(worker).or_default().push(check);
                workers.rotate_left(1);
                if let Some(last) = workers.back_mut() {
                    last.0 += 1;
                }
            } else {
                self.desk.clear_stage(task);
                self.desk.readmit(task);
            }
        }
        for (worker, checks) in asked {
            self.fleet.tell(worker, |outgoing| outgoing.checks.extend(checks));
        }
    }

    fn lookers(&self, able: impl Fn(&Session) -> bool) -> VecDeque<(usize, WorkerId)> {
        let load = |id: &WorkerId| self.desk.checks.loads.get(id).copied().unwrap_or(0);
        let sessions = self.fleet.sessions().filter(|session| able(session));
        let mut workers: Vec<(usize, WorkerId)> =
            sessions.map(|session| (load(&session.id), session.id)).collect();
        workers.sort_unstable();
        workers.into()
    }

    /// What to ask about a task; none if the result is gone.
    fn check_of(&mut self, task: TaskId, worker: WorkerId) -> Option<Check> {
        let Some(Stage::Check { slot, .. }) = self.desk.stage(task) else { return None };
        let found = self.state.result_at(*slot)?;
        let spec = self.state.group(task.group)?.spec.clone();
        let outputs = outputs_of(&spec, task.position).zip(found.result.memo.outputs).collect();
        let number = self.desk.checks.ask(task, worker);
        if let Some(Stage::Check { asked, .. }) = self.desk.stage_mut(task) {
            *asked = Some(number);
        }
        Some(Check { task, number, outputs })
    }

    /// A worker says what it found.
    pub(crate) fn checked(&mut self, worker: WorkerId, answers: Vec<Checked>, out: &mut Vec<Action>) {
        for Checked { task, number, fault } in answers {
            if self.desk.checks.asked.get(&number) != Some(&(task, worker)) {
                continue;
            }
            self.desk.checks.settle(number);
            let Some(Stage::Check { slot, key, .. }) = self.desk.clear_stage(task) else { continue };
            let found = self.state.result_at(slot);
            match (found, fault) {
                (Some(found), None) => self.reuse(task, found.result, out),
                (Some(found), Some(fault)) => {
                    let origin = self.origin_of(task, &found.result.origin);
                    let fault = shorten(fault);
                    self.desk.note(task, format!("{origin} computed the same, but {fault}"));
                    self.fly(task, key, out);
                }
                (None, _) => self.desk.readmit(task),
            }
        }
    }

    /// A worker's connection is over.
    pub(crate) fn lose_checks(&mut self, worker: WorkerId) {
        for task in self.desk.checks.lose(worker) {
            if let Some(Stage::Check { asked, .. }) = self.desk.stage_mut(task) {
                *asked = None;
            }
        }
    }
}
