//! A core with a log, a fleet of fake workers and clients around it. What the core says is done at once; what workers
//! have to tell is told when the test says so.

use super::disk::Disk;
use super::worker::{FakeWorker, capacity};
use crate::action::{Action, Level, OutputPlace};
use crate::core::{Core, Identity};
use crate::event::{Event, LinkId, Position, RequestId};
use crate::record::Record;
use crate::state::{Effects, State};
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::ids::{AttemptId, Epoch, GroupId, TaskId, Token, WorkflowId};
use godwit_common::memo::ContentDigest;
use godwit_common::message::client::{Request, Response, Selector, TaskReference};
use godwit_common::message::view::{Explanation, TaskState, WorkerView, WorkflowView};
use godwit_common::message::worker::{FromWorker, ToWorker};
use godwit_common::outcome::End;
use godwit_common::resources::Capacity;
use godwit_common::settings::CoordinatorSettings;
use godwit_common::time::Time;
use godwit_common::workflow::Workflow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

pub(super) struct World {
    pub(super) core: Core,
    pub(super) now: Time,
    epoch: u32,
    /// All records of all reigns.
    pub(super) log: Vec<Record>,
    /// Records of earlier reigns.
    before: usize,
    /// Whether records are durable at once.
    pub(super) prompt: bool,
    pub(super) durable: usize,
    pub(super) workers: Vec<FakeWorker>,
    links: BTreeMap<LinkId, usize>,
    pub(super) responses: BTreeMap<RequestId, Vec<Response>>,
    pub(super) finished: Vec<RequestId>,
    pub(super) outputs: BTreeMap<RequestId, OutputPlace>,
    pub(super) notices: Vec<(Level, String)>,
    pub(super) exited: bool,
    /// Attempts that workers were told to stop.
    pub(super) stopped: Vec<AttemptId>,
    /// Where in the log it says how an attempt ended.
    decided: BTreeMap<AttemptId, usize>,
    /// Every attempt that was ever given to a worker.
    given: BTreeSet<AttemptId>,
    counter: u64,
    /// What tasks read and write, if they do.
    pub(super) disk: Option<Disk>,
    /// Large values in the store.
    pub(super) blobs: BTreeMap<ContentDigest, Arc<str>>,
    /// Large values that are to be read.
    pub(super) wanted: Vec<ContentDigest>,
}

impl World {
    pub(super) fn new() -> World {
        World::with(CoordinatorSettings::default())
    }

    pub(super) fn with(settings: CoordinatorSettings) -> World {
        let mut world = World {
            core: Core::new(settings, Identity::default()),
            now: Time(1_000_000_000),
            epoch: 1,
            log: Vec::new(),
            before: 0,
            prompt: true,
            durable: 0,
            workers: Vec::new(),
            links: BTreeMap::new(),
            responses: BTreeMap::new(),
            finished: Vec::new(),
            outputs: BTreeMap::new(),
            notices: Vec::new(),
            exited: false,
            stopped: Vec::new(),
            decided: BTreeMap::new(),
            given: BTreeSet::new(),
            counter: 0,
            disk: None,
            blobs: BTreeMap::new(),
            wanted: Vec::new(),
        };
        world.tell(Event::Begin(Epoch(1)));
        world
    }

    /// A world with workers of so many cpus each.
    pub(super) fn with_workers(cpus: &[u32]) -> World {
        let mut world = World::new();
        for cpus in cpus {
            world.join(capacity(*cpus, 0));
        }
        world.talk();
        world
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.handle(event);
        // More tasks are to be looked at than in one event.
        while self.core.next_wakeup().is_some_and(|due| due <= self.now) && self.core.desk.unfinished {
            self.handle(Event::Wakeup);
        }
        while self.prompt && self.durable < self.log.len() {
            self.sync();
        }
    }

    fn handle(&mut self, event: Event) {
        let mut out = Vec::new();
        self.core.handle(self.now, event, &mut out);
        out.into_iter().for_each(|action| self.perform(action));
        self.core.check().expect("the invariants hold");
    }

    /// Everything that was appended is durable now.
    pub(super) fn sync(&mut self) {
        self.durable = self.log.len();
        let position = Position((self.durable - self.before) as u64);
        self.handle(Event::Durable(position));
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Append(position, record) => {
                assert_eq!(Record::decode(&record.encode()), Ok(record.clone()));
                self.note_decided(&record);
                self.log.push(record);
                assert_eq!(position.0, (self.log.len() - self.before) as u64, "positions count up by one");
            }
            Action::Send(link, message) => self.deliver(link, message),
            Action::Close(link, _) => drop(self.links.remove(&link)),
            Action::Respond { id, response, last } => {
                self.check_revealed(&response);
                assert!(!self.finished.contains(&id), "{id:?} was answered before");
                self.responses.entry(id).or_default().push(response);
                self.finished.extend(last.then_some(id));
            }
            Action::RespondOutput { id, place } => drop(self.outputs.insert(id, place)),
            Action::Notice(notice) => self.notices.push((notice.level, notice.sentence)),
            Action::AppendBlob(text) => drop(self.blobs.insert(crate::memo::digest(&text), text)),
            Action::ReadBlob(digest) => self.wanted.push(digest),
            Action::Exit => self.exited = true,
        }
    }

    fn deliver(&mut self, link: LinkId, message: ToWorker) {
        if let ToWorker::Kept(ids) = &message {
            ids.iter().for_each(|id| self.check_kept(*id));
        }
        if let ToWorker::Stop(ids) = &message {
            self.stopped.extend(ids);
        }
        if let ToWorker::Run(runs) = &message {
            for id in runs.iter().flat_map(|run| run.attempts()) {
                assert!(self.given.insert(id), "{id:?} was given to a worker before");
            }
        }
        if let Some(worker) = self.links.get(&link) {
            self.workers[*worker].obey(message);
        }
    }

    fn note_decided(&mut self, record: &Record) {
        for record in singly(record) {
            if let Record::Done { ended, .. } | Record::Failed { ended, .. } = record {
                self.decided.entry(ended.id).or_insert(self.log.len());
            }
        }
    }

    /// A worker may only forget an outcome that is on storage.
    fn check_kept(&self, id: AttemptId) {
        let position = self.decided.get(&id);
        assert!(
            position.is_none_or(|position| *position < self.durable),
            "{id:?} was kept before it was durable"
        );
    }

    /// A client may only see successes that are on storage, and only be promised what is.
    fn check_revealed(&self, response: &Response) {
        if let Response::Submitted { workflow, .. } = response {
            let submitted = |record: &Record| match record {
                Record::Submitted { workflow: id, .. } | Record::NumberUsed { workflow: id } => {
                    id == workflow
                }
                _ => false,
            };
            assert!(
                self.log[..self.durable].iter().any(submitted),
                "{workflow} was promised before it was durable"
            );
        }
        let Response::Workflow(view) = response else {
            return;
        };
        if view.checkpoint != CheckpointMode::TaskExit {
            return;
        }
        let durable = &self.log[..self.durable];
        let forgotten =
            |record: &Record| matches!(record, Record::Forgotten { workflow } if *workflow == view.workflow);
        if durable.iter().any(forgotten) {
            return;
        }
        let state = replayed(durable);
        let succeeded = state.workflow(view.workflow).map_or(0, |workflow| workflow.tally.succeeded);
        assert!(view.counts.succeeded <= succeeded, "successes were shown before they were durable");
    }

    /// Lets time pass, in the steps that the core asks for.
    pub(super) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.core.next_wakeup().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.tell(Event::Wakeup);
            assert!(self.core.next_wakeup().is_none_or(|next| next > self.now), "a busy loop");
            self.beat();
        }
        self.now = until;
        self.tell(Event::Wakeup);
    }

    /// All workers say that they are there.
    fn beat(&mut self) {
        for link in self.links.keys().copied().collect::<Vec<_>>() {
            self.tell(Event::WorkerMessage { link, message: FromWorker::Heartbeat });
        }
    }

    pub(super) fn join(&mut self, capacity: Capacity) -> usize {
        self.workers.push(FakeWorker::new(self.workers.len() as u128 + 1, capacity));
        let worker = self.workers.len() - 1;
        self.workers[worker].disk = self.disk.clone();
        self.connect(worker);
        if self.prompt {
            self.greet(worker);
        }
        worker
    }

    /// A worker says the first thing after its welcome.
    pub(super) fn greet(&mut self, worker: usize) {
        if let (Some(link), Some(message)) = (self.link(worker), self.workers[worker].report()) {
            self.tell(Event::WorkerMessage { link, message });
        }
    }

    pub(super) fn connect(&mut self, worker: usize) {
        self.counter += 1;
        let link = LinkId(self.counter);
        self.links.insert(link, worker);
        let hello = Box::new(self.workers[worker].hello());
        self.tell(Event::WorkerHello { link, hello });
    }

    pub(super) fn link(&self, worker: usize) -> Option<LinkId> {
        let mut links = self.links.iter();
        links.find(|(_, other)| **other == worker).map(|(link, _)| *link)
    }

    /// The connection breaks; the worker lives on.
    pub(super) fn cut(&mut self, worker: usize) {
        if let Some(link) = self.link(worker) {
            self.links.remove(&link);
            let reason = "the cable was cut".to_owned();
            self.tell(Event::WorkerGone { link, reason });
        }
    }

    pub(super) fn kill(&mut self, worker: usize) {
        self.cut(worker);
        self.workers[worker].die();
    }

    /// Workers tell what they have to tell, and what that leads to, until there is nothing more.
    pub(super) fn talk(&mut self) {
        loop {
            let links: Vec<(LinkId, usize)> =
                self.links.iter().map(|(link, worker)| (*link, *worker)).collect();
            let mut quiet = !self.read_blobs();
            for (link, worker) in links {
                if let Some(message) = self.workers[worker].report() {
                    quiet = false;
                    self.tell(Event::WorkerMessage { link, message });
                }
            }
            if quiet {
                return;
            }
        }
    }

    /// The store answers what was asked of it.
    fn read_blobs(&mut self) -> bool {
        let wanted = std::mem::take(&mut self.wanted);
        for digest in &wanted {
            let result = self.blobs.get(digest).cloned().ok_or_else(|| "it is missing".to_owned());
            self.tell(Event::BlobRead { digest: *digest, result });
        }
        !wanted.is_empty()
    }

    /// Ends every running attempt once, as `end` says, and tells of it.
    pub(super) fn step(&mut self, end: impl Fn(AttemptId) -> End) -> usize {
        self.talk();
        let mut ended = 0;
        for worker in 0..self.workers.len() {
            for id in self.running(worker) {
                self.workers[worker].end(id, end(id));
                ended += 1;
            }
        }
        self.talk();
        ended
    }

    /// Runs until nothing runs any more.
    pub(super) fn run(&mut self, end: impl Fn(AttemptId) -> End + Copy) {
        while self.step(end) > 0 {}
    }

    pub(super) fn run_well(&mut self) {
        self.run(|_| End::Succeeded);
    }

    pub(super) fn running(&self, worker: usize) -> Vec<AttemptId> {
        self.workers[worker].running.keys().copied().collect()
    }

    pub(super) fn running_count(&self) -> usize {
        self.workers.iter().map(|worker| worker.running.len()).sum()
    }

    pub(super) fn ask(&mut self, request: Request) -> RequestId {
        self.counter += 1;
        let id = RequestId(self.counter);
        self.tell(Event::Request { id, request });
        id
    }

    /// The one answer to a request.
    pub(super) fn answer(&mut self, request: Request) -> Response {
        let id = self.ask(request);
        self.responses.get(&id).and_then(|all| all.first()).cloned().expect("an answer")
    }

    pub(super) fn refusal(&mut self, request: Request) -> String {
        match self.answer(request) {
            Response::Refused(refusal) => refusal.sentence,
            other => panic!("not refused: {other:?}"),
        }
    }

    pub(super) fn submit(&mut self, mut workflow: Workflow) -> WorkflowId {
        self.counter += 1;
        workflow.submission = Token(u128::from(self.counter));
        match self.answer(Request::Submit(Box::new(workflow))) {
            Response::Submitted { workflow, .. } => workflow,
            other => panic!("not accepted: {other:?}"),
        }
    }

    /// Submits, and does not wait for the answer.
    pub(super) fn submit_later(&mut self, mut workflow: Workflow) -> RequestId {
        self.counter += 1;
        workflow.submission = Token(u128::from(self.counter));
        self.ask(Request::Submit(Box::new(workflow)))
    }

    pub(super) fn view(&self, id: WorkflowId) -> WorkflowView {
        self.core.workflow_view(id).expect("a workflow")
    }

    /// Tasks as `waiting ready running succeeded failed cancelled skipped`.
    pub(super) fn counts(&self, id: WorkflowId) -> [u64; 7] {
        let counts = self.view(id).counts;
        [
            counts.waiting,
            counts.ready,
            counts.running,
            counts.succeeded,
            counts.failed,
            counts.cancelled,
            counts.skipped,
        ]
    }

    pub(super) fn state_of(&self, task: TaskId) -> TaskState {
        self.core.task_view(task).expect("a task").state
    }

    pub(super) fn explain(&mut self, text: &str) -> Explanation {
        match self.answer(Request::Explain(reference(text))) {
            Response::Explained(explanation) => *explanation,
            other => panic!("not explained: {other:?}"),
        }
    }

    pub(super) fn workers_view(&self) -> Vec<WorkerView> {
        self.core.worker_list()
    }

    /// The coordinator is killed and another one takes over what is durable. Connections are gone.
    pub(super) fn restart(&mut self) {
        self.log.truncate(self.durable);
        self.decided.retain(|_, position| *position < self.durable);
        self.before = self.durable;
        self.links.clear();
        self.wanted.clear();
        self.epoch += 1;
        self.core = Core::new(self.core.settings.clone(), Identity::default());
        for record in &self.log {
            self.core.replay(record).expect("the log fits");
        }
        self.tell(Event::Begin(Epoch(self.epoch)));
    }

    /// Only what the log says up to the first outcome of this kind is on storage.
    pub(super) fn cut_log_after(&mut self, wanted: impl Fn(&Record) -> bool) {
        let found = self.log.iter().enumerate().find_map(|(position, record)| {
            let outcome = singly(record).into_iter().find(&wanted)?;
            Some((position, outcome))
        });
        let (position, outcome) = found.expect("such an outcome");
        self.log[position] = outcome;
        self.durable = position + 1;
    }

    pub(super) fn records(&self, wanted: impl Fn(&Record) -> bool) -> usize {
        self.log.iter().flat_map(singly).filter(|record| wanted(record)).count()
    }
}

/// What a record says, one outcome at a time.
pub(super) fn singly(record: &Record) -> Vec<Record> {
    match record {
        Record::Outcomes(outcomes) => outcomes.iter().collect(),
        other => vec![other.clone()],
    }
}

pub(super) fn replayed(log: &[Record]) -> State {
    let (mut state, mut effects) = (State::default(), Effects::default());
    for record in log {
        effects.clear();
        state.apply(record, &mut effects).expect("the record fits");
    }
    state
}

/// `1/align[3]`, `1/align`, `1`.
pub(super) fn reference(text: &str) -> TaskReference {
    let (workflow, rest) = text.split_once('/').unwrap_or((text, ""));
    let (group, index) = rest.split_once('[').unwrap_or((rest, ""));
    TaskReference {
        workflow: WorkflowId(workflow.parse().expect("a workflow")),
        group: (!group.is_empty()).then(|| group.to_owned()),
        index: index.trim_end_matches(']').parse().ok(),
    }
}

pub(super) fn selector(text: &str) -> Selector {
    let TaskReference { workflow, group, index } = reference(text);
    let indices = index.map(|index| (index, index));
    Selector { workflow, group, indices }
}

pub(super) fn task(workflow: WorkflowId, group: u32, position: u32) -> TaskId {
    GroupId { workflow, group }.task(position)
}
