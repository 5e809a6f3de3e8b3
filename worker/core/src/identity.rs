//! Who a worker is and how it behaves: what the shell finds out before the core begins.

use godwit_common::ids::Token;
use godwit_common::resources::Capacity;
use godwit_common::time::Time;
use std::time::Duration;

/// Who the worker is and what it has. Most of it is said in every hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Drawn when the worker started.
    pub life: Token,
    /// The host's name.
    pub host: String,
    /// The worker's process id.
    pub pid: u32,
    /// What it has to give.
    pub capacity: Capacity,
    /// The folder of its spools.
    pub spool: String,
    /// When its time is up, if it knows.
    pub ends: Option<Time>,
    /// The batch job that it runs in, or the name given to it, if any.
    pub group: Option<String>,
    /// The cpus that tasks can be pinned to, in the shell's order; may be fewer than the capacity says.
    pub cpus: Vec<CpuPlace>,
}

/// Where a cpu is in the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CpuPlace {
    /// Its NUMA node.
    pub node: u32,
    /// Its core, unique in the machine; hardware threads of one core share it.
    pub core: u32,
}

/// How the worker behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long to be without a coordinator before giving up, tasks and all.
    pub reconnect_timeout: Duration,
    /// Leave after having nothing to do for this long.
    pub idle_timeout: Option<Duration>,
    /// Stop everything and leave at this time; not after the end that the identity names.
    pub leave_at: Option<Time>,
    /// How long tasks have between SIGTERM and SIGKILL when the worker leaves; shorter than what a batch system gives.
    pub leave_grace: Duration,
    /// How long to wait for the answer to a hello. After it the coordinator says what holds.
    pub welcome_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            reconnect_timeout: Duration::from_secs(15 * 60),
            idle_timeout: None,
            leave_at: None,
            leave_grace: Duration::from_secs(5),
            welcome_timeout: Duration::from_secs(10),
        }
    }
}
