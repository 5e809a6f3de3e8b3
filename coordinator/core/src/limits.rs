//! The limits of the coordinator's core, each with its reason.

use std::time::Duration;

/// Workers that may be connected at once: the fleet is looked through whole now and then.
pub const WORKERS_MAX: usize = 20_000;

/// Workers that left and are remembered, so that output in their spools can still be found.
pub const LEFT_WORKERS_MAX: usize = 10_000;

/// Workers that left and are listed.
pub const LEFT_WORKERS_LISTED_MAX: usize = 1_000;

/// Workers that left longer ago than this are not listed.
pub const LEFT_WORKERS_LISTED_FOR: Duration = Duration::from_secs(60 * 60);

/// A lost worker is expected back for this long: a little more than a worker tries to reconnect by default.
pub const LOST_WORKER_FORGOTTEN_AFTER: Duration = Duration::from_secs(20 * 60);

/// Gpu devices of one worker: placement keeps a counter for each.
pub const WORKER_GPUS_MAX: u32 = 4096;

/// Attempts that a worker may bring back when it reconnects: each is looked up.
pub const LIVE_ATTEMPTS_MAX: usize = 1 << 18;

/// Attempts that wait on one worker for room. The worker's own limit is far higher.
pub const PREFETCH_MAX: usize = 1024;

/// Attempts that one worker has at a time, however little they ask for: more processes than this overload a node.
pub const WORKER_ATTEMPTS_MAX: usize = 10_000;

/// Stretches of tasks in one record that reopens them: a large retry is several records, each far below the limit.
pub const REOPENED_STRETCHES_MAX: usize = 100_000;

/// Workflows in one listing, the newest: a listing is one frame.
pub const WORKFLOWS_LISTED_MAX: usize = 100_000;

/// Bytes of errors and of standard error in one page of tasks; what comes after is cut, so that the page fits into a
/// frame.
pub const PAGE_TEXT_BYTES_MAX: usize = 8 << 20;

/// Specs that a worker is told to forget in one go: each is a message, and a worker's queue of messages is bounded.
pub const FORGETS_AT_ONCE_MAX: usize = 64;

/// Tasks in all workflows together: at a byte or two each this is a gigabyte.
pub const TASKS_MAX: u64 = 1_000_000_000;

/// Workflows that are held.
pub const WORKFLOWS_MAX: usize = 1_000_000;

/// Ended attempts that are remembered of one task.
pub const HISTORY_MAX: usize = 16;

/// Bytes of standard error that are remembered of one workflow's tasks: half of it for failures that were retried,
/// half for those that were not. Beyond it only causes are remembered; the spools have the rest.
pub const STDERR_TAILS_BYTES_MAX: usize = 16 << 20;

/// Results of forgotten workflows and of other stores that are kept, the oldest going first: at about 300 bytes each
/// these are 3 GB.
pub const KEPT_RESULTS_MAX: usize = 10_000_000;

/// Tasks that are looked at for reuse in one event: at a few microseconds each, nobody waits for long.
pub const PREPARED_AT_ONCE: usize = 1_000;

/// Tasks whose outputs are put into the index of a workflow in one event: as many microseconds, about.
pub const MAKERS_AT_ONCE: usize = 10_000;

/// Tasks of one memoized group that are ready or wait for an equal one or for a check: the others wait as ranges, which
/// cost nothing. It is more than a worker takes.
pub const PREPARED_OF_GROUP_MAX: u64 = 20_000;

/// Checks of outputs that are asked for and not answered: each is remembered.
pub const CHECKS_MAX: usize = 10_000;

/// The same for one worker: what one does not get to, another may.
pub const CHECKS_PER_WORKER_MAX: usize = 500;

/// Tasks of which it is remembered why a result did not serve or was not kept, for explanations.
pub const NOTES_MAX: usize = 20_000;

/// Bytes of large values that are held, apart from those that are not on storage yet.
pub const BLOB_BYTES_HELD_MAX: usize = 64 << 20;

/// Large values that are read at once.
pub const BLOB_READS_MAX: usize = 16;

/// Earlier workflows that are looked through for the same task when it is explained why nothing was reused.
pub const EXPLAINED_WORKFLOWS_MAX: usize = 1_000;

/// Clients that watch a workflow or follow an output.
pub const WATCHES_MAX: usize = 10_000;

/// Answers that may wait until what they reveal is durable.
pub const HELD_ANSWERS_MAX: usize = 10_000;

/// A watching client is told of changes at most this often.
pub const WATCH_PERIOD: Duration = Duration::from_millis(250);

/// A class of tasks that no worker has had room for during this time has one worker kept free for it.
pub const RESERVE_AFTER: Duration = Duration::from_secs(5);

/// Attempts that waited on a worker for this long without one of them starting are taken back.
pub const STALL_TIME: Duration = Duration::from_millis(500);

/// A failure after a longer time says nothing against the worker.
pub const QUICK_FAILURE: Duration = Duration::from_secs(60);

/// Running and failed tasks that a workflow's view names.
pub const VIEW_TASKS_MAX: usize = 16;

/// Groups that a workflow's view lists.
pub const VIEW_GROUPS_MAX: usize = 1_000;

/// Groups that are looked at for tasks that no worker can run.
pub const WARNING_GROUPS_MAX: usize = 10_000;

/// Sentences of one kind in a view or an explanation.
pub const SENTENCES_MAX: usize = 8;
