//! What settings may be. Settings come from people; each bound has its reason.

use super::{CoordinatorSettings, Settings, StoreSettings, WorkerSettings};
use crate::duration::Human;
use crate::limits::{CHECKPOINT_PERIOD_MAX, CHECKPOINT_PERIOD_MIN};
use crate::resources::Hundredths;
use crate::size;
use std::fmt;
use std::time::Duration;

/// What is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The setting, such as `worker.cpus`.
    pub key: &'static str,
    /// What was found and what was expected.
    pub fault: String,
}

/// More often, and heartbeats of a thousand workers would be most of what a coordinator does.
const HEARTBEAT_PERIOD_MIN: Duration = Duration::from_millis(10);

/// Nobody wants to wait longer than this to hear that a worker is lost.
const HEARTBEAT_TIMEOUT_MAX: Duration = Duration::from_secs(86_400);

/// A coordinator that waits longer than this for workers looks as if it hung.
const REATTACH_WINDOW_MAX: Duration = Duration::from_secs(3600);

/// A worker that holds more work than this keeps it from those that are idle.
const PREFETCH_MAX: Duration = Duration::from_secs(60);

/// Below this a single batch of records would stop everything.
const LOG_LAG_BYTES_MIN: u64 = 64 << 10;

/// Shorter than a round trip to a distant server, nothing would ever be answered.
const STORE_TIMEOUT_MIN: Duration = Duration::from_millis(100);

/// A coordinator that waits for longer on one operation looks as if it hung.
const STORE_TIMEOUT_MAX: Duration = Duration::from_secs(600);

/// The log repeats what fails, with patience; more repetition below it only hides the trouble.
const STORE_RETRIES_MAX: u32 = 20;

/// More often, and signs of life would be most of what a store is paid for.
const ALIVE_PERIOD_MIN: Duration = Duration::from_millis(100);

/// A standby that waits for longer is none.
const STANDBY_TIMEOUT_MAX: Duration = Duration::from_secs(86_400);

/// More than any machine has.
const GPUS_MAX: u32 = 1024;

impl Settings {
    /// Checks every value, and values that belong together.
    ///
    /// # Errors
    /// The first fault found.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.coordinator.validate()?;
        self.store.validate()?;
        self.worker.validate()
    }
}

impl CoordinatorSettings {
    /// Checks every value, and values that belong together.
    ///
    /// # Errors
    /// The first fault found.
    pub fn validate(&self) -> Result<(), Invalid> {
        check("coordinator.listen", port(&self.listen).map(drop))?;
        check("coordinator.advertise", self.advertise.as_deref().map_or(Ok(()), reachable))?;
        check("coordinator.store", not_empty(self.store.as_deref()))?;
        check("coordinator.checkpoint_period", at_least(self.checkpoint_period, CHECKPOINT_PERIOD_MIN))?;
        check("coordinator.checkpoint_period", at_most(self.checkpoint_period, CHECKPOINT_PERIOD_MAX))?;
        let (period, timeout) = (self.heartbeat_period, self.heartbeat_timeout);
        check("coordinator.heartbeat_period", at_least(period, HEARTBEAT_PERIOD_MIN))?;
        check("coordinator.heartbeat_timeout", at_most(timeout, HEARTBEAT_TIMEOUT_MAX))?;
        let patient = patient(timeout, period, "coordinator.heartbeat_period");
        check("coordinator.heartbeat_timeout", patient)?;
        check("coordinator.reattach_window", at_most(self.reattach_window, REATTACH_WINDOW_MAX))?;
        check("coordinator.prefetch", at_most(self.prefetch, PREFETCH_MAX))?;
        let quarantine = refuse_if(self.quarantine_failures == 0, || {
            "found 0, expected at least 1; a large number turns quarantine off".to_owned()
        });
        check("coordinator.quarantine_failures", quarantine)?;
        let lag = self.log_lag_bytes_max;
        let lag = refuse_if(lag < LOG_LAG_BYTES_MIN, || {
            format!("found {lag}, expected at least {LOG_LAG_BYTES_MIN}")
        });
        check("coordinator.log_lag_bytes_max", lag)
    }
}

impl StoreSettings {
    /// Checks every value, and values that belong together.
    ///
    /// # Errors
    /// The first fault found.
    pub fn validate(&self) -> Result<(), Invalid> {
        check("store.endpoint", self.endpoint.as_deref().map_or(Ok(()), endpoint))?;
        check("store.region", not_empty(self.region.as_deref()))?;
        check("store.access_key_id", not_empty(self.access_key_id.as_deref()))?;
        check("store.secret_access_key_file", not_empty(self.secret_access_key_file.as_deref()))?;
        check("store.profile", not_empty(self.profile.as_deref()))?;
        self.validate_key_pair()?;
        check("store.timeout", at_least(self.timeout, STORE_TIMEOUT_MIN))?;
        check("store.timeout", at_most(self.timeout, STORE_TIMEOUT_MAX))?;
        let retries = refuse_if(self.retries > STORE_RETRIES_MAX, || {
            format!("found {}, expected at most {STORE_RETRIES_MAX}", self.retries)
        });
        check("store.retries", retries)?;
        check("store.alive_period", at_least(self.alive_period, ALIVE_PERIOD_MIN))?;
        check("store.standby_timeout", at_most(self.standby_timeout, STANDBY_TIMEOUT_MAX))?;
        let patient = patient(self.standby_timeout, self.alive_period, "store.alive_period");
        check("store.standby_timeout", patient)
    }

    /// A key is worth nothing without its secret, and the other way round.
    fn validate_key_pair(&self) -> Result<(), Invalid> {
        let (id, secret) = (self.access_key_id.is_some(), self.secret_access_key_file.is_some());
        let missing = |other: &str| format!("found it without store.{other}, expected both or neither");
        check("store.access_key_id", refuse_if(id && !secret, || missing("secret_access_key_file")))?;
        check("store.secret_access_key_file", refuse_if(secret && !id, || missing("access_key_id")))
    }
}

impl WorkerSettings {
    /// Checks every value.
    ///
    /// # Errors
    /// The first fault found.
    pub fn validate(&self) -> Result<(), Invalid> {
        check("worker.cpus", self.cpus.map_or(Ok(()), cpus))?;
        check("worker.memory", self.memory.as_deref().map_or(Ok(()), memory))?;
        let gpus = self.gpus.unwrap_or(0);
        let gpus = refuse_if(gpus > GPUS_MAX, || format!("found {gpus}, expected at most {GPUS_MAX}"));
        check("worker.gpus", gpus)?;
        check("worker.spool", not_empty(self.spool.as_deref()))?;
        check("worker.idle_timeout", not_zero(self.idle_timeout))?;
        check("worker.time_limit", not_zero(self.time_limit))
    }
}

fn check(key: &'static str, verdict: Result<(), String>) -> Result<(), Invalid> {
    verdict.map_err(|fault| Invalid { key, fault })
}

fn refuse_if(refused: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if refused { Err(fault()) } else { Ok(()) }
}

/// The port of `HOST:PORT`.
fn port(address: &str) -> Result<u16, String> {
    let parts = address.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    let port = parts.and_then(|(_, port)| port.parse().ok());
    port.ok_or_else(|| format!("found \"{address}\", expected HOST:PORT such as \"0.0.0.0:7077\""))
}

fn reachable(address: &str) -> Result<(), String> {
    let port = port(address)?;
    refuse_if(port == 0, || format!("found \"{address}\", expected a port that others can connect to, not 0"))
}

fn not_empty(text: Option<&str>) -> Result<(), String> {
    refuse_if(text.is_some_and(|text| text.trim().is_empty()), || {
        "found an empty text; leave the key out for the default".to_owned()
    })
}

fn not_zero(duration: Option<Duration>) -> Result<(), String> {
    refuse_if(duration == Some(Duration::ZERO), || {
        "found 0s, expected a longer time; leave the key out for none".to_owned()
    })
}

fn at_least(duration: Duration, min: Duration) -> Result<(), String> {
    refuse_if(duration < min, || format!("found {}, expected at least {}", Human(duration), Human(min)))
}

fn at_most(duration: Duration, max: Duration) -> Result<(), String> {
    refuse_if(duration > max, || format!("found {}, expected at most {}", Human(duration), Human(max)))
}

/// One late message must not look like a loss.
fn patient(timeout: Duration, period: Duration, key: &str) -> Result<(), String> {
    refuse_if(timeout < period.saturating_mul(2), || {
        format!("found {}, expected at least twice {key}, which is {}", Human(timeout), Human(period))
    })
}

/// What an endpoint may be, without repeating a secret that somebody wrote into it.
fn endpoint(url: &str) -> Result<(), String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    if rest.contains('@') {
        return Err("found credentials in it, expected none: name the key with store.access_key_id and \
                    store.secret_access_key_file"
            .to_owned());
    }
    let host = rest.trim_end_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]/".contains(c);
    let wrong = !matches!(scheme, "https" | "http") || host.is_empty() || !host.chars().all(plain);
    refuse_if(wrong, || format!("found {url:?}, expected a URL such as \"https://s3.example.org:9000\""))
}

fn cpus(cpus: f64) -> Result<(), String> {
    let amount = Hundredths::from_f64(cpus).filter(|amount| amount.0 > 0);
    refuse_if(amount.is_none(), || format!("found {cpus}, expected a number such as 4 or 0.5"))
}

fn memory(text: &str) -> Result<(), String> {
    let bytes = size::parse(text)?;
    refuse_if(bytes == 0, || format!("found \"{text}\", expected more than nothing"))
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.fault)
    }
}

impl std::error::Error for Invalid {}
