//! What is ready to run, by class of equal requests and priority, so that placement costs per class and not per task.
//!
//! Not durable: after a restart it is made anew from the state.

mod active;
mod class;

pub(crate) use active::{Active, Load};
pub(crate) use class::{Class, ClassId, ClassKey};

use crate::state::Group;
use class::Rank;
use godwit_common::ids::{GroupId, WorkerId, WorkflowId};
use godwit_common::time::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// Ready tasks, and counters of groups that have any that are ready, granted or delayed.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    classes: Vec<Option<Class>>,
    free: Vec<ClassId>,
    by_key: BTreeMap<Arc<ClassKey>, ClassId>,
    /// Classes with ready tasks, the first to be served first.
    order: BTreeSet<Rank>,
    groups: BTreeMap<GroupId, Active>,
    loads: BTreeMap<WorkflowId, Load>,
}

impl Queue {
    pub(crate) fn active(&self, id: GroupId) -> Option<&Active> {
        self.groups.get(&id)
    }

    pub(crate) fn active_mut(&mut self, id: GroupId) -> Option<&mut Active> {
        self.groups.get_mut(&id)
    }

    /// The active groups of a workflow.
    pub(crate) fn active_of(&self, id: WorkflowId) -> impl Iterator<Item = (GroupId, &Active)> {
        let group = |group| GroupId { workflow: id, group };
        let range = self.groups.range(group(0)..=group(u32::MAX));
        range.map(|(id, active)| (*id, active))
    }

    /// Ready and granted tasks of a workflow.
    pub(crate) fn load(&self, id: WorkflowId) -> Load {
        self.loads.get(&id).copied().unwrap_or_default()
    }

    pub(crate) fn class(&self, id: ClassId) -> Option<&Class> {
        self.classes.get(id.0)?.as_ref()
    }

    pub(crate) fn class_mut(&mut self, id: ClassId) -> Option<&mut Class> {
        self.classes.get_mut(id.0)?.as_mut()
    }

    /// Classes with ready tasks, the first to be served first.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = ClassId> + '_ {
        self.order.iter().map(|rank| rank.class)
    }

    /// Whether nothing is ready.
    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Makes every class be looked at against every worker.
    pub(crate) fn refresh_all(&mut self) {
        for class in self.classes.iter_mut().flatten() {
            class.fresh = true;
        }
    }

    /// Makes counters for a group, if it has none.
    pub(crate) fn activate(&mut self, group: &Group) {
        let id = group.spec.id;
        if self.groups.contains_key(&id) {
            return;
        }
        let class = self.intern(ClassKey::of(&group.spec.task));
        self.groups.insert(id, Active::new(class));
    }

    fn intern(&mut self, key: ClassKey) -> ClassId {
        if let Some(id) = self.by_key.get(&key) {
            if let Some(class) = &mut self.classes[id.0] {
                class.members += 1;
            }
            return *id;
        }
        let id = self.free.pop().unwrap_or(ClassId(self.classes.len()));
        if id.0 == self.classes.len() {
            self.classes.push(None);
        }
        let key = Arc::new(key);
        self.classes[id.0] = Some(Class::new(Arc::clone(&key)));
        self.by_key.insert(key, id);
        id
    }

    /// Drops the counters of a group that has ended, and says which workers were given its spec.
    pub(crate) fn retire(&mut self, id: GroupId) -> BTreeSet<WorkerId> {
        let Some(active) = self.groups.remove(&id) else {
            return BTreeSet::new();
        };
        debug_assert!(active.ready.is_empty() && active.granted == 0 && active.delayed == 0);
        if let Some(class) = self.class_mut(active.class) {
            class.members -= 1;
            if class.members == 0 {
                self.drop_class(active.class);
            }
        }
        active.informed
    }

    fn drop_class(&mut self, id: ClassId) {
        if let Some(class) = self.classes[id.0].take() {
            self.by_key.remove(&class.key);
            debug_assert!(class.rank.is_none(), "a class without groups has nothing ready");
            self.free.push(id);
        }
    }

    /// Adds ready tasks to a group that is active.
    pub(crate) fn insert(&mut self, id: GroupId, range: Range<u32>, now: Time) {
        let Some(active) = self.groups.get_mut(&id) else {
            return;
        };
        let before = active.ready.count();
        active.ready.insert(range);
        let added = active.ready.count() - before;
        self.loads.entry(id.workflow).or_default().ready += added;
        let class_id = active.class;
        let Some(class) = self.class_mut(class_id) else {
            return;
        };
        if class.ready == 0 && added > 0 {
            class.fresh = true;
            class.waiting_since = now;
        }
        class.ready += added;
        if added > 0 {
            class.groups.insert(id);
            self.rank(class_id);
        }
    }

    /// Takes tasks of a stretch out that are ready.
    pub(crate) fn remove(&mut self, id: GroupId, range: Range<u32>) {
        let Some(active) = self.groups.get_mut(&id) else {
            return;
        };
        let removed = active.ready.remove(range);
        self.removed(id, removed);
    }

    /// Takes the first ready tasks of a class: at most `most`, all of one group.
    pub(crate) fn take(&mut self, id: ClassId, most: u32) -> Option<(GroupId, Range<u32>)> {
        let group = *self.class(id)?.groups.first()?;
        let range = self.groups.get_mut(&group)?.ready.take(most)?;
        self.removed(group, u64::from(range.end - range.start));
        Some((group, range))
    }

    fn removed(&mut self, id: GroupId, count: u64) {
        let Some(active) = self.groups.get(&id).filter(|_| count > 0) else {
            return;
        };
        let (class_id, emptied) = (active.class, active.ready.is_empty());
        self.lighten(id.workflow, count, 0);
        let Some(class) = self.class_mut(class_id) else {
            return;
        };
        class.ready -= count;
        if emptied {
            class.groups.remove(&id);
            self.rank(class_id);
        }
    }

    /// Keeps the class at its place in the order.
    fn rank(&mut self, id: ClassId) {
        let Some(class) = self.classes[id.0].as_mut() else {
            return;
        };
        let rank = class.groups.first().map(|first| Rank::new(&class.key, *first, id));
        if class.rank == rank {
            return;
        }
        if let Some(old) = class.rank.take() {
            self.order.remove(&old);
        }
        class.rank = rank;
        self.order.extend(rank);
    }

    /// A task of the group was granted.
    pub(crate) fn grant(&mut self, id: GroupId, count: u64) {
        if let Some(active) = self.groups.get_mut(&id) {
            active.granted += count;
            self.loads.entry(id.workflow).or_default().granted += count;
        }
    }

    /// A grant of a task of the group is over.
    pub(crate) fn ungrant(&mut self, id: GroupId) {
        if let Some(active) = self.groups.get_mut(&id) {
            active.granted -= 1;
            self.lighten(id.workflow, 0, 1);
        }
    }

    fn lighten(&mut self, id: WorkflowId, ready: u64, granted: u64) {
        let load = self.loads.entry(id).or_default();
        load.ready -= ready;
        load.granted -= granted;
        if *load == Load::default() {
            self.loads.remove(&id);
        }
    }
}
