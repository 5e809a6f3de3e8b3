//! Taking back what waits on one worker while another has nothing to do.

use crate::fleet::{Fleet, Session};
use crate::queue::Queue;
use godwit_common::ids::{AttemptId, WorkerId};
use godwit_common::resources::{Pool, Request};
use godwit_common::time::Time;

/// Idle workers that are looked at in one go; the others' turn comes with the next event.
const IDLE_MAX: usize = 64;

/// Workers with waiting attempts that are looked at for one idle worker.
const DONORS_MAX: usize = 4;

/// Attempts that should be given back to the queue for workers that have room for them now. Nothing is taken back
/// while an earlier request is unanswered, so that one idle worker does not empty all queues.
pub(crate) fn take_back(queue: &Queue, fleet: &mut Fleet, now: Time) -> Vec<(WorkerId, Vec<AttemptId>)> {
    let mut taken = Vec::new();
    let donors: Vec<WorkerId> = fleet.queued().take(DONORS_MAX).collect();
    if donors.is_empty() || donors.iter().any(|donor| is_retracting(fleet, *donor)) {
        return taken;
    }
    let mut mark = None;
    for _ in 0..IDLE_MAX {
        let Some(idle) = fleet.roomiest_below(mark, 1) else {
            break;
        };
        mark = Some(idle);
        let idle = idle.1.0;
        let Some(donor) = donors.iter().find(|donor| **donor != idle).copied() else {
            break;
        };
        let ids = surplus(queue, fleet, donor, idle, now);
        if !ids.is_empty() {
            mark_retracting(fleet, donor, &ids);
            taken.push((donor, ids));
        }
    }
    taken
}

fn is_retracting(fleet: &Fleet, donor: WorkerId) -> bool {
    let last = fleet.session(donor).and_then(|session| {
        let id = session.waiting.back()?;
        session.attempts.get(id)
    });
    last.is_some_and(|assigned| assigned.retracting)
}

fn mark_retracting(fleet: &mut Fleet, donor: WorkerId, ids: &[AttemptId]) {
    if let Some(session) = fleet.session_mut(donor) {
        for id in ids {
            if let Some(assigned) = session.attempts.get_mut(id) {
                assigned.retracting = true;
            }
        }
    }
}

/// The last attempts that wait on the donor, at most half of them, as far as they fit on the idle worker.
fn surplus(queue: &Queue, fleet: &Fleet, donor: WorkerId, idle: WorkerId, now: Time) -> Vec<AttemptId> {
    let (Some(donor), Some(idle)) = (fleet.session(donor), fleet.session(idle)) else {
        return Vec::new();
    };
    if !idle.waiting.is_empty() || fleet.reserved.is_some_and(|(worker, _)| worker == idle.id) {
        return Vec::new();
    }
    let mut pool = idle.pool.clone();
    let most = donor.waiting.len().div_ceil(2);
    let mut ids = Vec::new();
    for id in donor.waiting.iter().rev().take(most) {
        if !moves(queue, donor, idle, id, now, &mut pool) {
            break;
        }
        ids.push(*id);
    }
    ids
}

/// Whether the attempt could run on the idle worker; takes its share of the worker's copied pool if so.
fn moves(queue: &Queue, donor: &Session, idle: &Session, id: &AttemptId, now: Time, pool: &mut Pool) -> bool {
    let Some(assigned) = donor.attempts.get(id).filter(|assigned| !assigned.retracting) else {
        return false;
    };
    let class = queue.active(id.task.group).and_then(|active| queue.class(active.class));
    let time = class.and_then(|class| class.key.time_request);
    let takes = |request: &Request| pool.take(request).is_some();
    idle.has_time(time, now) && assigned.request().is_some_and(takes)
}
