//! Failures in a row on one worker, by which a bad node is told from bad tasks.

use godwit_common::ids::GroupId;

/// Groups of which a streak keeps count; a bad node shows itself with fewer.
const GROUPS_MAX: usize = 8;

/// Quick failures on a worker since a task last succeeded there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Streak {
    pub(crate) count: u32,
    /// The groups that failed, with how things stood elsewhere when the streak began for them.
    pub(crate) groups: Vec<Before>,
}

/// The counters of a group when a streak began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Before {
    pub(crate) group: GroupId,
    pub(crate) successes: u64,
    pub(crate) failures: u64,
    /// Failures of the group that belong to the streak.
    pub(crate) own: u64,
}

impl Streak {
    /// One more failure. `successes` and `failures` are the group's counters without it.
    pub(crate) fn extend(&mut self, group: GroupId, successes: u64, failures: u64) {
        self.count = self.count.saturating_add(1);
        if let Some(before) = self.groups.iter_mut().find(|before| before.group == group) {
            before.own += 1;
        } else if self.groups.len() < GROUPS_MAX {
            self.groups.push(Before { group, successes, failures, own: 1 });
        }
    }
}
