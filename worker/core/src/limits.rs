//! Limits of a worker's core, each with its reason.

use std::time::Duration;

/// Attempts that may wait for room, and, with as many that ended and are not kept, the most that a hello lists. The coordinator gives about 20 ms of work ahead; more than this is a mistake, and
/// each costs a hundred bytes here and thirty in the next hello.
pub const WAITING_MAX: usize = 1 << 16;

/// Attempts that run at once, whatever they ask for: each is a process with two files and a descriptor of its own.
pub const RUNNING_MAX: usize = 4096;

/// Ended attempts that may wait to be kept before nothing new is started: with full tails of standard error this is
/// a quarter of a gigabyte, in practice a few megabytes.
pub const OUTBOX_MAX: usize = 1 << 16;

/// Specs that are held at once; beyond it the connection is begun anew, which drops those that are not in use.
pub const SPECS_MAX: usize = 1 << 20;

/// Ended attempts in one report: with full tails of standard error it stays well below the frame limit. A report with
/// fewer says that there is no more to tell.
pub const REPORT_ENDED_MAX: usize = 1000;

/// Started attempts in one report: twenty bytes each.
pub const REPORT_STARTED_MAX: usize = 1 << 17;

/// Waiting attempts that are looked at to find one that fits while those before it do not.
pub const SCAN_MAX: usize = 256;

/// Times that the first waiting attempt may be overtaken by smaller ones before everything waits for it, so that a
/// large task starts at last.
pub const OVERTAKES_MAX: u32 = 64;

/// A coordinator that asks for heartbeats more often than this is not obeyed: it would keep the worker busy.
pub const HEARTBEAT_PERIOD_MIN: Duration = Duration::from_millis(10);

/// A worker that leaves waits this long for its last results to be kept.
pub const LINGER: Duration = Duration::from_secs(2);

/// After SIGKILL processes are gone at once, unless the kernel holds them: then the worker leaves without them.
pub const REAP_TIME: Duration = Duration::from_secs(5);
