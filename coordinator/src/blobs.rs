//! Reading of blobs: values that tasks need and that are too large for a record.

use crate::backoff::Patience;
use crate::input::Input;
use godwit_checkpoint::{Answer, Digest, Operation, blob_key, read_blob};
use godwit_common::memo::ContentDigest;
use godwit_store::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// A store that is in trouble for longer than this is not waited for: the task is told why, and can be retried.
const TROUBLE_MAX: Duration = Duration::from_secs(10 * 60);

/// Reads the blob with this content and tells the driver.
pub(crate) async fn read(store: Store, digest: ContentDigest, inputs: mpsc::WeakSender<Input>) {
    let result = tokio::select! {
        result = fetch(&store, Digest(digest.0)) => result,
        () = ended(&inputs) => return,
    };
    if let Some(inputs) = inputs.upgrade() {
        // A coordinator that has ended needs nothing any more.
        let _ = inputs.send(Input::BlobRead { digest, result }).await;
    }
}

/// Waits until the driver is gone.
async fn ended(inputs: &mpsc::WeakSender<Input>) {
    if let Some(inputs) = inputs.upgrade() {
        inputs.closed().await;
    }
}

async fn fetch(store: &Store, digest: Digest) -> Result<Arc<str>, String> {
    let key = blob_key(digest);
    let url = store.url();
    let mut patience = Patience::default();
    loop {
        let operation = Operation::Get { key: key.clone() };
        let problem = match store.perform(operation).await {
            Ok(Answer::Found(bytes)) => return value(digest, &bytes, url, &key),
            Ok(Answer::Missing) => {
                return Err(format!("cannot read {key} in the store {url}: it is missing"));
            }
            Ok(Answer::Failed(problem) | Answer::Unknown(problem)) => problem,
            Ok(other) => return Err(format!("cannot read {key} in the store {url}: it answered {other:?}")),
            Err(error) => return Err(error.to_string()),
        };
        if patience.lasted() > TROUBLE_MAX {
            return Err(format!("cannot read {key} in the store {url}: {problem}"));
        }
        tracing::debug!("{key} cannot be read now: {problem}");
        patience.wait().await;
    }
}

fn value(digest: Digest, bytes: &[u8], url: &str, key: &str) -> Result<Arc<str>, String> {
    let failed = |problem: String| format!("cannot read {key} in the store {url}: {problem}");
    let value = read_blob(digest, bytes).map_err(|fault| failed(fault.to_string()))?;
    let text = String::from_utf8(value).map_err(|_| failed("it is not UTF-8".to_owned()))?;
    Ok(text.into())
}
