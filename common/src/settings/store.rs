//! Settings of the store. Secrets are never among them: a setting names the file that holds one.

use super::human_duration;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How a store keeps an old coordinator from writing once a new one has taken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fencing {
    /// By objects that are created if and only if they are not there. The store is asked to prove that it can.
    #[default]
    AtomicCreate,
    /// By an object that the coordinator refreshes, for stores that cannot do better. It protects against mistakes,
    /// such as a second start, but not against a coordinator that is cut off or stopped and comes back.
    LockFile,
}

/// Settings of the store, whatever its kind; most are about S3. Its URL is [`CoordinatorSettings::store`](super::CoordinatorSettings::store).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreSettings {
    /// URL of the server, `https://HOST:PORT`, if it is not that of AWS.
    pub endpoint: Option<String>,
    /// Region of the bucket.
    pub region: Option<String>,
    /// Whether the bucket stands in the path of a request, and not in the name of its host.
    pub path_style: Option<bool>,
    /// Whether an endpoint that does not say `https://` is spoken to without encryption.
    pub allow_http: bool,
    /// Name of the access key.
    pub access_key_id: Option<String>,
    /// File that holds the secret of the access key, and nothing else.
    pub secret_access_key_file: Option<String>,
    /// Profile in the credentials and configuration files of AWS tools.
    pub profile: Option<String>,
    /// An operation that takes longer than this counts as not answered.
    #[serde(with = "human_duration")]
    pub timeout: Duration,
    /// How often a request that was throttled or met a passing failure is repeated within the timeout.
    pub retries: u32,
    /// How an old coordinator is kept from writing.
    pub fencing: Fencing,
    /// How often a coordinator gives a sign of life in the store.
    #[serde(with = "human_duration")]
    pub alive_period: Duration,
    /// A standby takes over when there was no sign of life for this long.
    #[serde(with = "human_duration")]
    pub standby_timeout: Duration,
}

impl Default for StoreSettings {
    fn default() -> Self {
        StoreSettings {
            endpoint: None,
            region: None,
            path_style: None,
            allow_http: false,
            access_key_id: None,
            secret_access_key_file: None,
            profile: None,
            timeout: Duration::from_secs(10),
            retries: 3,
            fencing: Fencing::AtomicCreate,
            alive_period: Duration::from_secs(3),
            standby_timeout: Duration::from_secs(10),
        }
    }
}
