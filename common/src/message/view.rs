//! What clients are shown of workflows, tasks, workers and the coordinator.
//!
//! The JSON that `--output json` prints is exactly the serde form of these types, so a change here is a change of a
//! public format.

use crate::checkpoint::CheckpointMode;
use crate::ids::{Epoch, WorkerId, WorkflowId};
use crate::outcome::{AttemptHistory, End};
use crate::resources::Capacity;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// State of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WorkflowState {
    /// It takes more tasks.
    Open,
    /// Some task has not ended.
    Running,
    /// Every task succeeded.
    Succeeded,
    /// Every task ended; some failed or were skipped.
    Failed,
    /// Every task ended; some were cancelled, none failed.
    Cancelled,
}

/// State of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskState {
    /// For tasks that it needs, or for the delay before a retry.
    Waiting,
    /// For a worker.
    Ready,
    /// Given to a worker.
    Running,
    /// Ended well.
    Succeeded,
    /// Ended badly, for good.
    Failed,
    /// Was cancelled.
    Cancelled,
    /// Something that it needs did not succeed.
    Skipped,
}

/// Tasks in each [`TaskState`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Tasks that wait for others or for their retry delay.
    pub waiting: u64,
    /// Tasks that wait for a worker.
    pub ready: u64,
    /// Tasks given to a worker.
    pub running: u64,
    /// Tasks that succeeded.
    pub succeeded: u64,
    /// Tasks that failed.
    pub failed: u64,
    /// Tasks that were cancelled.
    pub cancelled: u64,
    /// Tasks that were skipped.
    pub skipped: u64,
}

/// A workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowView {
    /// Its number.
    pub workflow: WorkflowId,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: WorkflowState,
    /// Its tasks by state.
    pub counts: Counts,
    /// Successes that came from the memo table.
    pub reused: u64,
    /// When its outcomes become durable.
    pub checkpoint: CheckpointMode,
    /// Outcomes that are not on storage yet.
    pub unsaved: u64,
    /// Processes started, as far as this coordinator knows.
    pub attempts: u64,
    /// When it was accepted.
    pub submitted: Time,
    /// When its last task ended.
    pub ended: Option<Time>,
    /// Its groups in order. Left out of listings, and cut at 1,000 groups.
    pub groups: Vec<GroupView>,
    /// Up to 16 of the tasks that are running.
    pub running: Vec<TaskView>,
    /// Up to 16 of the tasks that failed.
    pub failures: Vec<TaskView>,
    /// Why nothing, or something, cannot go on: "3 tasks need gpus = 1 and no worker has it".
    pub warnings: Vec<String>,
}

/// A group of a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupView {
    /// Its name.
    pub name: String,
    /// Its tasks by state.
    pub counts: Counts,
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskView {
    /// Its name without the workflow: `align[12]`.
    pub task: String,
    /// Its state.
    pub state: TaskState,
    /// Attempts at it that were granted, as far as this coordinator knows.
    pub attempts: u32,
    /// Whose result it took instead of running, such as `3/align[12]`.
    pub reused: Option<String>,
    /// Where it runs or ran last. In JSON a string such as `w3`.
    #[serde(with = "worker_name_option")]
    pub worker: Option<WorkerId>,
    /// When its current or last process started.
    pub started: Option<Time>,
    /// How long its last process ran, if that has ended. In JSON seconds.
    #[serde(with = "seconds_option")]
    pub wall: Option<Duration>,
    /// Why it failed.
    pub error: Option<String>,
    /// The end of its standard error, if it failed.
    pub stderr_tail: Option<String>,
}

/// Why a task is where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The task's full name: `7/align[12]`.
    pub name: String,
    /// The task.
    pub task: TaskView,
    /// Sentences, most important first.
    pub reasons: Vec<String>,
    /// Attempts that ended, oldest first, at most the last 16.
    pub history: Vec<AttemptView>,
}

/// An attempt that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptView {
    /// Counts the attempts at the task from 1.
    pub attempt: u32,
    /// The epoch of the coordinator that granted it.
    pub epoch: Epoch,
    /// Where it ran. In JSON a string such as `w3`.
    #[serde(with = "worker_name")]
    pub worker: WorkerId,
    /// How it ended.
    pub end: AttemptEnd,
    /// Why it failed.
    pub error: Option<String>,
    /// When its process started, if it did.
    pub started: Option<Time>,
    /// How long it ran. In JSON seconds.
    #[serde(with = "seconds_option")]
    pub wall: Option<Duration>,
    /// User and system time. In JSON seconds.
    #[serde(with = "seconds_option")]
    pub cpu: Option<Duration>,
    /// Largest resident set, bytes; 0 if it could not be told.
    pub memory_max: Option<u64>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttemptEnd {
    /// The task succeeded.
    Succeeded,
    /// The task failed.
    Failed,
    /// Godwit stopped it; nobody is to blame.
    Stopped,
}

impl From<AttemptHistory> for AttemptView {
    fn from(history: AttemptHistory) -> AttemptView {
        let AttemptHistory { id, worker, end, usage } = history;
        let (end, error) = match end {
            End::Succeeded => (AttemptEnd::Succeeded, None),
            End::Failed(failure) => (AttemptEnd::Failed, Some(failure.cause.to_string())),
            End::Stopped => (AttemptEnd::Stopped, None),
        };
        AttemptView {
            attempt: id.attempt.number,
            epoch: id.attempt.epoch,
            worker,
            end,
            error,
            started: usage.as_ref().map(|usage| usage.started),
            wall: usage.as_ref().map(|usage| usage.wall),
            cpu: usage.as_ref().map(|usage| usage.cpu),
            memory_max: usage.as_ref().map(|usage| usage.memory_max),
        }
    }
}

/// State of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WorkerState {
    /// Connected and taking tasks.
    Connected,
    /// Known from before a restart and expected back.
    Expected,
    /// Finishing what it has.
    Draining,
    /// Tasks failed on it suspiciously; finishing what it has.
    Quarantined,
    /// Not heard from, given up.
    Lost,
    /// Went by itself.
    Left,
}

/// A worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerView {
    /// Its name. In JSON a string such as `w3`.
    #[serde(with = "worker_name")]
    pub worker: WorkerId,
    /// Its host.
    pub host: String,
    /// Its process id.
    pub pid: u32,
    /// Its state.
    pub state: WorkerState,
    /// Attempts that it runs.
    pub running: u32,
    /// Attempts that it was given and has not started.
    pub queued: u32,
    /// Tasks that ended on it.
    pub ended: u64,
    /// What it has to give.
    pub capacity: Capacity,
    /// When it connected first.
    pub since: Time,
    /// When it was heard last, by the coordinator's clock.
    pub heard: Time,
    /// When its time is up.
    pub ends: Option<Time>,
    /// The folder of its spools.
    pub spool: String,
    /// Why it is in this state, if there is something to say.
    pub reason: Option<String>,
}

/// The coordinator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoordinatorView {
    /// Its reign.
    pub epoch: Epoch,
    /// Its process id.
    pub pid: u32,
    /// Its host.
    pub host: String,
    /// Where it listens.
    pub address: String,
    /// Where its log is.
    pub store: String,
    /// Its software version.
    pub version: String,
    /// When it started.
    pub since: Time,
    /// Records that are not durable yet.
    pub records_pending: u64,
    /// What is wrong with the store, if anything is.
    pub store_trouble: Option<String>,
    /// Workers that are connected.
    pub workers: u32,
    /// Workflows that have not ended.
    pub workflows_running: u32,
    /// When the cluster's credentials expire.
    pub credentials_expire: Option<Time>,
}

mod worker_name {
    //! `w3` for people and programs that read text, a number on the wire.

    use crate::ids::WorkerId;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(id: &WorkerId, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            id.to_string().serialize(serializer)
        } else {
            id.serialize(serializer)
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<WorkerId, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
        } else {
            WorkerId::deserialize(deserializer)
        }
    }
}

mod worker_name_option {
    //! As `worker_name`, or nothing.

    use crate::ids::WorkerId;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(id: &Option<WorkerId>, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            id.map(|id| id.to_string()).serialize(serializer)
        } else {
            id.serialize(serializer)
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<WorkerId>, D::Error> {
        if deserializer.is_human_readable() {
            let name = Option::<String>::deserialize(deserializer)?;
            name.map(|name| name.parse().map_err(D::Error::custom)).transpose()
        } else {
            Option::deserialize(deserializer)
        }
    }
}

mod seconds_option {
    //! Seconds for people and programs that read text, the exact duration on the wire.

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
    use std::time::Duration;

    pub(super) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            duration.map(|duration| duration.as_secs_f64()).serialize(serializer)
        } else {
            duration.serialize(serializer)
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        if deserializer.is_human_readable() {
            let seconds = Option::<f64>::deserialize(deserializer)?;
            seconds.map(|seconds| Duration::try_from_secs_f64(seconds).map_err(D::Error::custom)).transpose()
        } else {
            Option::deserialize(deserializer)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_in_json_names_its_worker_and_counts_seconds() {
        let task = TaskView {
            task: "align[12]".to_owned(),
            state: TaskState::Failed,
            attempts: 1,
            reused: None,
            worker: Some(WorkerId(3)),
            started: None,
            wall: Some(Duration::from_millis(1500)),
            error: None,
            stderr_tail: None,
        };
        let json = serde_json::to_value(&task).expect("every view is JSON");
        assert_eq!(json["worker"], "w3");
        assert_eq!(json["wall"], 1.5);
        assert_eq!(serde_json::from_value::<TaskView>(json).expect("what was written"), task);
        let wire = postcard::to_stdvec(&task).expect("every view travels");
        assert_eq!(postcard::from_bytes::<TaskView>(&wire).expect("what was written"), task);
    }
}
