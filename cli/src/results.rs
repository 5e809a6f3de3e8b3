//! Results of earlier workflows, read from a store or from an exported file: for `--reuse`, and for the commands that
//! move results.
//!
//! Reading takes no epoch and writes nothing; the store may be in use. What a result means is the core's business.

mod file;
mod store;
mod walk;

pub(crate) use file::{FileWriter, read_file};
pub(crate) use store::{decode, list_results, open, store_url};
pub(crate) use walk::{News, Stop, Walk, get};

use crate::cluster::absolute;
use crate::errors::Error;
use godwit_common::memo::Exported;
use godwit_common::settings::StoreSettings;
use std::path::Path;

/// Every result that `source` has, whole: large values are read as well. The source is the URL or folder of a store, or
/// an exported file.
///
/// # Errors
/// If it is not there, cannot be read, or is damaged: nothing of what is behind the damage is guessed.
pub(crate) async fn read_results(source: &str, settings: &StoreSettings) -> Result<Vec<Exported>, Error> {
    let path = Path::new(source.strip_prefix("file://").unwrap_or(source));
    if !source.starts_with("s3") && path.is_file() {
        return read_file(&absolute(path)?);
    }
    let store = open(&store_url(source)?, settings)?;
    store::read_results(&store).await
}
