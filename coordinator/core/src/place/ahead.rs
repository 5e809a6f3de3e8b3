//! Giving a worker a little more than it can run, so that it never waits for a round trip.
//!
//! Only tasks of which several fit into the time to be bridged are given ahead: a long task that waits behind long
//! tasks could have run elsewhere. All that waits on one worker is of one class, so that the order in which the
//! worker takes it up does not matter.

use super::{Assignment, Rooms};
use crate::fleet::{Fleet, could_hold};
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
        made.push(Assignment {
            worker,
            group,
            first: range.start,
            variant,
            rooms: Rooms::Waiting(count),
        });
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
    let holds = |class: &Class| {
        let mut requests = class.key.requests.iter();
        requests.position(|request| could_hold(&session.capacity, request))
    };
    let (id, class, variant) = queue.in_order().find_map(|id| {
        let class = queue.class(id)?;
        let variant = holds(class)?;
        session
            .has_time(class.key.time_request, now)
            .then_some((id, class, variant))
    })?;
    let reserved_for_other = fleet
        .reserved
        .is_some_and(|(who, other)| who == worker && other != id);
    let waits_for_other = session.waiting.front().is_some_and(|waiting| {
        let group = queue.active(waiting.task.group);
        group.is_none_or(|active| active.class != id)
    });
    if reserved_for_other || waits_for_other {
        return None;
    }
    let pace = queue.active(class.first_group()?)?.pace;
    let target = pace
        .tasks_in(prefetch)
        .saturating_mul(session.holding_count().max(1))
        .min(PREFETCH_MAX);
    let waiting = session.waiting.len();
    if waiting > target / 2 {
        return None;
    }
    let share = usize::try_from(class.ready)
        .unwrap_or(usize::MAX)
        .div_ceil(fleet.len().max(1));
    let count = u32::try_from((target - waiting).min(share)).ok()?;
    (count > 0).then_some((id, u8::try_from(variant).unwrap_or(u8::MAX), count))
}
