//! Tasks that failed and wait before they are tried again.

use godwit_common::ids::{AttemptId, GroupId, TaskId};
use godwit_common::task::RetryPolicy;
use godwit_common::time::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

/// Tasks by the time at which they become ready.
#[derive(Debug, Default)]
pub(crate) struct Delays {
    order: BTreeSet<(Time, TaskId)>,
    until: BTreeMap<TaskId, Time>,
}

impl Delays {
    pub(crate) fn insert(&mut self, task: TaskId, until: Time) {
        self.order.insert((until, task));
        self.until.insert(task, until);
    }

    /// Until when a task waits, if it does.
    pub(crate) fn of(&self, task: TaskId) -> Option<Time> {
        self.until.get(&task).copied()
    }

    /// Positions of a stretch that wait.
    pub(crate) fn positions(&self, group: GroupId, range: Range<u32>) -> impl Iterator<Item = u32> + '_ {
        let tasks = group.task(range.start)..group.task(range.end);
        self.until.range(tasks).map(|(task, _)| task.position)
    }

    /// Forgets the tasks of a stretch, and says how many waited.
    pub(crate) fn remove(&mut self, group: GroupId, range: Range<u32>) -> u64 {
        if self.until.is_empty() {
            return 0;
        }
        let tasks = group.task(range.start)..group.task(range.end);
        let found: Vec<(TaskId, Time)> =
            self.until.range(tasks).map(|(task, until)| (*task, *until)).collect();
        for (task, until) in &found {
            self.until.remove(task);
            self.order.remove(&(*until, *task));
        }
        found.len() as u64
    }

    /// A task whose time has come.
    pub(crate) fn pop(&mut self, now: Time) -> Option<TaskId> {
        let (until, task) = *self.order.first()?;
        if until > now {
            return None;
        }
        self.order.pop_first();
        self.until.remove(&task);
        Some(task)
    }

    /// When the first one's time comes.
    pub(crate) fn due(&self) -> Option<Time> {
        self.order.first().map(|(until, _)| *until)
    }
}

/// How long to wait after this attempt, the task's `failures`th failure: doubled each time, and shortened by up to a
/// quarter so that tasks that failed together do not come back together. The chance is a hash of the attempt.
pub(crate) fn delay(policy: &RetryPolicy, id: AttemptId, failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(31);
    let full = policy.delay.saturating_mul(1 << doublings).min(policy.delay_max);
    let share = u32::try_from(hash(id) % 1024).unwrap_or_default();
    full - full / 4096 * share
}

/// SplitMix64 over the parts of an attempt.
fn hash(id: AttemptId) -> u64 {
    let parts =
        [id.task.workflow().0, id.task.group.group, id.task.position, id.attempt.epoch.0, id.attempt.number];
    parts.into_iter().fold(0, |state: u64, part| {
        let mut mixed = (state ^ u64::from(part)).wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use godwit_common::ids::{Attempt, Epoch, WorkflowId};

    fn id(position: u32, number: u32) -> AttemptId {
        let group = GroupId { workflow: WorkflowId(1), group: 0 };
        AttemptId { task: group.task(position), attempt: Attempt { epoch: Epoch(1), number } }
    }

    #[test]
    fn delays_double_up_to_the_limit_and_are_spread() {
        let policy = RetryPolicy {
            delay: Duration::from_secs(1),
            delay_max: Duration::from_secs(5),
            ..RetryPolicy::default()
        };
        for (failures, full) in [(1, 1), (2, 2), (3, 4), (4, 5), (40, 5), (u32::MAX, 5)] {
            let full = Duration::from_secs(full);
            let delays: BTreeSet<_> =
                (0..100).map(|position| delay(&policy, id(position, failures), failures)).collect();
            assert!(delays.len() > 80, "they are spread");
            assert!(delays.iter().all(|delay| *delay <= full && *delay >= full * 3 / 4));
        }
        assert_eq!(delay(&policy, id(1, 1), 1), delay(&policy, id(1, 1), 1));
    }

    #[test]
    fn the_earliest_comes_first_and_removed_ones_never() {
        let mut delays = Delays::default();
        for (position, until) in [(0, 30), (1, 10), (2, 20)] {
            delays.insert(id(position, 1).task, Time(until));
        }
        assert_eq!(delays.due(), Some(Time(10)));
        assert_eq!(delays.remove(id(0, 1).task.group, 2..3), 1);
        assert_eq!(delays.pop(Time(9)), None);
        assert_eq!(delays.pop(Time(40)), Some(id(1, 1).task));
        assert_eq!(delays.pop(Time(40)), Some(id(0, 1).task));
        assert_eq!((delays.pop(Time(40)), delays.due()), (None, None));
    }
}
