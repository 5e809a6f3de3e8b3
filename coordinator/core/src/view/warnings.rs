//! What stands in the way of a workflow: no workers, or tasks that no worker can run.

use crate::Core;
use crate::fleet::{could_hold, shortage};
use crate::limits::{SENTENCES_MAX, WARNING_GROUPS_MAX};
use crate::queue::ClassKey;
use crate::state::{Group, Workflow};
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::duration::Human;
use godwit_common::ids::{WorkerId, WorkflowId};
use godwit_common::resources::Capacity;
use std::collections::BTreeMap;

impl Core {
    pub(crate) fn warnings(&self, id: WorkflowId, workflow: &Workflow) -> Vec<String> {
        let mut warnings: Vec<String> = self.hold().into_iter().collect();
        if self.fleet.is_empty() {
            warnings.push("no workers are connected".to_owned());
            return warnings;
        }
        let mut stuck: BTreeMap<ClassKey, u64> = BTreeMap::new();
        let mut able: Option<&Group> = None;
        for group in self.unfinished(id, workflow) {
            let same = able.is_some_and(|able| {
                able.spec.task.requests == group.spec.task.requests
                    && able.spec.task.time_request == group.spec.task.time_request
            });
            if same {
                continue;
            }
            if self.obstacle(group).is_none() {
                able = Some(group);
            } else {
                *stuck.entry(ClassKey::of(&group.spec.task)).or_default() += group.pending();
            }
        }
        for (key, count) in stuck.iter().take(SENTENCES_MAX) {
            let tasks = match count {
                1 => "1 task needs".to_owned(),
                _ => format!("{count} tasks need"),
            };
            warnings.push(format!("{tasks} {}", self.missing(key)));
        }
        warnings
    }

    /// Whether what is shown as ended is lost if the coordinator dies now.
    pub(crate) fn why_unsaved(&self, id: WorkflowId, workflow: &Workflow) -> Option<String> {
        match (workflow.checkpoint, self.unsaved.count(id)) {
            (CheckpointMode::Off, _) => {
                Some("no outcome of its workflow is saved: its checkpoint mode is off".to_owned())
            }
            (_, 0) => None,
            (mode, count) => {
                let outcomes = if count == 1 { "outcome" } else { "outcomes" };
                let are = if count == 1 { "is" } else { "are" };
                Some(format!(
                    "{count} {outcomes} of its workflow {are} not saved yet: its checkpoint mode is {mode}; 'godwit checkpoint now \
                     {id}' saves them"
                ))
            }
        }
    }

    /// Of a workflow that has ended: what nobody will save unless somebody asks for it.
    pub(crate) fn loose_ends(&self, id: WorkflowId) -> Vec<String> {
        match self.unsaved.count(id) {
            0 => Vec::new(),
            count => vec![format!("{count} outcomes are not saved; 'godwit checkpoint now {id}' saves them")],
        }
    }

    /// Groups to look at: the first of a workflow, and those that have ready tasks.
    fn unfinished<'a>(
        &'a self,
        id: WorkflowId,
        workflow: &'a Workflow,
    ) -> impl Iterator<Item = &'a Group> + 'a {
        let first = workflow.groups.iter().take(WARNING_GROUPS_MAX);
        let later = self
            .queue
            .active_of(id)
            .filter(|(group, _)| group.group as usize >= WARNING_GROUPS_MAX)
            .take(WARNING_GROUPS_MAX)
            .filter_map(|(group, _)| self.state.group(group));
        first.chain(later).filter(|group| group.pending() > 0)
    }

    /// What a group's tasks need that no connected worker has or will have free, as the end of "it needs".
    pub(crate) fn obstacle(&self, group: &Group) -> Option<String> {
        let task = &group.spec.task;
        let holds = |session: &crate::fleet::Session| {
            let mut requests = task.requests.iter();
            session.has_time(task.time_request, self.now)
                && requests.any(|request| could_hold(&session.capacity, request))
        };
        if self.fleet.sessions().any(holds) {
            return None;
        }
        Some(self.missing(&ClassKey::of(task)))
    }

    fn missing(&self, key: &ClassKey) -> String {
        let workers: Vec<(WorkerId, &Capacity)> =
            self.fleet.sessions().map(|s| (s.id, &s.capacity)).collect();
        let holds = |capacity: &Capacity| key.requests.iter().any(|request| could_hold(capacity, request));
        if let Some(time) = key.time_request.filter(|_| workers.iter().any(|(_, capacity)| holds(capacity))) {
            let able = self.fleet.sessions().filter(|session| holds(&session.capacity));
            let left = able.filter_map(|session| session.ends).max();
            let left = left.map(|ends| ends.since(self.now)).unwrap_or_default();
            return format!(
                "{} of a worker's time, and the most that any has left is {}",
                Human(time),
                Human(left)
            );
        }
        let variants = key.requests.iter().map(|request| shortage(request, &workers));
        variants.take(SENTENCES_MAX).collect::<Vec<_>>().join("; or else ")
    }
}
