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

/// Bytes of values and other products in the outbox before nothing new is started: they wait in memory.
pub const OUTBOX_BYTES_MAX: usize = 256 << 20;

/// Bytes of ended attempts in one report: well below the frame limit even with one product of the largest size more.
pub const REPORT_BYTES_MAX: usize = 16 << 20;

/// Bytes of values that may wait for the attempts that ask for them: as much as a few frames.
pub const VALUES_BYTES_MAX: usize = 256 << 20;

/// Results whose files wait to be looked at: each is a few hundred bytes. A coordinator that asks for more at once has
/// lost its way.
pub const CHECKS_MAX: usize = 1 << 20;

/// Answers in one message; a hundred bytes each, and seldom a sentence of a kilobyte.
pub const CHECKED_MAX: usize = 10_000;

/// Specs that are held at once; beyond it the connection is begun anew, which drops those that are not in use.
pub const SPECS_MAX: usize = 1 << 20;

/// Ended attempts in one report, so that none takes long.
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
