//! Settings as data: every key with its default, its unit and its reason. Reading them from files, environment and
//! flags is the command line's business.

mod bounds;
mod keys;
mod store;

#[cfg(test)]
mod tests;

pub use bounds::Invalid;
pub use keys::{KEYS, Key, nearest_key};
pub use store::{Fencing, StoreSettings};

use crate::checkpoint::CheckpointMode;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// All settings. A settings file has one table for each field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Of the coordinator.
    pub coordinator: CoordinatorSettings,
    /// Of the store.
    pub store: StoreSettings,
    /// Of workers.
    pub worker: WorkerSettings,
}

/// Settings of the coordinator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CoordinatorSettings {
    /// Where to listen, `HOST:PORT`; port 0 lets the system choose.
    pub listen: String,
    /// Address that workers and clients are told to use, if it is not the one listened on.
    pub advertise: Option<String>,
    /// URL of the store. The default is `state/` in the access directory.
    pub store: Option<String>,
    /// When outcomes become durable, in workflows that do not say it themselves.
    pub checkpoint: CheckpointMode,
    /// With [`CheckpointMode::Periodic`]: outcomes are durable at the latest this long after they happened.
    #[serde(with = "human_duration")]
    pub checkpoint_period: Duration,
    /// How often each side says at least something.
    #[serde(with = "human_duration")]
    pub heartbeat_period: Duration,
    /// A side that was silent for this long is taken for lost.
    #[serde(with = "human_duration")]
    pub heartbeat_timeout: Duration,
    /// After a restart: how long to wait for the workers that were there before tasks that may be running on them
    /// are placed elsewhere.
    #[serde(with = "human_duration")]
    pub reattach_window: Duration,
    /// Work that a worker is given beyond what it can run at once, as time: long enough to cover a round trip.
    #[serde(with = "human_duration")]
    pub prefetch: Duration,
    /// Failures in a row on one worker, while the same groups do better elsewhere, before it is quarantined.
    pub quarantine_failures: u32,
    /// Bytes of records that may wait for the store before nothing new is started.
    pub log_lag_bytes_max: u64,
    /// Bytes of the log since the newest base after which another base is made, unless that base has more.
    pub base_log_bytes: u64,
}

/// Settings of workers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkerSettings {
    /// Cpus to offer instead of those found.
    pub cpus: Option<f64>,
    /// Memory to offer instead of what was found, such as `"64GiB"`.
    pub memory: Option<String>,
    /// Gpus to offer instead of those found.
    pub gpus: Option<u32>,
    /// Folder for spools and scratch. The default is below the access directory.
    pub spool: Option<String>,
    /// How long to try to reach a coordinator that is gone before giving up, tasks and all.
    #[serde(with = "human_duration")]
    pub reconnect_timeout: Duration,
    /// Leave after having nothing to do for this long; never, if not set.
    #[serde(with = "human_duration_option")]
    pub idle_timeout: Option<Duration>,
    /// Leave after this long; never, if not set and the batch system says nothing.
    #[serde(with = "human_duration_option")]
    pub time_limit: Option<Duration>,
}

impl Default for CoordinatorSettings {
    fn default() -> Self {
        CoordinatorSettings {
            listen: "127.0.0.1:0".to_owned(),
            advertise: None,
            store: None,
            checkpoint: CheckpointMode::TaskExit,
            checkpoint_period: Duration::from_secs(30),
            heartbeat_period: Duration::from_secs(2),
            heartbeat_timeout: Duration::from_secs(10),
            reattach_window: Duration::from_secs(10),
            prefetch: Duration::from_millis(20),
            quarantine_failures: 10,
            log_lag_bytes_max: 64 << 20,
            base_log_bytes: 16 << 20,
        }
    }
}

impl Default for WorkerSettings {
    fn default() -> Self {
        WorkerSettings {
            cpus: None,
            memory: None,
            gpus: None,
            spool: None,
            reconnect_timeout: Duration::from_secs(15 * 60),
            idle_timeout: None,
            time_limit: None,
        }
    }
}

mod human_duration {
    //! `"1h30m"` in files.

    use crate::duration::{Human, parse};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::time::Duration;

    pub(super) fn serialize<S: Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Human(*value))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

mod human_duration_option {
    //! `"1h30m"` in files, or nothing.

    use crate::duration::{Human, parse};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::time::Duration;

    pub(super) fn serialize<S: Serializer>(
        value: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(duration) => serializer.collect_str(&Human(*duration)),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| parse(&text))
            .transpose()
            .map_err(D::Error::custom)
    }
}
