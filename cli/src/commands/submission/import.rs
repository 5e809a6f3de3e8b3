//! Results of other stores and of exported files, for `--reuse URL`: read here, and handed to the coordinator before the
//! workflow that they may serve.

use crate::client::{Client, Failure};
use crate::console::say;
use crate::errors::Error;
use crate::render::{Count, Plural};
use crate::results::read_results;
use godwit_common::limits::IMPORTED_AT_ONCE_MAX;
use godwit_common::memo::{Exported, Value};
use godwit_common::message::Request;
use godwit_common::settings::StoreSettings;

/// Bytes of results in one request, as far as they can be told beforehand: well below what a frame takes.
const REQUEST_BYTES_MAX: usize = 16 << 20;

/// Bytes of a result besides its texts and outputs, generously.
const RESULT_BYTES: usize = 256;

/// Bytes of an output of a result, generously.
const OUTPUT_BYTES: usize = 64;

/// The requests that import the results of these stores and files.
///
/// # Errors
/// If one of them cannot be read, or has no results.
pub(in crate::commands) async fn imports(
    sources: &[String],
    settings: &StoreSettings,
) -> Result<Vec<Request>, Error> {
    let mut requests = Vec::new();
    for source in sources {
        let results = read_results(source, settings).await?;
        if results.is_empty() {
            say(&format!("warning: there are no results in {source} that could be reused"));
        }
        for results in pieces(results) {
            requests.push(Request::Import { source: source.clone(), results });
        }
    }
    Ok(requests)
}

/// Hands the results over, and says how many of them the store did not have.
///
/// # Errors
/// A refusal, or a lost coordinator. Results that were handed over before are not handed over again.
pub(in crate::commands) async fn import(client: &Client, requests: &mut Vec<Request>) -> Result<(), Failure> {
    let (mut read, mut new) = (0, 0);
    // In order, as of several results with one key the newest serves.
    while let Some(request) = requests.first() {
        new += client.change(request).await?;
        if let Request::Import { results, .. } = requests.remove(0) {
            read += results.len() as u64;
        }
    }
    if read > 0 {
        say(&format!("{} read for reuse, {} of them new to this store", Plural(read, "result"), Count(new)));
    }
    Ok(())
}

/// In order, in pieces that fit into a request.
fn pieces(results: Vec<Exported>) -> Vec<Vec<Exported>> {
    let mut pieces: Vec<Vec<Exported>> = Vec::new();
    let mut bytes = 0;
    // Only what has a key can serve.
    for result in results.into_iter().filter(|result| result.memo.key.is_some()) {
        let size = size(&result);
        let full = |piece: &&mut Vec<Exported>| {
            piece.len() >= IMPORTED_AT_ONCE_MAX || bytes + size > REQUEST_BYTES_MAX
        };
        match pieces.last_mut().filter(|piece| !full(piece)) {
            Some(piece) => piece.push(result),
            None => {
                pieces.push(vec![result]);
                bytes = 0;
            }
        }
        bytes += size;
    }
    pieces
}

fn size(result: &Exported) -> usize {
    let Exported { memo, origin } = result;
    let value = match &memo.value {
        Some(Value::Inline(text)) => text.len(),
        Some(Value::Blob { .. }) | None => 0,
    };
    let names =
        origin.workflow_name.len() + origin.group.len() + origin.source.as_ref().map_or(0, String::len);
    RESULT_BYTES + memo.outputs.len() * OUTPUT_BYTES + value + names
}

#[cfg(test)]
mod tests {
    use super::*;
    use godwit_common::ids::WorkflowId;
    use godwit_common::memo::{Memo, MemoKey, Origin};
    use godwit_common::time::Time;

    fn result(position: u32, value: usize) -> Exported {
        let origin = Origin {
            workflow: WorkflowId(1),
            workflow_name: "w".to_owned(),
            group: "a".to_owned(),
            position,
            source: None,
            at: Time::default(),
        };
        let value = Some(Value::Inline("x".repeat(value).into()));
        Exported { memo: Memo { key: Some(MemoKey([0; 32])), value, ..Memo::default() }, origin }
    }

    fn lengths(results: Vec<Exported>) -> Vec<usize> {
        pieces(results).iter().map(Vec::len).collect()
    }

    #[test]
    fn no_request_is_too_large() {
        assert_eq!(lengths(Vec::new()), Vec::<usize>::new());
        let many = (0..25_000).map(|position| result(position, 1)).collect();
        assert_eq!(lengths(many), [10_000, 10_000, 5_000]);
        let large = (0..40).map(|position| result(position, 1 << 20)).collect();
        assert_eq!(lengths(large), [15, 15, 10]);
    }
}
