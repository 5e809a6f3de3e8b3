//! Limits of a worker's shell, each with its reason.

use std::time::Duration;

/// Events that wait for the core: senders wait while there are more, so nothing is lost and nothing piles up.
pub(crate) const EVENTS_MAX: usize = 1024;

/// Messages that wait for the network. A coordinator that does not read while so many are made is taken for lost.
pub(crate) const OUTGOING_MAX: usize = 4096;

/// Events that are handled before the messages that they caused go out together.
pub(crate) const BATCH_MAX: usize = 64;

/// Processes that are being started at the same time: starting waits for the file system, not for the processor.
pub(crate) const STARTS_MAX: usize = 4;

/// Ended tasks whose files are looked at at the same time: few tasks have files that take long, and a task holds its
/// own cpus meanwhile, so this is for those that asked for none.
pub(crate) const GATHERINGS_MAX: usize = 64;

/// Threads that look at the files of results which may serve again.
pub(crate) const CHECK_THREADS_MAX: usize = 8;

/// Results that one of these threads takes at once: most need a single look at each file.
pub(crate) const CHECK_BATCH_MAX: usize = 32;

/// Declared outputs of one task whose contents are kept in its record.
pub(crate) const OUTPUTS_MAX: usize = 1 << 16;

/// Names in a command that are looked for, and files that are reported as read: more is no command but a list.
pub(crate) const READ_MAX: usize = 1 << 16;

/// Bytes of the names of files that are reported as read by one task.
pub(crate) const READ_BYTES_MAX: usize = 4 << 20;

/// Open files that this process allows itself if it may: three for each task that the core lets run at once, and some.
pub(crate) const DESCRIPTORS: u64 = 16_384;

/// Bytes of output in one chunk: small enough not to hold up others, large enough to be fast.
pub(crate) const CHUNK_BYTES_MAX: usize = 256 << 10;

/// Attempts that ended lately and whose output can still be asked for by name: those whose end the coordinator had
/// not heard of when it asked.
pub(crate) const ENDED_MAX: usize = 1024;

/// How often a file is looked at that somebody follows: what writes to it does not tell us.
pub(crate) const FOLLOW_PERIOD: Duration = Duration::from_millis(200);

/// How often the memory of tasks that asked for an amount of it is measured.
pub(crate) const MEMORY_PERIOD: Duration = Duration::from_millis(500);

/// How long processes that were killed may take to be gone before the worker stops waiting for them. It takes longer
/// only if the kernel holds them, such as on a dead file server.
pub(crate) const REAP_TIME: Duration = Duration::from_secs(10);

/// How often killed processes are looked at while they go, beside the signal that a child has ended.
pub(crate) const REAP_PERIOD: Duration = Duration::from_millis(20);

/// The first wait before connecting again; doubled each time, and shortened by chance so that workers do not all come
/// at once.
pub(crate) const BACKOFF_MIN: Duration = Duration::from_millis(200);

/// The longest wait before connecting again.
pub(crate) const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// A coordinator that was silent for this long may have been replaced: the access directory is asked, and asked again
/// after ever longer waits, because many workers ask the same file server.
pub(crate) const SUSPICION: Duration = Duration::from_secs(3);

/// How long the last messages of a leaving worker may take to arrive.
pub(crate) const FAREWELL_TIME: Duration = Duration::from_secs(3);

/// A guard that died is not started again more often than this.
pub(crate) const GUARD_PERIOD: Duration = Duration::from_millis(500);

/// How long the guard goes on killing what is left of a dead worker.
pub(crate) const SWEEP_TIME: Duration = Duration::from_secs(30);

/// How often it looks again.
pub(crate) const SWEEP_PERIOD: Duration = Duration::from_millis(10);

/// A worker leaves this long before the batch system ends its job, so that it can say what it had not ended.
pub(crate) const WALLTIME_MARGIN: Duration = Duration::from_secs(15);
