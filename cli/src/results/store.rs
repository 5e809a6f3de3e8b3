//! Results from a store: its log, replayed into a core, and the values that lie beside it.

use super::walk::{News, Walk, get};
use crate::cluster::absolute;
use crate::errors::Error;
use godwit_checkpoint::{Chunk, Digest, blob_key, read_blob};
use godwit_common::memo::{ContentDigest, Exported, Value};
use godwit_common::settings::{CoordinatorSettings, StoreSettings};
use godwit_coordinator_core::{Core, Identity, Record};
use godwit_store::Store;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The URL of a store that is given as a URL or as a folder.
///
/// # Errors
/// If there is no working directory from which to count.
pub(crate) fn store_url(given: &str) -> Result<String, Error> {
    if given.contains("://") || given.starts_with("memory:") {
        return Ok(given.trim_end_matches('/').to_owned());
    }
    let folder = absolute(Path::new(given))?;
    let path = folder
        .to_str()
        .ok_or_else(|| Error::usage(format!("the folder {given} of the store is not named in UTF-8")))?;
    Ok(format!("file://{}", path.trim_end_matches('/')))
}

/// Opens a store that is there, to read it.
///
/// # Errors
/// If the URL is none, or names a folder that is not there: reading makes no folders.
pub(crate) fn open(url: &str, settings: &StoreSettings) -> Result<Store, Error> {
    if let Some(folder) = url.strip_prefix("file://")
        && !Path::new(folder).is_dir()
    {
        return Err(Error::usage(format!(
            "there is no store {url}: the folder is not there; give the store with --store URL"
        )));
    }
    Store::open(url, settings)
        .map_err(|error| if error.is_input() { Error::usage(error) } else { Error::infrastructure(error) })
}

/// Every result of a store, without the values that lie beside the log.
///
/// # Errors
/// If the store cannot be read, or is damaged.
pub(crate) async fn list_results(store: &Store) -> Result<Vec<Exported>, Error> {
    Ok(replay(store).await?.results().collect())
}

/// Every result of a store, whole.
pub(super) async fn read_results(store: &Store) -> Result<Vec<Exported>, Error> {
    let mut results = list_results(store).await?;
    let mut read = BTreeMap::new();
    for result in &mut results {
        if let Some(Value::Blob { digest, .. }) = &result.memo.value {
            let text = match read.get(digest) {
                Some(text) => Arc::clone(text),
                None => value(store, *digest).await?,
            };
            read.insert(*digest, Arc::clone(&text));
            result.memo.value = Some(Value::Inline(text));
        }
    }
    Ok(results)
}

/// A core that knows what the store has.
async fn replay(store: &Store) -> Result<Core, Error> {
    let fresh = || Core::new(CoordinatorSettings::default(), Identity::default());
    let mut core = fresh();
    let mut walk = Walk::new(store);
    loop {
        match walk.next().await.map_err(|stop| stop.error(store))? {
            News::Chunk(chunk) => {
                for record in decode(store.url(), &chunk) {
                    core.replay(&record?).map_err(|misfit| {
                        let key = &chunk.summary.key;
                        Error::infrastructure(format!(
                            "cannot read {key} of the store {}: {misfit}",
                            store.url()
                        ))
                    })?;
                }
            }
            News::Restart => core = fresh(),
            News::Done(_) => return Ok(core),
        }
    }
}

/// The records of an object.
pub(crate) fn decode<'a>(url: &'a str, chunk: &'a Chunk) -> impl Iterator<Item = Result<Record, Error>> + 'a {
    chunk.records.iter().map(move |bytes| {
        Record::decode(bytes).map_err(|error| {
            let key = &chunk.summary.key;
            Error::infrastructure(format!("cannot read {key} of the store {url}: it has {error}"))
        })
    })
}

/// A value that is too large for a record.
async fn value(store: &Store, digest: ContentDigest) -> Result<Arc<str>, Error> {
    let name = Digest(digest.0);
    let key = blob_key(name);
    let refused = |what: &str| {
        Error::infrastructure(format!(
            "cannot read {key} of the store {}: {what}; 'godwit checkpoint verify' names everything that is damaged",
            store.url()
        ))
    };
    let bytes = get(store, &key).await?.ok_or_else(|| refused("it is missing, though a result names it"))?;
    let value = read_blob(name, &bytes).map_err(|fault| refused(&fault.to_string()))?;
    String::from_utf8(value).map(Arc::from).map_err(|_| refused("it is no text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_makes_no_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("file://{}/state", folder.path().display());
        let error = open(&url, &StoreSettings::default()).expect_err("not there");
        assert!(error.sentence.starts_with("there is no store file:///"), "{error}");
        assert!(!folder.path().join("state").exists());
    }

    #[test]
    fn a_store_is_a_url_or_a_folder() {
        assert_eq!(store_url("s3://lab/runs/").expect("a URL"), "s3://lab/runs");
        assert_eq!(store_url("/a/b/").expect("a folder"), "file:///a/b");
        assert!(store_url("a").expect("a folder").starts_with("file:///"));
    }
}
