//! Giving a worker a little more than it can run, so that it never waits for a round trip.
//!
//! Only tasks of which several fit into the time to be bridged are given ahead: a long task that waits behind long
//! tasks could have run elsewhere. All that waits on one worker is of one class, so that the order in which the
//! worker takes it up does not matter.

use super::{Assignment, Rooms};
use crate::fleet::{Fleet, Session, could_hold};
use crate::limits::PREFETCH_MAX;
use crate::queue::{Class, ClassId, Queue};
use godwit_common::ids::WorkerId;
use godwit_common::time::Time;
use std::time::Duration;

/// Takes tasks out of the queue that are to wait on these workers, which have no room for them now.
pub(crate) fn give_ahead(
    queue: &mut Queue,
    fleet: &Fleet,
    workers: &[WorkerId],
    prefetch: Duration,
    now: Time,
) -> Vec<Assignment> {
    let mut made = Vec::new();
    for worker in workers {
        if queue.is_empty() {
            break;
        }
        if let Some((class, variant, count)) = wanted(queue, fleet, *worker, prefetch, now) {
            fill(queue, *worker, class, variant, count, &mut made);
        }
    }
    made
}

fn fill(
    queue: &mut Queue,
    worker: WorkerId,
    class: ClassId,
    variant: u8,
    count: u32,
    made: &mut Vec<Assignment>,
) {
    let mut rest = count;
    while let Some((group, range)) = queue.take(class, rest) {
        let count = range.end - range.start;
        rest -= count;
        made.push(Assignment { worker, group, first: range.start, variant, rooms: Rooms::Waiting(count) });
    }
}

/// Which class should wait on the worker, under which variant, and how many tasks of it.
fn wanted(
    queue: &Queue,
    fleet: &Fleet,
    worker: WorkerId,
    prefetch: Duration,
    now: Time,
) -> Option<(ClassId, u8, u32)> {
    let session = fleet.session(worker)?;
    if !session.takes_tasks() || session.stalled || session.attempts.is_empty() {
        return None;
    }
    let (id, variant) =
        queue.in_order().find_map(|id| Some((id, variant_for(queue.class(id)?, session, now)?)))?;
    let reserved = fleet.reserved;
    let reserved_for_other = reserved.is_some_and(|(who, other)| who == worker && other != id);
    let waits_for_other = session.waiting.front().is_some_and(|waiting| {
        let group = queue.active(waiting.task.group);
        group.is_none_or(|active| active.class != id)
    });
    if reserved_for_other || waits_for_other {
        return None;
    }
    let class = queue.class(id)?;
    let count = depth(queue, class, session, prefetch)?.min(share(class, fleet));
    let count = u32::try_from(count).ok().filter(|count| *count > 0)?;
    Some((id, variant, count))
}

/// The first variant of the class that the worker could hold.
fn variant_for(class: &Class, session: &Session, now: Time) -> Option<u8> {
    let mut requests = class.key.requests.iter();
    let variant = requests.position(|request| could_hold(&session.capacity, request))?;
    let in_time = session.has_time(class.key.time_request, now);
    u8::try_from(variant).ok().filter(|_| in_time)
}

/// How many more tasks of the class should wait on the worker, none while it has half of them.
fn depth(queue: &Queue, class: &Class, session: &Session, prefetch: Duration) -> Option<usize> {
    let pace = queue.active(class.first_group()?)?.pace;
    let target = pace.tasks_in(prefetch).saturating_mul(session.holding_count().max(1)).min(PREFETCH_MAX);
    let waiting = session.waiting.len();
    (waiting <= target / 2).then(|| target - waiting)
}

/// A worker's share of what is ready, so that the first to ask is not given all of it.
fn share(class: &Class, fleet: &Fleet) -> usize {
    let ready = usize::try_from(class.ready).unwrap_or(usize::MAX);
    ready.div_ceil(fleet.len().max(1))
}
