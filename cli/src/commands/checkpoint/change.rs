//! `godwit checkpoint now`, `import` and `prune`: what only the coordinator of a store can do.

use super::own::Writer;
use super::place::find;
use crate::args::{CheckpointImport, CheckpointNow, CheckpointPrune, Output};
use crate::client::Client;
use crate::clock;
use crate::cluster::absolute;
use crate::commands::Context;
use crate::commands::submission::imports;
use crate::console::{print, print_json};
use crate::errors::{Error, Exit, Outcome};
use crate::render::{Count, Plural};
use crate::results::{list_results, store_url};
use godwit_common::memo::PruneFilter;
use godwit_common::message::Request;
use serde_json::json;
use std::path::Path;

/// Saves what is not saved yet.
pub(super) async fn now(context: &Context, arguments: &CheckpointNow) -> Outcome {
    let client = context.client().await?;
    let workflow = arguments.workflow.map(|number| number.0);
    let saved = client.change(&Request::Checkpoint(workflow)).await?;
    client.close().await;
    match arguments.output.form {
        Output::Json => print_json(&json!({ "saved": saved }))?,
        Output::Quiet => {}
        Output::Table => print(&format!("saved {}\n", Plural(saved, "outcome")))?,
    }
    Ok(Exit::Success)
}

/// Takes the results of a file or of another store in.
pub(super) async fn import(context: &Context, arguments: &CheckpointImport) -> Outcome {
    let form = arguments.output.form;
    let source = source(&arguments.source)?;
    let settings = context.settings(&[])?.settings;
    let requests = imports(std::slice::from_ref(&source), &settings.store).await?;
    let found = find(context, &arguments.place, form).await?;
    if found.url == source {
        return Err(Error::usage(format!("{source} has its own results already; name another store")));
    }
    let read: u64 = requests.iter().map(results).sum();
    let store = found.url.clone();
    let writer = Writer::new(found).await?;
    let imported = import_all(writer.client(), &requests).await;
    writer.close().await?;
    let imported = imported?;
    match form {
        Output::Json => {
            print_json(&json!({ "store": store, "source": source, "results": read, "imported": imported }))?;
        }
        Output::Quiet => {}
        Output::Table => {
            let known = read.saturating_sub(imported);
            let known = if known == 0 { String::new() } else { format!(", {} were there", Count(known)) };
            print(&format!("imported {}{known}\n", Plural(imported, "result")))?;
        }
    }
    Ok(Exit::Success)
}

fn results(request: &Request) -> u64 {
    match request {
        Request::Import { results, .. } => results.len() as u64,
        _ => 0,
    }
}

/// As it will be named wherever the results are used: the absolute path of a file, or the URL of a store.
fn source(given: &str) -> Result<String, Error> {
    let path = Path::new(given);
    if path.is_file() { Ok(absolute(path)?.display().to_string()) } else { store_url(given) }
}

/// In order, so that of several results for one key the newest stays the newest.
async fn import_all(client: &Client, requests: &[Request]) -> Result<u64, Error> {
    let mut imported = 0;
    for request in requests {
        imported += client.change(request).await?;
    }
    Ok(imported)
}

/// Drops results, or counts those that would be dropped.
pub(super) async fn prune(context: &Context, arguments: &CheckpointPrune) -> Outcome {
    let form = arguments.output.form;
    let found = find(context, &arguments.place, form).await?;
    let filter = PruneFilter {
        workflow: arguments.workflow.map(|number| number.0),
        workflow_name: arguments.name.clone(),
        group: arguments.group.clone(),
        before: arguments.before.map(|moment| moment.time(clock::now())),
        source: arguments.from.as_deref().map(source).transpose()?,
    };
    let store = found.url.clone();
    let pruned = if arguments.dry_run && found.client.is_none() {
        let results = list_results(&found.open()?).await?;
        results.iter().filter(|result| filter.fits(&result.origin)).count() as u64
    } else {
        let writer = Writer::new(found).await?;
        let request = Request::Prune { filter, dry_run: arguments.dry_run };
        let pruned = writer.client().change(&request).await;
        writer.close().await?;
        pruned?
    };
    match form {
        Output::Json => {
            print_json(&json!({ "store": store, "pruned": pruned, "dry_run": arguments.dry_run }))?;
        }
        Output::Quiet => {}
        Output::Table => {
            let verb = if arguments.dry_run { "would drop" } else { "dropped" };
            print(&format!("{verb} {}\n", Plural(pruned, "result")))?;
        }
    }
    Ok(Exit::Success)
}
