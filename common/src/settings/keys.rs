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
