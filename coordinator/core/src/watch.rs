//! Clients that watch a workflow: told of changes a few times a second, and of the end at once.

use crate::Core;
use crate::action::Action;
use crate::event::{Position, RequestId};
use crate::limits::WATCH_PERIOD;
use godwit_common::ids::WorkflowId;
use godwit_common::message::client::Response;
use godwit_common::message::view::WorkflowView;
use godwit_common::time::Time;
use std::collections::{BTreeMap, BTreeSet};

/// All watching clients.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    watches: BTreeMap<RequestId, Watch>,
    by_workflow: BTreeMap<WorkflowId, BTreeSet<RequestId>>,
    /// Those with news, by the time at which they may be told.
    due: BTreeSet<(Time, RequestId)>,
    /// Those with news whose last answer is still held back until it is durable.
    blocked: BTreeSet<RequestId>,
}

#[derive(Debug)]
struct Watch {
    workflow: WorkflowId,
    /// Not told before this time.
    next: Time,
    /// When it is in `due`, and under which time.
    queued: Option<Time>,
    /// The last answer leaves when this is durable.
    sent: Position,
}

impl Watches {
    pub(crate) fn len(&self) -> usize {
        self.watches.len()
    }

    pub(crate) fn insert(&mut self, id: RequestId, workflow: WorkflowId, now: Time) {
        let watch = Watch { workflow, next: now, queued: None, sent: Position::default() };
        self.watches.insert(id, watch);
        self.by_workflow.entry(workflow).or_default().insert(id);
        self.queue(id, now);
    }

    pub(crate) fn remove(&mut self, id: RequestId) {
        let Some(watch) = self.watches.remove(&id) else {
            return;
        };
        if let Some(at) = watch.queued {
            self.due.remove(&(at, id));
        }
        self.blocked.remove(&id);
        if let Some(others) = self.by_workflow.get_mut(&watch.workflow) {
            others.remove(&id);
            if others.is_empty() {
                self.by_workflow.remove(&watch.workflow);
            }
        }
    }

    /// Takes out everybody who watches a workflow.
    pub(crate) fn take(&mut self, workflow: WorkflowId) -> BTreeSet<RequestId> {
        let all = self.by_workflow.get(&workflow).cloned().unwrap_or_default();
        all.iter().for_each(|id| self.remove(*id));
        all
    }

    pub(crate) fn ids(&self) -> Vec<RequestId> {
        self.watches.keys().copied().collect()
    }

    fn queue(&mut self, id: RequestId, at: Time) {
        let Some(watch) = self.watches.get_mut(&id) else {
            return;
        };
        if let Some(before) = watch.queued.replace(at) {
            self.due.remove(&(before, id));
        }
        self.due.insert((at, id));
    }

    /// A workflow changed.
    fn note(&mut self, workflow: WorkflowId) {
        let all: Vec<RequestId> = self.by_workflow.get(&workflow).into_iter().flatten().copied().collect();
        for id in all {
            let next = self.watches.get(&id).filter(|watch| watch.queued.is_none());
            if let Some(at) = next.map(|watch| watch.next) {
                self.queue(id, at);
            }
        }
    }

    /// Records up to here are durable: answers that waited for them are out.
    pub(crate) fn durable(&mut self, position: Position) {
        let out = |id: &RequestId| self.watches.get(id).is_some_and(|watch| watch.sent <= position);
        let free: Vec<RequestId> = self.blocked.iter().copied().filter(out).collect();
        for id in free {
            self.blocked.remove(&id);
            let next = self.watches.get(&id).map(|watch| watch.next);
            next.into_iter().for_each(|at| self.queue(id, at));
        }
    }

    /// Somebody who may be told now, and of what.
    fn pop(&mut self, now: Time, durable: Position) -> Option<(RequestId, WorkflowId)> {
        while let Some(&(at, id)) = self.due.first().filter(|(at, _)| *at <= now) {
            self.due.remove(&(at, id));
            let Some(watch) = self.watches.get_mut(&id) else {
                continue;
            };
            watch.queued = None;
            if watch.sent <= durable {
                return Some((id, watch.workflow));
            }
            self.blocked.insert(id);
        }
        None
    }

    fn told(&mut self, id: RequestId, now: Time, sent: Position) {
        if let Some(watch) = self.watches.get_mut(&id) {
            watch.next = now + WATCH_PERIOD;
            watch.sent = sent;
        }
    }

    /// When somebody is to be told next.
    pub(crate) fn due(&self) -> Option<Time> {
        self.due.first().map(|(at, _)| *at)
    }
}

impl Core {
    /// Tells those who watch what changed in this event, or before it and not told yet.
    pub(crate) fn update_watches(&mut self, out: &mut Vec<Action>) {
        if self.watches.len() == 0 {
            return;
        }
        for workflow in std::mem::take(&mut self.changed) {
            self.watches.note(workflow);
            if self.state.workflow(workflow).is_some_and(|w| w.pending() == 0) {
                self.tell_end(workflow, out);
            }
        }
        let mut views: BTreeMap<WorkflowId, WorkflowView> = BTreeMap::new();
        while let Some((id, workflow)) = self.watches.pop(self.now, self.gate.durable()) {
            let Some(view) = self.cached_view(workflow, &mut views) else {
                self.watches.remove(id);
                continue;
            };
            self.show(id, view, false, out);
            self.watches.told(id, self.now, self.appended);
        }
    }

    fn cached_view(
        &self,
        id: WorkflowId,
        views: &mut BTreeMap<WorkflowId, WorkflowView>,
    ) -> Option<WorkflowView> {
        if let Some(view) = views.get(&id) {
            return Some(view.clone());
        }
        let view = self.workflow_view(id)?;
        views.insert(id, view.clone());
        Some(view)
    }

    fn tell_end(&mut self, workflow: WorkflowId, out: &mut Vec<Action>) {
        let watching = self.watches.take(workflow);
        if watching.is_empty() {
            return;
        }
        if let Some(view) = self.workflow_view(workflow) {
            for id in watching {
                self.show(id, view.clone(), true, out);
            }
        }
    }

    pub(crate) fn show(&mut self, id: RequestId, view: WorkflowView, last: bool, out: &mut Vec<Action>) {
        let response = Response::Workflow(Box::new(view));
        let action = Action::Respond { id, response, last };
        self.gate.hold(self.appended, action, out);
    }
}
