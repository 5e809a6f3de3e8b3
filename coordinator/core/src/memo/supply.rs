//! Values that commands ask for with `{result.NAME}`: they are at hand before a task is queued, and go to its worker
//! before the task does.

use super::desk::Stage;
use super::gather::{result_names, value_of, value_source};
use super::key::digest;
use crate::Core;
use crate::action::Action;
use crate::record::Record;
use godwit_common::ids::{AttemptId, TaskId};
use godwit_common::memo::{ContentDigest, Value};
use godwit_common::message::worker::AttemptValues;
use godwit_common::outcome::{Cause, Failure, Outcome};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Core {
    /// Queues a task as soon as the values that it asks for are at hand.
    pub(super) fn supply(&mut self, task: TaskId, out: &mut Vec<Action>) {
        if !self.state.group(task.group).is_some_and(|group| group.asks_values) {
            return self.queue_up(task);
        }
        let large = match self.large_values(task) {
            Ok(large) => large,
            Err(sentence) => return self.fail_unstarted(task, sentence, out),
        };
        let missing = |digest: &&ContentDigest| self.desk.blobs.get(digest).is_none();
        let missing: BTreeSet<ContentDigest> = large.iter().filter(missing).copied().collect();
        if missing.is_empty() {
            self.desk.blobs.pin(task, large);
            return self.queue_up(task);
        }
        missing.iter().for_each(|digest| self.desk.blobs.want(*digest));
        self.desk.set_stage(task, Stage::Fetch(missing));
    }

    fn queue_up(&mut self, task: TaskId) {
        self.queue.insert(task.group, task.position..task.position.saturating_add(1), self.now);
        self.changed.insert(task.workflow());
    }

    fn values_of(&self, task: TaskId) -> Result<Vec<(String, Value)>, String> {
        let missing = || "it is not there any more".to_owned();
        let workflow = self.state.workflow(task.workflow()).ok_or_else(missing)?;
        let group = self.state.group(task.group).ok_or_else(missing)?;
        let mut values = Vec::new();
        for name in result_names(&group.spec.task) {
            let source = value_source(workflow, task, &name);
            let value = source.and_then(|source| value_of(&self.state, source));
            let value = value.ok_or_else(|| {
                format!("task '{name}', whose value it asks for, left none; submit the workflow again with --rerun {name}")
            })?;
            values.push((name, value));
        }
        Ok(values)
    }

    /// Digests of the values that the store has as objects of their own.
    fn large_values(&self, task: TaskId) -> Result<Vec<ContentDigest>, String> {
        let large = self.values_of(task)?.into_iter().filter_map(|(_, value)| match value {
            Value::Blob { digest, .. } => Some(digest),
            Value::Inline(_) => None,
        });
        Ok(large.collect())
    }

    fn fail_unstarted(&mut self, task: TaskId, sentence: String, out: &mut Vec<Action>) {
        let failure = Failure { cause: Cause::NotStarted(sentence), stderr_tail: Vec::new() };
        let outcome = Outcome::Failed(failure);
        let record = Record::Settled { first: task, count: 1, outcome, at: self.now };
        self.decide(record, out);
        self.apply_failure_rule(task.workflow(), out);
    }

    /// A value was read, or cannot be.
    pub(crate) fn blob_read(
        &mut self,
        wanted: ContentDigest,
        result: Result<Arc<str>, String>,
        out: &mut Vec<Action>,
    ) {
        if !self.desk.blobs.is_reading(&wanted) {
            return;
        }
        let result = match result {
            Ok(text) if digest(&text) == wanted => Ok(text),
            Ok(_) => Err("its content is not what it was".to_owned()),
            Err(fault) => Err(fault),
        };
        let waits = |(_, stage): &(&TaskId, &Stage)| matches!(stage, Stage::Fetch(missing) if missing.contains(&wanted));
        let waiting: Vec<TaskId> = self.desk.stages().filter(waits).map(|(task, _)| *task).collect();
        match result {
            Ok(text) => {
                let durable = self.gate.durable();
                self.desk.blobs.put(wanted, text, durable, durable);
                for task in waiting {
                    self.desk.clear_stage(task);
                    self.supply(task, out);
                }
            }
            Err(fault) => {
                self.desk.blobs.give_up(&wanted);
                for task in waiting {
                    self.desk.clear_stage(task);
                    let sentence = self.lost_value(task, &wanted, &fault);
                    self.fail_unstarted(task, sentence, out);
                }
            }
        }
    }

    fn lost_value(&self, task: TaskId, digest: &ContentDigest, fault: &str) -> String {
        let values = self.values_of(task).unwrap_or_default();
        let is_it = |value: &Value| matches!(value, Value::Blob { digest: other, .. } if other == digest);
        let name = values.iter().find(|(_, value)| is_it(value)).map_or("", |(name, _)| name);
        format!(
            "the value of '{name}', which it asks for, cannot be read from the store: {fault}; submit the workflow \
             again with --rerun {name}"
        )
    }

    /// The values that go to a worker before an attempt.
    pub(crate) fn values_for(&mut self, id: AttemptId) -> Option<AttemptValues> {
        let values = self.values_of(id.task).ok()?;
        let text = |value| match value {
            Value::Inline(text) => Some(text),
            Value::Blob { digest, .. } => self.desk.blobs.get(&digest),
        };
        let values: Option<Vec<(String, Arc<str>)>> =
            values.into_iter().map(|(name, value)| Some((name, text(value)?))).collect();
        debug_assert!(values.is_some(), "a task was queued before its values were at hand");
        self.desk.blobs.unpin(id.task);
        Some(AttemptValues { id, values: values? })
    }
}
