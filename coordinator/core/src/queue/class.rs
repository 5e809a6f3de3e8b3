//! Tasks that placement cannot tell apart.

use godwit_common::ids::GroupId;
use godwit_common::resources::Request;
use godwit_common::task::TaskSpec;
use godwit_common::time::Time;
use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// A class, by its place in the table of classes; used again when the class is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClassId(pub(crate) usize);

/// What the tasks of a class have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClassKey {
    pub(crate) priority: i32,
    pub(crate) time_request: Option<Duration>,
    /// Variants in order of preference.
    pub(crate) requests: Vec<Request>,
}

/// The ready tasks of a class.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) key: Arc<ClassKey>,
    /// Active groups of this class, whether they have ready tasks or not.
    pub(super) members: usize,
    /// Groups with ready tasks.
    pub(super) groups: BTreeSet<GroupId>,
    pub(crate) ready: u64,
    /// Whether workers may have room for it that were not asked yet.
    pub(crate) fresh: bool,
    /// Since when none of its tasks was placed although some were ready.
    pub(crate) waiting_since: Time,
    /// Whether some worker could hold a task of it, and for which fleet that was found out.
    pub(crate) holdable: Cell<Option<(u64, bool)>>,
    pub(super) rank: Option<Rank>,
}

/// The place of a class in the order: by priority, then by submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    priority: Reverse<i32>,
    first: GroupId,
    pub(super) class: ClassId,
}

impl ClassKey {
    pub(crate) fn of(task: &TaskSpec) -> ClassKey {
        ClassKey { priority: task.priority, time_request: task.time_request, requests: task.requests.clone() }
    }
}

impl Rank {
    pub(super) fn new(key: &ClassKey, first: GroupId, class: ClassId) -> Rank {
        Rank { priority: Reverse(key.priority), first, class }
    }
}

impl Class {
    pub(super) fn new(key: Arc<ClassKey>) -> Class {
        Class {
            key,
            members: 1,
            groups: BTreeSet::new(),
            ready: 0,
            fresh: false,
            waiting_since: Time::default(),
            holdable: Cell::new(None),
            rank: None,
        }
    }

    /// The fewest hundredths of cpus with which a task of it can run.
    pub(crate) fn cpus_min(&self) -> u32 {
        let cpus = self.key.requests.iter().map(|request| request.cpus.0);
        cpus.min().unwrap_or(0)
    }

    /// The group whose tasks are taken next.
    pub(crate) fn first_group(&self) -> Option<GroupId> {
        self.groups.first().copied()
    }
}
