//! Drives a reader of the log over a store: operations, waiting when the store is in trouble, nothing else.

use crate::chance;
use crate::errors::Error;
use godwit_checkpoint::{Answer, Chunk, Operation, Point, Reached, ReadStep, Reader, Refusal};
use godwit_store::Store;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A store that is in trouble for this long is given up: somebody is waiting for an answer.
const TROUBLE_MAX: Duration = Duration::from_secs(30);

/// First wait after trouble; doubled up to the longest.
const DELAY_MIN: Duration = Duration::from_millis(100);
const DELAY_MAX: Duration = Duration::from_secs(5);

/// A walk through a store.
pub(crate) struct Walk<'a> {
    store: &'a Store,
    reader: Reader,
}

/// What a walk comes to.
pub(crate) enum News {
    /// An object of the log or of the newest base.
    Chunk(Chunk),
    /// All that was read is void; it comes again.
    Restart,
    /// All is read.
    Done(Point),
}

/// Why a walk cannot go on.
pub(crate) enum Stop {
    /// What is in the store does not allow it.
    Refused(Refusal),
    /// The store does not answer.
    Broken(Error),
}

impl<'a> Walk<'a> {
    pub(crate) fn new(store: &'a Store) -> Walk<'a> {
        Walk { store, reader: Reader::new() }
    }

    /// How far it has come.
    pub(crate) fn reached(&self) -> Reached {
        self.reader.progress()
    }

    /// Why the newest base is not used, if it is damaged and the one before it serves.
    pub(crate) fn damaged_base(&self) -> Option<&Refusal> {
        self.reader.damaged_base()
    }

    /// Goes on to the next object.
    pub(crate) async fn next(&mut self) -> Result<News, Stop> {
        let mut answer = None;
        let mut patience = Patience::default();
        loop {
            answer = match self.reader.step(answer) {
                ReadStep::Do(operation) => Some(perform(self.store, operation).await?),
                ReadStep::Retry { operation, reason } => {
                    patience.wait(self.store, reason).await?;
                    Some(perform(self.store, operation).await?)
                }
                ReadStep::Read(chunk) => return Ok(News::Chunk(chunk)),
                ReadStep::Restart => return Ok(News::Restart),
                ReadStep::Done(point) => return Ok(News::Done(point)),
                ReadStep::Refused(refusal) => return Err(Stop::Refused(refusal)),
            };
        }
    }
}

/// Reads one object; none if it is not there.
///
/// # Errors
/// If the store does not answer.
pub(crate) async fn get(store: &Store, key: &str) -> Result<Option<Vec<u8>>, Error> {
    let mut patience = Patience::default();
    loop {
        match perform(store, Operation::Get { key: key.to_owned() }).await {
            Ok(Answer::Found(bytes)) => return Ok(Some(bytes.to_vec())),
            Ok(Answer::Missing) => return Ok(None),
            Ok(Answer::Failed(reason) | Answer::Unknown(reason)) => {
                patience.wait(store, reason).await.map_err(|stop| stop.error(store))?;
            }
            Ok(other) => {
                return Err(Error::infrastructure(format!(
                    "the store {} answered a read of {key} with {other:?}; this is a defect of godwit, please report it",
                    store.url()
                )));
            }
            Err(stop) => return Err(stop.error(store)),
        }
    }
}

async fn perform(store: &Store, operation: Operation) -> Result<Answer, Stop> {
    store.perform(operation).await.map_err(|error| Stop::Broken(Error::infrastructure(error)))
}

impl Stop {
    /// As a sentence that names the store.
    pub(crate) fn error(self, store: &Store) -> Error {
        match self {
            Stop::Broken(error) => error,
            Stop::Refused(refusal) => Error::infrastructure(format!(
                "cannot read the store {}: {refusal}; 'godwit checkpoint verify' names everything that is damaged",
                store.url()
            )),
        }
    }
}

/// How long trouble has lasted.
#[derive(Default)]
struct Patience {
    since: Option<Instant>,
    delay: Duration,
}

impl Patience {
    async fn wait(&mut self, store: &Store, reason: String) -> Result<(), Stop> {
        let since = *self.since.get_or_insert_with(Instant::now);
        if since.elapsed() > TROUBLE_MAX {
            let url = store.url();
            let sentence = format!("cannot read the store {url}: {reason}; try again when it answers");
            return Err(Stop::Broken(Error::infrastructure(sentence)));
        }
        self.delay = (self.delay * 2).clamp(DELAY_MIN, DELAY_MAX);
        sleep(chance::jitter(self.delay)).await;
        Ok(())
    }
}
