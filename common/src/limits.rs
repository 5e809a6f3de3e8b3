//! Limits that hold everywhere, each with its reason. Limits of one room live in that room.

use std::time::Duration;

/// A frame is read into memory whole, so bound it. A workflow travels in one frame: this is room for a few million
/// single-line items.
pub const FRAME_BYTES_MAX: usize = 64 << 20;

/// Tasks in one group. A task costs the coordinator a byte or two while it waits; this keeps one group under 200 MB.
pub const GROUP_TASKS_MAX: u32 = 100_000_000;

/// Groups in one workflow. Each group costs the coordinator about a kilobyte.
pub const WORKFLOW_GROUPS_MAX: usize = 2_000_000;

/// Tasks in one workflow: a task costs the coordinator a byte or two while it waits.
pub const WORKFLOW_TASKS_MAX: u64 = 200_000_000;

/// Axes of a `matrix`; more than this is a mistake in every case seen.
pub const MATRIX_AXES_MAX: usize = 16;

/// Variants of a resource request: placement tries each in turn.
pub const REQUEST_VARIANTS_MAX: usize = 16;

/// Named resources in one request or on one worker: they are compared one by one in placement.
pub const NAMED_RESOURCES_MAX: usize = 64;

/// Characters in the name of a workflow, group, resource or matrix axis: names stand in tables and log lines.
pub const NAME_CHARACTERS_MAX: usize = 128;

/// Bytes of standard error that a failure carries (and so the log): enough for a traceback's end.
pub const STDERR_TAIL_BYTES_MAX: usize = 4096;

/// Bytes of a captured value: it may become a word of a command, and the coordinator holds what tasks wait for.
pub const VALUE_BYTES_MAX: usize = 1 << 20;

/// Bytes of a captured value that are recorded in place; a larger one is an object of its own in the store.
pub const VALUE_INLINE_BYTES_MAX: usize = 16 << 10;

/// Files of one workflow that are digested at its submission: their digests travel in its frame.
pub const WORKFLOW_FILES_MAX: usize = 400_000;

/// Bytes of a path: Linux takes no longer ones.
pub const PATH_BYTES_MAX: usize = 4096;

/// Stores and files whose results may serve one workflow: each is compared with every result.
pub const REUSE_SOURCES_MAX: usize = 64;

/// Shorter, and a store would be asked for little else than to keep the outcomes of the last moment.
pub const CHECKPOINT_PERIOD_MIN: Duration = Duration::from_millis(100);

/// What is not durable after this long was not meant to be periodic.
pub const CHECKPOINT_PERIOD_MAX: Duration = Duration::from_secs(86_400);

/// Results in one request that imports them.
pub const IMPORTED_AT_ONCE_MAX: usize = 10_000;

/// Bytes of a sentence that a peer sent and that is shown to people or logged.
pub const REASON_BYTES_MAX: usize = 4096;

/// Retries of one task: each attempt is a record in the log.
pub const RETRIES_MAX: u32 = 1_000_000;

/// The longest duration that a setting or a task may ask for: about 31 years, far from overflow in microseconds.
pub const DURATION_MAX: Duration = Duration::from_secs(1_000_000_000);

/// Bytes of inline standard input of one task: it is part of the spec, which every worker keeps.
pub const STDIN_BYTES_MAX: usize = 1 << 20;
