//! Keeping a worker free for a large task, so that small ones do not starve it.
//!
//! The rule: if the first class in the order that some worker could hold has not been placed for
//! [`RESERVE_AFTER`], one worker – the one with the most free cpus among those that could hold it – is given nothing
//! else until a task of the class is placed. There is one such worker at a time.

use crate::fleet::{Fleet, Session, could_hold};
use crate::limits::RESERVE_AFTER;
use crate::queue::{Class, ClassId, Queue};
use godwit_common::ids::WorkerId;
use godwit_common::time::Time;

/// Reserves a worker if it is time to, and says when to look again if it is not.
pub(crate) fn reserve(queue: &Queue, fleet: &mut Fleet, now: Time) -> Option<Time> {
    let first = first_holdable(queue, fleet, now);
    if let Some((_, class)) = fleet.reserved {
        if first == Some(class) {
            return None;
        }
        release(fleet);
    }
    let class = first?;
    let due = queue.class(class)?.waiting_since + RESERVE_AFTER;
    if now < due {
        return Some(due);
    }
    fleet.reserved = candidate(queue.class(class)?, fleet, now).map(|worker| (worker, class));
    None
}

/// The reserved worker takes anything again.
fn release(fleet: &mut Fleet) {
    if let Some((worker, _)) = fleet.reserved.take() {
        fleet.change(worker, |_| ());
    }
}

fn first_holdable(queue: &Queue, fleet: &Fleet, now: Time) -> Option<ClassId> {
    queue.in_order().find(|id| {
        let holdable = |class: &Class| match class.holdable.get() {
            Some((version, holdable)) if version == fleet.version => holdable,
            _ => {
                let holdable = fleet.sessions().any(|session| suits(class, session, now));
                class.holdable.set(Some((fleet.version, holdable)));
                holdable
            }
        };
        queue.class(*id).is_some_and(holdable)
    })
}

fn candidate(class: &Class, fleet: &Fleet, now: Time) -> Option<WorkerId> {
    fleet
        .sessions()
        .filter(|session| suits(class, session, now))
        .max_by_key(|session| (session.pool.cpus(), std::cmp::Reverse(session.id)))
        .map(|session| session.id)
}

fn suits(class: &Class, session: &Session, now: Time) -> bool {
    let mut requests = class.key.requests.iter();
    session.takes_tasks()
        && session.has_time(class.key.time_request, now)
        && requests.any(|request| could_hold(&session.capacity, request))
}
