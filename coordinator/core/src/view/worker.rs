//! Workers as clients see them.

use crate::Core;
use crate::fleet::{Absence, Drain, Session};
use crate::limits::{LEFT_WORKERS_LISTED_FOR, LEFT_WORKERS_LISTED_MAX};
use crate::state::KnownWorker;
use godwit_common::ids::WorkerId;
use godwit_common::message::view::{WorkerState, WorkerView};

impl Core {
    /// Workers that are connected, away, or left not long ago; by name.
    pub(crate) fn worker_list(&self) -> Vec<WorkerView> {
        let now = self.now;
        let present = self.state.workers.present();
        let mut views: Vec<WorkerView> = present.map(|(id, known)| self.worker_view(id, known)).collect();
        let lately = |known: &KnownWorker| {
            let left = known.left.as_ref();
            left.is_some_and(|(at, _)| now.since(*at) <= LEFT_WORKERS_LISTED_FOR)
        };
        let left = self.state.workers.left().take_while(|(_, known)| lately(known));
        views.extend(left.take(LEFT_WORKERS_LISTED_MAX).map(|(id, known)| self.worker_view(id, known)));
        views.sort_by_key(|view| view.worker);
        views
    }

    fn worker_view(&self, id: WorkerId, known: &KnownWorker) -> WorkerView {
        let session = self.fleet.session(id);
        let (state, reason) = self.worker_state(id, known);
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let away = self.fleet.absent.get(&id).map_or(known.joined, |absent| absent.since);
        WorkerView {
            worker: id,
            host: known.host.clone(),
            pid: known.pid,
            state,
            running: session.map_or(0, |session| count(session.holding_count())),
            queued: session.map_or(0, |session| count(session.waiting.len())),
            ended: known.ended,
            capacity: session.map_or(&known.capacity, |session| &session.capacity).clone(),
            since: known.joined,
            heard: session.map_or(away, |session| session.heard),
            ends: session.and_then(|session| session.ends),
            spool: known.spool.clone(),
            reason,
        }
    }

    fn worker_state(&self, id: WorkerId, known: &KnownWorker) -> (WorkerState, Option<String>) {
        if let Some((_, reason)) = &known.left {
            return (WorkerState::Left, Some(reason.clone()));
        }
        match (self.fleet.session(id), self.fleet.absent.get(&id)) {
            (Some(session), _) => connected_state(session),
            (None, Some(absent)) => {
                let state = match absent.absence {
                    Absence::Expected => WorkerState::Expected,
                    Absence::Lost => WorkerState::Lost,
                };
                (state, Some(absent.reason.clone()))
            }
            (None, None) => (WorkerState::Lost, None),
        }
    }
}

fn connected_state(session: &Session) -> (WorkerState, Option<String>) {
    match &session.drain {
        None => (WorkerState::Connected, None),
        Some(Drain::Wanted(reason)) => (WorkerState::Draining, Some(reason.clone())),
        Some(Drain::Quarantined(reason)) => (WorkerState::Quarantined, Some(reason.clone())),
    }
}
