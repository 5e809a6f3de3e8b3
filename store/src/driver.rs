//! One operation on one store: what to call, how long to wait, what came of it.
//!
//! It retries nothing itself; what the S3 client retries is limited in [`s3`](crate::s3).

use crate::fault::{Effect, Fault};
use crate::s3::Server;
use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use godwit_checkpoint::limits::OBJECT_BYTES_MAX;
use godwit_checkpoint::{Answer, Operation};
use godwit_common::time::Time;
use object_store::path::Path;
use object_store::{GetResult, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// Keys in one listing. Listings are hints; what is behind this many is found by looking.
const LISTED_KEYS_MAX: usize = 1_000_000;

/// Bytes that any link carries in a second: an operation is given this much more time for large objects.
const BYTES_PER_SECOND_MIN: u64 = 1 << 20;

/// One object of a store, as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written, by the clock of the store.
    pub modified: Time,
}

/// A store without memory of what was asked before.
pub(crate) struct Driver {
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// The S3 server, if it is one: what sentences about errors name.
    pub(crate) server: Option<Server>,
    pub(crate) timeout: Duration,
}

impl Driver {
    pub(crate) async fn attempt(&self, operation: Operation) -> Result<Answer, Fault> {
        match operation {
            Operation::Get { key } => self.get(&key).await,
            Operation::Create { key, body } => self.create(&key, body).await,
            Operation::Replace { key, body } => self.replace(&key, body).await,
            Operation::Delete { key } => self.delete(&key).await,
            Operation::List { prefix, after } => self.list(&prefix, after.as_deref()).await,
        }
    }

    /// Reads an object. One that is larger than any that was ever written is cut off just behind that size, so that
    /// whoever reads it finds it damaged without all of it being in memory.
    pub(crate) async fn get(&self, key: &str) -> Result<Answer, Fault> {
        let path = Path::from(key);
        match self.in_time(key, Effect::None, 0, self.objects.get(&path)).await {
            Ok(found) => self.read(key, found).await,
            Err(Fault::Missing) => Ok(Answer::Missing),
            Err(fault) => Err(fault),
        }
    }

    async fn read(&self, key: &str, found: GetResult) -> Result<Answer, Fault> {
        let limit = OBJECT_BYTES_MAX + 1;
        let expected = usize::try_from(found.meta.size).map_or(limit, |size| size.min(limit));
        let mut body = BytesMut::with_capacity(expected);
        let mut chunks = found.into_stream();
        while let Some(chunk) = self.in_time(key, Effect::None, 0, chunks.try_next()).await? {
            let room = limit - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == limit {
                break;
            }
        }
        Ok(Answer::Found(body.freeze()))
    }

    pub(crate) async fn create(&self, key: &str, body: Bytes) -> Result<Answer, Fault> {
        let (path, size) = (Path::from(key), body.len() as u64);
        let put = self.objects.put_opts(&path, body.into(), PutOptions::from(PutMode::Create));
        match self.in_time(key, Effect::Write, size, put).await {
            Ok(_) => Ok(Answer::Created),
            Err(Fault::Exists) => Ok(Answer::AlreadyExists),
            Err(fault) => Err(fault),
        }
    }

    pub(crate) async fn replace(&self, key: &str, body: Bytes) -> Result<Answer, Fault> {
        let (path, size) = (Path::from(key), body.len() as u64);
        self.in_time(key, Effect::Write, size, self.objects.put(&path, body.into())).await?;
        Ok(Answer::Replaced)
    }

    pub(crate) async fn delete(&self, key: &str) -> Result<Answer, Fault> {
        match self.in_time(key, Effect::Write, 0, self.objects.delete(&Path::from(key))).await {
            Ok(()) | Err(Fault::Missing) => Ok(Answer::Deleted),
            Err(fault) => Err(fault),
        }
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Answer, Fault> {
        let path = Path::from(prefix.trim_end_matches('/'));
        let listing = match after {
            Some(after) => self.objects.list_with_offset(Some(&path), &Path::from(after)),
            None => self.objects.list(Some(&path)),
        };
        let entries = self.collect(prefix, listing.take(LISTED_KEYS_MAX).boxed()).await?;
        Ok(Answer::Listed(entries.into_iter().map(|entry| entry.location.to_string()).collect()))
    }

    /// All objects below a prefix, in the order of their keys.
    pub(crate) async fn entries(&self, prefix: &str) -> Result<Vec<Entry>, Fault> {
        let path = Path::from(prefix.trim_end_matches('/'));
        let listing = self.objects.list(Some(&path));
        let mut entries: Vec<Entry> = self.collect(prefix, listing).await?.iter().map(entry).collect();
        entries.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(entries)
    }

    /// The time is that of one page: a listing may have many.
    async fn collect(
        &self,
        prefix: &str,
        mut listing: BoxStream<'_, object_store::Result<ObjectMeta>>,
    ) -> Result<Vec<ObjectMeta>, Fault> {
        let mut entries = Vec::new();
        while let Some(entry) = self.in_time(prefix, Effect::None, 0, listing.try_next()).await? {
            entries.push(entry);
        }
        Ok(entries)
    }

    async fn in_time<T>(
        &self,
        key: &str,
        effect: Effect,
        size: u64,
        operation: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, Fault> {
        let limit = self.timeout + Duration::from_secs(size / BYTES_PER_SECOND_MIN);
        match tokio::time::timeout(limit, operation).await {
            Ok(result) => result.map_err(|error| Fault::of(&error, self.server.as_ref(), effect)),
            Err(_) => Err(Fault::late(key, limit, effect)),
        }
    }
}

fn entry(object: &ObjectMeta) -> Entry {
    let modified = u64::try_from(object.last_modified.timestamp_micros()).unwrap_or(0);
    Entry { key: object.location.to_string(), size: object.size, modified: Time(modified) }
}
