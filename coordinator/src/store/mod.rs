//! The store driver: does what the checkpoint log asks, through `object_store`.
//!
//! It knows nothing of increments and epochs. It decides one thing only: which errors of a store leave things as they
//! were, which leave them unknown, and which end all trust.

mod fault;
mod location;

use crate::Error;
use bytes::Bytes;
use fault::Fault;
use futures_util::TryStreamExt;
use godwit_checkpoint::{Answer, Operation};
use location::Location;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use std::sync::Arc;
use std::time::Duration;

/// An operation that takes longer than this counts as not answered: its outcome is unknown and is looked up.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// A place for the checkpoint log.
#[derive(Clone, Debug)]
pub struct Store {
    url: Arc<str>,
    objects: Arc<dyn ObjectStore>,
}

impl Store {
    /// Opens the store at `url`: `file:///absolute/folder` (made if it is not there), or `memory:` for tests.
    ///
    /// # Errors
    /// [`Error::StoreUrl`] or [`Error::StoreFolder`].
    pub fn open(url: &str) -> Result<Store, Error> {
        let location =
            Location::parse(url).map_err(|problem| Error::StoreUrl { url: url.to_owned(), problem })?;
        let objects: Arc<dyn ObjectStore> = match &location {
            Location::Memory => Arc::new(InMemory::new()),
            Location::Folder(folder) => {
                location::prepare(folder, url)?;
                let local = LocalFileSystem::new_with_prefix(folder).map_err(|error| Error::StoreAway {
                    url: url.to_owned(),
                    problem: fault::sentence(&error),
                })?;
                Arc::new(local.with_fsync(true))
            }
        };
        Ok(Store { url: url.into(), objects })
    }

    /// The URL that the store was opened with.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Does one operation. It does not retry: how long to go on is the log's business.
    pub(crate) async fn perform(&self, operation: Operation) -> Result<Answer, Error> {
        let key = operation.key().to_owned();
        match tokio::time::timeout(ANSWER_TIMEOUT, self.attempt(operation)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Fault::Passing(problem))) => Ok(Answer::Failed(problem)),
            Ok(Err(Fault::Disk(problem))) => Err(Error::Sync { url: self.url.to_string(), problem }),
            Err(_) => {
                Ok(Answer::Unknown(format!("no answer about {key} for {} s", ANSWER_TIMEOUT.as_secs())))
            }
        }
    }

    async fn attempt(&self, operation: Operation) -> Result<Answer, Fault> {
        match operation {
            Operation::Get { key } => self.get(&key).await,
            Operation::Create { key, body } => self.create(&key, body).await,
            Operation::Replace { key, body } => self.replace(&key, body).await,
            Operation::Delete { key } => self.delete(&key).await,
            Operation::List { prefix, after } => self.list(&prefix, after.as_deref()).await,
        }
    }

    async fn get(&self, key: &str) -> Result<Answer, Fault> {
        let found = match self.objects.get(&Path::from(key)).await {
            Ok(found) => found.bytes().await,
            Err(error) => Err(error),
        };
        match found {
            Ok(bytes) => Ok(Answer::Found(bytes)),
            Err(object_store::Error::NotFound { .. }) => Ok(Answer::Missing),
            Err(error) => Err(Fault::of(&error)),
        }
    }

    async fn create(&self, key: &str, body: Bytes) -> Result<Answer, Fault> {
        let options = PutOptions::from(PutMode::Create);
        match self.objects.put_opts(&Path::from(key), body.into(), options).await {
            Ok(_) => Ok(Answer::Created),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Ok(Answer::AlreadyExists)
            }
            Err(error) => Err(Fault::of(&error)),
        }
    }

    async fn replace(&self, key: &str, body: Bytes) -> Result<Answer, Fault> {
        match self.objects.put(&Path::from(key), body.into()).await {
            Ok(_) => Ok(Answer::Replaced),
            Err(error) => Err(Fault::of(&error)),
        }
    }

    async fn delete(&self, key: &str) -> Result<Answer, Fault> {
        match self.objects.delete(&Path::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(Answer::Deleted),
            Err(error) => Err(Fault::of(&error)),
        }
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Answer, Fault> {
        let prefix = Path::from(prefix.trim_end_matches('/'));
        let listing = match after {
            Some(after) => self.objects.list_with_offset(Some(&prefix), &Path::from(after)),
            None => self.objects.list(Some(&prefix)),
        };
        let keys = listing.map_ok(|object| object.location.to_string()).try_collect().await;
        keys.map(Answer::Listed).map_err(|error| Fault::of(&error))
    }
}
