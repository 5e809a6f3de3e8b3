//! Every setting by its path, for people: what it means and what holds without it.

use crate::nearest::nearest;

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Table and key, such as `worker.cpus`.
    pub path: &'static str,
    /// What it means, in sentences.
    pub description: &'static str,
    /// What holds without it, as a file would say it; none if it is not set then.
    pub default: Option<&'static str>,
}

/// The setting whose path is nearest to `path`, if one is near enough to be meant. A key without its table is taken for
/// that key.
pub fn nearest_key(path: &str) -> Option<&'static str> {
    let bare = KEYS.iter().find(|key| key.path.split_once('.').is_some_and(|(_, name)| name == path));
    bare.map(|key| key.path).or_else(|| nearest(path, KEYS.iter().map(|key| key.path)))
}

const fn key(path: &'static str, default: &'static str, description: &'static str) -> Key {
    Key { path, description, default: Some(default) }
}

const fn unset(path: &'static str, description: &'static str) -> Key {
    Key { path, description, default: None }
}

/// All settings, in the order of [`Settings`](super::Settings).
pub const KEYS: &[Key] = &[
    key(
        "coordinator.listen",
        "\"127.0.0.1:0\"",
        "Where the coordinator listens, HOST:PORT. Port 0 lets the system choose.",
    ),
    unset(
        "coordinator.advertise",
        "Address that workers and clients are told to use, HOST:PORT, if it is not the one listened on.",
    ),
    unset(
        "coordinator.store",
        "URL of the store. Without it the store is the folder state/ in the access directory.",
    ),
    key(
        "coordinator.checkpoint",
        "\"task_exit\"",
        "When outcomes of tasks become durable, in workflows that do not say it themselves: task_exit, periodic, \
         workflow_exit, manual or off.",
    ),
    key(
        "coordinator.checkpoint_period",
        "\"30s\"",
        "With checkpoint = \"periodic\": outcomes are durable at the latest this long after they happened.",
    ),
    key("coordinator.heartbeat_period", "\"2s\"", "How often coordinator and worker say at least something."),
    key(
        "coordinator.heartbeat_timeout",
        "\"10s\"",
        "A side that was silent for this long is taken for lost. At least twice heartbeat_period.",
    ),
    key(
        "coordinator.reattach_window",
        "\"10s\"",
        "How long a restarted coordinator waits for the workers that were there before.",
    ),
    key(
        "coordinator.prefetch",
        "\"20ms\"",
        "Work that a worker is given beyond what it can run at once, as time: enough to cover a round trip.",
    ),
    key(
        "coordinator.quarantine_failures",
        "10",
        "Failures in a row on one worker, while the same tasks do better elsewhere, before it gets no more.",
    ),
    key(
        "coordinator.log_lag_bytes_max",
        "67108864",
        "Bytes of records that may wait for the store before nothing new is started.",
    ),
    key(
        "coordinator.base_log_bytes",
        "16777216",
        "Bytes of the log after which the whole state is written anew, so that old increments can go; or as many as it \
         took the last time, if that is more.",
    ),
    unset(
        "store.endpoint",
        "URL of the S3 server, such as https://s3.example.org:9000, if the bucket is not one of AWS.",
    ),
    unset(
        "store.region",
        "Region of the bucket. Without it, it is taken from the environment or the profile, else it is us-east-1.",
    ),
    unset(
        "store.path_style",
        "Whether the bucket stands in the path of a request, and not in the name of its host. Without it, this is so \
         if there is an endpoint.",
    ),
    key(
        "store.allow_http",
        "false",
        "Whether an endpoint that is written without https:// or http:// is spoken to without encryption.",
    ),
    unset(
        "store.access_key_id",
        "Name of the access key. Without it, credentials come from profile, the environment, the files of AWS tools, \
         or the machine.",
    ),
    unset(
        "store.secret_access_key_file",
        "File that holds the secret of the access key and nothing else. The secret itself is no setting.",
    ),
    unset(
        "store.profile",
        "Profile in ~/.aws/credentials and ~/.aws/config from which credentials, region and endpoint are taken.",
    ),
    key(
        "store.timeout",
        "\"10s\"",
        "An operation of the store that takes longer than this, and a second more for each MiB, counts as not answered.",
    ),
    key(
        "store.retries",
        "3",
        "How often a request that was throttled or met a passing failure is repeated within the timeout.",
    ),
    key(
        "store.fencing",
        "\"atomic-create\"",
        "How an old coordinator is kept from writing: atomic-create, or lock-file for stores that cannot create an \
         object atomically. A lock file protects against mistakes only.",
    ),
    key("store.alive_period", "\"3s\"", "How often a coordinator gives a sign of life in the store."),
    key(
        "store.standby_timeout",
        "\"10s\"",
        "A standby takes over when there was no sign of life for this long. At least twice alive_period.",
    ),
    unset("worker.cpus", "Cpus that a worker offers, instead of those that it finds."),
    unset("worker.memory", "Memory that a worker offers, instead of what it finds."),
    unset("worker.gpus", "Gpus that a worker offers, instead of those that it finds."),
    unset(
        "worker.spool",
        "Folder for the output of tasks and for scratch files. Without it, it lies below the access directory.",
    ),
    key(
        "worker.reconnect_timeout",
        "\"15m\"",
        "How long a worker looks for a coordinator that is gone before it gives up, tasks and all.",
    ),
    unset("worker.idle_timeout", "A worker that had nothing to do for this long leaves."),
    unset(
        "worker.time_limit",
        "A worker leaves after this long. Without it, it asks the batch system when its time is up.",
    ),
];
