//! The coordinator's core: its parts, and the loop of one event.
//!
//! What happens on each event is in the modules beside this one; here is only their order.

use crate::action::Action;
use crate::delays::Delays;
use crate::event::{Event, Position};
use crate::fleet::Fleet;
use crate::gate::Gate;
use crate::hold::{Mode, Reattach, Store};
use crate::memo::Desk;
use crate::queue::Queue;
use crate::record::{OutcomesWriter, Record};
use crate::requests::Followers;
use crate::state::{Effects, State, Stretch};
use crate::unsaved::Unsaved;
use crate::watch::Watches;
use godwit_common::ids::{Attempt, Epoch, TaskId, WorkerId, WorkflowId};
use godwit_common::memo::Exported;
use godwit_common::settings::CoordinatorSettings;
use godwit_common::time::Time;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Who runs what, where and when. See [`Core::handle`].
#[derive(Debug)]
pub struct Core {
    pub(crate) settings: CoordinatorSettings,
    pub(crate) identity: Identity,
    /// The reign; none before [`Event::Begin`].
    pub(crate) epoch: Option<Epoch>,
    pub(crate) now: Time,
    pub(crate) since: Time,
    pub(crate) state: State,
    pub(crate) effects: Effects,
    /// Tasks that are to be skipped.
    pub(crate) doomed: VecDeque<Stretch>,
    /// The last record that was appended. Outcomes may still be added to it while an event is handled.
    pub(crate) appended: Position,
    /// The outcomes that it has, if it may have more.
    pub(crate) open: Option<OutcomesWriter>,
    /// Outcomes that are not appended yet, by workflow.
    pub(crate) unsaved: Unsaved,
    pub(crate) gate: Gate,
    pub(crate) queue: Queue,
    pub(crate) fleet: Fleet,
    /// Which attempt at a task is the one whose end counts.
    pub(crate) grants: BTreeMap<TaskId, Grant>,
    /// Numbers of attempts that are used up and that the log does not know.
    pub(crate) numbers: BTreeMap<TaskId, u32>,
    /// Attempts whose worker was lost; the loss counts when the task is started again.
    pub(crate) suspects: BTreeMap<TaskId, (Attempt, WorkerId)>,
    /// Processes of a workflow that ended without a record: stopped, or not wanted any more.
    pub(crate) stopped: BTreeMap<WorkflowId, u64>,
    pub(crate) delays: Delays,
    /// Tasks that are on their way into the queue.
    pub(crate) desk: Desk,
    pub(crate) watches: Watches,
    pub(crate) followers: Followers,
    /// Workflows of which something changed in this event.
    pub(crate) changed: BTreeSet<WorkflowId>,
    pub(crate) store: Store,
    pub(crate) mode: Mode,
    pub(crate) reattach: Option<Reattach>,
    /// When the fleet is looked through for silence next.
    pub(crate) patrol: Time,
    /// When a worker may have to be reserved.
    pub(crate) reserve_due: Option<Time>,
}

/// The attempt at a task whose end counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) worker: WorkerId,
    pub(crate) attempt: Attempt,
}

/// Who this coordinator is, for those who ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Its process.
    pub pid: u32,
    /// Its host.
    pub host: String,
    /// Where it listens.
    pub address: String,
    /// Where its log is.
    pub store: String,
    /// Its software version.
    pub version: String,
    /// When the cluster's credentials expire.
    pub credentials_expire: Option<Time>,
}

/// A record of the log does not fit what came before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot replay record {position}, {record}: {fault}; the store was damaged or written by another program: restore it from a copy"
)]
pub struct ReplayError {
    /// Which record, counted from 1 in this replay.
    pub position: u64,
    /// What the record says.
    pub record: String,
    /// Why it does not fit.
    pub fault: String,
}

impl Core {
    /// A core that knows nothing. Replay the log next, then say [`Event::Begin`].
    pub fn new(settings: CoordinatorSettings, identity: Identity) -> Core {
        Core {
            settings,
            identity,
            epoch: None,
            now: Time::default(),
            since: Time::default(),
            state: State::default(),
            effects: Effects::default(),
            doomed: VecDeque::new(),
            appended: Position::default(),
            open: None,
            unsaved: Unsaved::default(),
            gate: Gate::default(),
            queue: Queue::default(),
            fleet: Fleet::default(),
            grants: BTreeMap::new(),
            numbers: BTreeMap::new(),
            suspects: BTreeMap::new(),
            stopped: BTreeMap::new(),
            delays: Delays::default(),
            desk: Desk::default(),
            watches: Watches::default(),
            followers: Followers::default(),
            changed: BTreeSet::new(),
            store: Store::default(),
            mode: Mode::Open,
            reattach: None,
            patrol: Time::default(),
            reserve_due: None,
        }
    }

    /// Takes in a record of the log, in its order, before [`Event::Begin`].
    ///
    /// # Errors
    /// [`ReplayError`] if it does not fit what came before. The core is of no use then.
    pub fn replay(&mut self, record: &Record) -> Result<(), ReplayError> {
        self.appended.0 += 1;
        let applied = if self.epoch.is_some() {
            Err("the reign has begun already".to_owned())
        } else {
            self.effects.clear();
            self.state.apply(record, &mut self.effects).map_err(|misfit| misfit.0)
        };
        applied.map_err(|fault| ReplayError { position: self.appended.0, record: record.to_string(), fault })
    }

    /// Records which, replayed by a new core, give the state of this one: what a base of the log is made of. They are
    /// made while they are asked for, each of about a mebibyte at most, unless a single group was submitted larger.
    ///
    /// Ask a core that has only replayed a log. One whose reign has begun may know what is not to be saved.
    pub fn base_records(&self) -> impl Iterator<Item = Record> + '_ {
        self.state.base_records()
    }

    /// Every result of the memo table: by key, of several for one key the newest last.
    pub fn results(&self) -> impl Iterator<Item = Exported> + '_ {
        self.state.results()
    }

    /// Takes in what happened at `now` and adds to `out` what is to be done about it, in order.
    pub fn handle(&mut self, now: Time, event: Event, out: &mut Vec<Action>) {
        self.now = self.now.max(now);
        if self.epoch.is_none() && !matches!(event, Event::Begin(_)) {
            return self.turn_away(&event, out);
        }
        self.take_in(event, out);
        self.run_timers(out);
        self.prepare(out);
        self.place_all(out);
        self.speak(out);
        self.serve_followers(out);
        self.update_watches(out);
        self.changed.clear();
        self.close_outcomes(out);
    }

    fn take_in(&mut self, event: Event, out: &mut Vec<Action>) {
        match event {
            Event::Begin(epoch) => self.begin(epoch, out),
            Event::WorkerHello { link, hello } => self.greet(link, &hello, out),
            Event::WorkerMessage { link, message } => self.hear(link, message, out),
            Event::WorkerGone { link, reason } => self.lose_link(link, &reason, out),
            Event::Request { id, request } => self.request(id, request, out),
            Event::RequestGone(id) => self.drop_request(id),
            Event::Durable(position) => self.durable(position, out),
            Event::Store { pending_bytes, trouble } => self.store_changed(pending_bytes, trouble, out),
            Event::Wakeup => {}
            Event::BlobRead { digest, result } => self.blob_read(digest, result, out),
            Event::Drain => self.drain_all(out),
            Event::StopTasks => self.stop_all(out),
            Event::WorkerEnded(worker) => self.worker_ended(worker, out),
        }
    }

    /// When [`Event::Wakeup`] is wanted at the latest.
    pub fn next_wakeup(&self) -> Option<Time> {
        self.epoch?;
        if self.desk.unfinished && !self.is_held() {
            return Some(self.now);
        }
        let patrol = (!self.fleet.is_empty()).then_some(self.patrol);
        let lost = self.lost_due();
        let reattach = self.reattach.as_ref().map(|reattach| reattach.until);
        let due = [patrol, lost, reattach, self.delays.due(), self.reserve_due, self.watches.due()];
        due.into_iter().chain([self.unsaved.due()]).flatten().min()
    }
}
