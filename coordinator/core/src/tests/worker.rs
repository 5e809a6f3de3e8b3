//! A fake worker: it keeps the rules of a real one, and starts nothing that it has no room for.

use super::disk::{Disk, Execution};
use godwit_common::ids::{AttemptId, GroupId, Token, WorkerId};
use godwit_common::memo::{Checked, Produced, Stamp};
use godwit_common::message::worker::{FromWorker, GroupSpec, Live, Report, Run, ToWorker, WorkerHello};
use godwit_common::outcome::{Cause, End, Ended, Failure, SpoolOutput, Usage};
use godwit_common::resources::{Capacity, Held, Hundredths, Pool, Request};
use godwit_common::time::Time;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// A report with fewer ended attempts says that there is no more to tell.
const REPORT_ENDED_MAX: usize = 1_000;

pub(super) struct FakeWorker {
    pub(super) life: Token,
    pub(super) id: Option<WorkerId>,
    pub(super) capacity: Capacity,
    pub(super) ends: Option<Time>,
    pool: Pool,
    pub(super) specs: BTreeMap<GroupId, GroupSpec>,
    pub(super) waiting: VecDeque<(AttemptId, u8)>,
    pub(super) running: BTreeMap<AttemptId, (u8, Held)>,
    pub(super) outbox: BTreeMap<AttemptId, Ended>,
    started: Vec<AttemptId>,
    news: Vec<AttemptId>,
    welcomed: bool,
    /// It was welcomed and has said nothing since: a report is due even if it is empty.
    greeting: bool,
    /// How long its tasks take.
    pub(super) wall: Duration,
    pub(super) drained: bool,
    pub(super) quit: bool,
    pub(super) refused: Option<String>,
    /// What it reads and writes, if tasks do.
    pub(super) disk: Option<Disk>,
    /// Values that it was told, by attempt.
    pub(super) values: BTreeMap<AttemptId, Vec<(String, Arc<str>)>>,
    /// What running attempts have read.
    reads: BTreeMap<AttemptId, Vec<(String, Stamp)>>,
    /// Answers that it has not given yet.
    pub(super) checked: Vec<Checked>,
}

pub(super) fn capacity(cpus: u32, gpus: u32) -> Capacity {
    Capacity { cpus: Hundredths::whole(cpus), memory: 1 << 30, gpus, disk: 0, named: Vec::new() }
}

pub(super) fn exit(code: i32) -> End {
    End::Failed(Failure { cause: Cause::Exit(code), stderr_tail: b"no luck".to_vec() })
}

impl FakeWorker {
    pub(super) fn new(life: u128, capacity: Capacity) -> FakeWorker {
        FakeWorker {
            life: Token(life),
            id: None,
            pool: Pool::new(&capacity),
            capacity,
            ends: None,
            specs: BTreeMap::new(),
            waiting: VecDeque::new(),
            running: BTreeMap::new(),
            outbox: BTreeMap::new(),
            started: Vec::new(),
            news: Vec::new(),
            welcomed: false,
            greeting: false,
            wall: Duration::from_secs(1),
            drained: false,
            quit: false,
            refused: None,
            disk: None,
            values: BTreeMap::new(),
            reads: BTreeMap::new(),
            checked: Vec::new(),
        }
    }

    pub(super) fn hello(&mut self) -> WorkerHello {
        self.welcomed = false;
        let running = self.running.iter().map(|(id, (variant, _))| Live {
            id: *id,
            variant: *variant,
            started: Some(Time(1)),
        });
        let waiting =
            self.waiting.iter().map(|(id, variant)| Live { id: *id, variant: *variant, started: None });
        WorkerHello {
            life: self.life,
            host: format!("node{}", self.life.0),
            pid: 1,
            capacity: self.capacity.clone(),
            spool: "/spool".to_owned(),
            ends: self.ends,
            group: None,
            live: running.chain(waiting).collect(),
            draining: false,
        }
    }

    pub(super) fn obey(&mut self, message: ToWorker) {
        if let ToWorker::Welcome(welcome) = message {
            self.id = Some(welcome.worker);
            self.welcomed = true;
            self.greeting = true;
            self.started = self.running.keys().copied().collect();
            self.news = self.outbox.keys().copied().collect();
            return;
        }
        if let ToWorker::Refused(reason) = message {
            self.refused = Some(reason);
            return;
        }
        assert!(self.welcomed, "orders before the welcome: {message:?}");
        match message {
            ToWorker::Spec(spec) => drop(self.specs.insert(spec.id, (*spec).clone())),
            ToWorker::Run(runs) => runs.into_iter().for_each(|run| self.take(run)),
            ToWorker::Stop(ids) => ids.into_iter().for_each(|id| self.stop(id)),
            ToWorker::Retract(ids) => ids.into_iter().for_each(|id| self.give_back(id)),
            ToWorker::Kept(ids) => ids.iter().for_each(|id| drop(self.outbox.remove(id))),
            ToWorker::Forget(group) => drop(self.specs.remove(&group)),
            ToWorker::Values(all) => self.values.extend(all.into_iter().map(|told| (told.id, told.values))),
            ToWorker::Check(checks) => {
                let disk = self.disk.clone();
                self.checked.extend(checks.iter().filter_map(|check| Some(disk.as_ref()?.check(check))));
            }
            ToWorker::Heartbeat => {}
            ToWorker::Drain => self.drained = true,
            ToWorker::Quit => self.quit = true,
            ToWorker::Welcome(_) | ToWorker::Refused(_) => unreachable!("handled above"),
        }
        self.start_what_fits();
    }

    fn take(&mut self, run: Run) {
        assert!(self.specs.contains_key(&run.first.group), "a run before its spec");
        for id in run.attempts() {
            assert!(!self.has(id) && !self.outbox.contains_key(&id), "{id:?} was given before");
            self.waiting.push_back((id, run.variant));
        }
    }

    pub(super) fn has(&self, id: AttemptId) -> bool {
        self.running.contains_key(&id) || self.waiting.iter().any(|(waiting, _)| *waiting == id)
    }

    fn start_what_fits(&mut self) {
        while let Some((id, variant)) = self.waiting.front().copied() {
            let request: Request = match self.specs.get(&id.task.group) {
                Some(spec) => spec.task.requests[usize::from(variant)].clone(),
                None => return,
            };
            let Some(held) = self.pool.take(&request) else {
                return;
            };
            self.waiting.pop_front();
            self.running.insert(id, (variant, held));
            self.look(id);
            self.started.push(id);
        }
    }

    fn execution(&self, id: AttemptId) -> Option<(&Disk, Execution<'_>)> {
        let spec = self.specs.get(&id.task.group)?;
        let results = self.values.get(&id).map_or(&[][..], Vec::as_slice);
        let (position, attempt, epoch) = (id.task.position, id.attempt.number, id.attempt.epoch);
        Some((self.disk.as_ref()?, Execution { spec, position, attempt, epoch, results }))
    }

    /// An attempt starts: what is there to be read?
    fn look(&mut self, id: AttemptId) {
        let asked = self.specs.get(&id.task.group).map(|spec| crate::memo::result_names(&spec.task));
        let told = self.values.get(&id).map_or(0, Vec::len);
        assert_eq!(asked.map(|names| names.len()), Some(told), "the values that it asks for come before it");
        let read = self.execution(id).map(|(disk, execution)| disk.reads(&execution));
        self.reads.extend(read.map(|read| (id, read)));
    }

    fn produce(&mut self, id: AttemptId) -> Option<Box<Produced>> {
        let read = self.reads.remove(&id).unwrap_or_default();
        let (disk, execution) = self.execution(id)?;
        Some(Box::new(disk.run(&execution, read)))
    }

    fn give_back(&mut self, id: AttemptId) {
        let before = self.waiting.len();
        self.waiting.retain(|(waiting, _)| *waiting != id);
        if self.waiting.len() < before {
            self.tell(id, End::Stopped, false);
        }
    }

    fn stop(&mut self, id: AttemptId) {
        self.give_back(id);
        if self.running.contains_key(&id) {
            self.end(id, End::Stopped);
        }
    }

    /// A running attempt ends like this.
    pub(super) fn end(&mut self, id: AttemptId, end: End) {
        let (_, held) = self.running.remove(&id).expect("it is running");
        self.pool.give_back(held);
        self.tell(id, end, true);
        self.start_what_fits();
    }

    fn tell(&mut self, id: AttemptId, end: End, ran: bool) {
        let usage = ran.then(|| Usage {
            started: Time(1),
            wall: self.wall,
            cpu: self.wall,
            memory_max: 1,
            output: SpoolOutput::default(),
        });
        let succeeded = ran && end == End::Succeeded;
        let produced = succeeded.then(|| self.produce(id)).flatten();
        self.outbox.insert(id, Ended { id, end, usage, produced });
        self.news.push(id);
    }

    /// What it has to tell now, if anything.
    pub(super) fn report(&mut self) -> Option<FromWorker> {
        if self.welcomed && !self.greeting && !self.checked.is_empty() {
            return Some(FromWorker::Checked(std::mem::take(&mut self.checked)));
        }
        let silent = self.started.is_empty() && self.news.is_empty() && !self.greeting;
        if !self.welcomed || silent {
            return None;
        }
        self.greeting = false;
        let rest = self.news.split_off(self.news.len().min(REPORT_ENDED_MAX));
        let news = std::mem::replace(&mut self.news, rest);
        Some(FromWorker::Report(Report {
            started: std::mem::take(&mut self.started),
            ended: news.iter().filter_map(|id| self.outbox.get(id).cloned()).collect(),
            more: !self.news.is_empty(),
        }))
    }

    /// The process is gone, and everything with it.
    pub(super) fn die(&mut self) {
        let (capacity, disk) = (self.capacity.clone(), self.disk.take());
        *self = FakeWorker::new(self.life.0 + 1000, capacity);
        self.disk = disk;
    }
}
