//! Bases, made beside the run: when one is due, who makes it, and what is said when that fails.
//!
//! A base holds the whole state, so that a start needs not replay all that ever happened and old increments can go. It
//! is made from what the store holds, in a state of its own: the running core is never touched. While that goes on, it
//! takes about as much memory again as the coordinator's own state. A base that cannot be made is tried again later;
//! nothing depends on it.

mod make;

use crate::clock::Clock;
use crate::{Error, say};
use godwit_checkpoint::{Weight, Writer};
use godwit_common::duration::Human;
use godwit_common::ids::Epoch;
use godwit_common::size::Size;
use godwit_coordinator_core::Core;
use godwit_coordinator_core::action::{Level, Notice};
use godwit_store::Store;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Increments since the newest base after which another is made, however small they are: each is a read at the start.
const INCREMENTS_MAX: u64 = 10_000;

/// After a failure it is not tried again for this long.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// Sees to it that there are bases, one at a time.
pub(crate) struct Keeper {
    workshop: Workshop,
    /// Bytes of the log since the newest base, above which another is due; or as many as that base has.
    log_bytes: u64,
    notices: mpsc::Sender<Notice>,
    making: Option<Making>,
    retry_at: Option<Instant>,
    /// A failure was told, and there was no success since.
    told: bool,
    /// The newest base is damaged: another is due, whatever the log is like.
    replace: bool,
}

/// Where bases are made.
#[derive(Clone)]
pub(crate) struct Workshop {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) epoch: Epoch,
    /// Makes a core that knows nothing.
    pub(crate) fresh: Arc<dyn Fn() -> Core + Send + Sync>,
}

struct Making {
    task: JoinHandle<Result<Made, Failure>>,
    /// What came since the base before, when the making began.
    covered: Weight,
}

/// What came of the making of a base.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Made {
    /// It stands, and so many objects were deleted that it stands for.
    Base(Weight, u64),
    /// Another coordinator made one meanwhile.
    ByAnother,
}

/// Why a base was not made.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl Keeper {
    pub(crate) fn new(
        workshop: Workshop,
        log_bytes: u64,
        notices: mpsc::Sender<Notice>,
        replace: bool,
    ) -> Keeper {
        Keeper { workshop, log_bytes, notices, making: None, retry_at: None, told: false, replace }
    }

    /// Begins a base if one is due.
    pub(crate) fn look_at(&mut self, writer: &Writer) {
        let rests = self.retry_at.is_some_and(|at| Instant::now() < at);
        if self.making.is_some() || rests || !(self.replace || self.is_due(writer)) {
            return;
        }
        let task = tokio::spawn(make::make(self.workshop.clone(), writer.durable_sequence()));
        self.making = Some(Making { task, covered: writer.since_base() });
    }

    fn is_due(&self, writer: &Writer) -> bool {
        let (base, since) = (writer.base(), writer.since_base());
        since.stored_bytes > self.log_bytes.max(base.stored_bytes) || since.objects > INCREMENTS_MAX
    }

    /// Waits for the end of the one that is being made; what it weighs, and what it covers. Safe to cancel.
    pub(crate) async fn made(&mut self) -> Option<(Weight, Weight)> {
        let Some(making) = &mut self.making else {
            return std::future::pending().await;
        };
        let result = (&mut making.task).await;
        let covered = making.covered;
        self.making = None;
        match result.unwrap_or_else(|error| Err(Failure(error.to_string()))) {
            Ok(Made::Base(base, deleted)) => {
                tracing::info!(
                    "a base of {} records, {}, was made in the store {}; {deleted} objects that it stands for were \
                     deleted",
                    base.records,
                    Size(base.stored_bytes),
                    self.workshop.store.url()
                );
                (self.retry_at, self.told, self.replace) = (None, false, false);
                Some((covered, base))
            }
            Ok(Made::ByAnother) => {
                self.retry_at = Some(Instant::now() + RETRY_AFTER);
                None
            }
            Err(failure) => {
                self.fail(&failure);
                None
            }
        }
    }

    fn fail(&mut self, failure: &Failure) {
        self.retry_at = Some(Instant::now() + RETRY_AFTER);
        if std::mem::replace(&mut self.told, true) {
            return tracing::debug!("again no base was made: {failure}");
        }
        let sentence = format!(
            "cannot make a base in the store {}: {failure}; the log grows meanwhile, nothing is lost, and it is tried \
             again every {}",
            self.workshop.store.url(),
            Human(RETRY_AFTER)
        );
        say(&self.notices, Level::Warning, sentence);
    }

    /// Gives up the one that is being made. What is left of it is collected after the next one.
    pub(crate) async fn stop(&mut self) {
        if let Some(making) = self.making.take() {
            making.task.abort();
            // What it was about to say does not matter any more.
            let _ = making.task.await;
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure(error.to_string())
    }
}
