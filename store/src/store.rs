//! A place for the checkpoint log, as the rest of Godwit holds it.

use crate::driver::{Driver, Entry};
use crate::error::Error;
use crate::fault::{self, Fault};
use crate::location::{self, Location};
use crate::lock::LockFile;
use crate::s3::{self, Surroundings};
use crate::{orphans, probe};
use bytes::Bytes;
use godwit_checkpoint::{Answer, Operation};
use godwit_common::settings::{Fencing, StoreSettings};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A store. Clones are the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    url: String,
    driver: Arc<Driver>,
    /// Of a local store.
    folder: Option<PathBuf>,
    lock: Option<LockFile>,
}

impl Store {
    /// Opens the store at `url`: `file:///absolute/folder` (made if it is not there), `s3://bucket/folder`, or `memory:`
    /// for tests. Nothing is asked of a server yet.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::Settings`] or [`Error::Folder`].
    pub fn open(url: &str, settings: &StoreSettings) -> Result<Store, Error> {
        let location = Location::parse(url)?;
        let url = url.trim_end_matches('/').to_owned();
        let (objects, server): (Arc<dyn ObjectStore>, _) = match &location {
            Location::Memory => (Arc::new(InMemory::new()), None),
            Location::Folder(folder) => {
                location::prepare(folder, &url)?;
                let local = LocalFileSystem::new_with_prefix(folder)
                    .map_err(|error| Error::Away { url: url.clone(), problem: fault::sentence(&error) })?;
                (Arc::new(local.with_fsync(true)), None)
            }
            Location::Bucket { bucket, prefix } => {
                let opened = s3::open(bucket, prefix, settings, &Surroundings::of_process());
                let (objects, server) =
                    opened.map_err(|problem| Error::Settings { url: url.clone(), problem })?;
                (objects, Some(server))
            }
        };
        let driver = Arc::new(Driver { objects, server, timeout: settings.timeout });
        let lock = match settings.fencing {
            Fencing::AtomicCreate => None,
            Fencing::LockFile => Some(LockFile::new(url.clone(), driver.clone(), settings)),
        };
        let folder = match location {
            Location::Folder(folder) => Some(folder),
            Location::Memory | Location::Bucket { .. } => None,
        };
        Ok(Store { inner: Arc::new(Inner { url, driver, folder, lock }) })
    }

    /// The URL that the store was opened with. It holds nothing secret.
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    /// Makes sure that a coordinator can depend on this store: removes what killed ones have left on a local disk, asks
    /// a server to prove that it creates objects atomically, or takes the lock file. Trouble that may pass is waited
    /// for as long as one operation may take. Readers need none of this.
    ///
    /// # Errors
    /// [`Error::Away`] with what to put right, [`Error::NotAtomic`], [`Error::Locked`], or [`Error::Sync`].
    pub async fn prepare(&self) -> Result<(), Error> {
        let Inner { url, driver, folder, lock } = &*self.inner;
        if let Some(folder) = folder.clone() {
            // A panic in there has removed less; that costs only space.
            let _ = tokio::task::spawn_blocking(move || orphans::remove(&folder)).await;
        }
        match lock {
            Some(lock) => lock.take().await,
            None if driver.server.is_some() => probe::run(url, driver).await,
            None => Ok(()),
        }
    }

    /// Gives the lock file back, if there is one, so that the next coordinator need not wait. To be called when nothing
    /// is written any more; a coordinator that does not get to it is found out by its silence.
    pub async fn release(&self) {
        if let Some(lock) = &self.inner.lock {
            lock.release().await;
        }
    }

    /// Does one operation. It does not retry what fails for longer than a moment: how long to go on is the log's
    /// business.
    ///
    /// # Errors
    /// [`Error::Sync`] or [`Error::LockLost`], after which nothing may be written any more; [`Error::NotAtomic`] if the
    /// store cannot do it at all. Everything else is an answer.
    pub async fn perform(&self, operation: Operation) -> Result<Answer, Error> {
        let attempt = match (&self.inner.lock, operation) {
            (None, operation) => self.inner.driver.attempt(operation).await,
            (Some(_), operation @ (Operation::Get { .. } | Operation::List { .. })) => {
                self.inner.driver.attempt(operation).await
            }
            (Some(lock), operation) => match lock.confirm().await? {
                Ok(()) => self.write_locked(operation).await,
                Err(fault) => Err(fault),
            },
        };
        attempt.or_else(|fault| self.judge(fault))
    }

    /// The lock stands for the atomicity that the store does not have.
    async fn write_locked(&self, operation: Operation) -> Result<Answer, Fault> {
        let driver = &self.inner.driver;
        match operation {
            Operation::Create { key, body } => match driver.get(&key).await? {
                Answer::Missing => self.put(&key, body).await,
                _ => Ok(Answer::AlreadyExists),
            },
            other => driver.attempt(other).await,
        }
    }

    async fn put(&self, key: &str, body: Bytes) -> Result<Answer, Fault> {
        self.inner.driver.replace(key, body).await?;
        Ok(Answer::Created)
    }

    fn judge(&self, fault: Fault) -> Result<Answer, Error> {
        match fault {
            // A server was asked at the start; what one refuses now may be the mood of a proxy.
            Fault::Unsupported(found) if self.inner.driver.server.is_none() => {
                Err(Error::NotAtomic { url: self.url().to_owned(), found })
            }
            fault => fault.answer().map_err(|problem| Error::Sync { url: self.url().to_owned(), problem }),
        }
    }

    /// Everything below `prefix`, which is empty or ends with a slash, sorted by key. A listing may lag behind what was
    /// written last.
    ///
    /// # Errors
    /// [`Error::Away`].
    pub async fn list_all(&self, prefix: &str) -> Result<Vec<Entry>, Error> {
        self.inner.driver.entries(prefix).await.map_err(|fault| self.away(fault.sentence()))
    }

    /// What becomes of a process that is stopped.
    #[cfg(test)]
    pub(crate) fn stop_refreshing(&self) {
        self.inner.lock.as_ref().expect("a lock file").stop_refreshing();
    }

    pub(crate) fn away(&self, problem: String) -> Error {
        Error::Away { url: self.url().to_owned(), problem }
    }
}

/// The URL and nothing else: what is inside may be secret.
impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("url", &self.inner.url).finish_non_exhaustive()
    }
}
