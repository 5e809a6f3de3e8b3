//! `godwit checkpoint show`

use super::contents::{Names, checkpoint as listed};
use super::place::find;
use crate::args::{CheckpointShow, Output};
use crate::commands::Context;
use crate::console::{look, print, print_json};
use crate::errors::{Error, Exit, Outcome};
use crate::render::{CheckpointDetails, Maker, Previous, checkpoint};
use crate::results::{News, Walk, decode, get};
use godwit_checkpoint::{Chunk, Claim, Kind, claim_key, inspect};
use godwit_common::ids::Epoch;
use godwit_store::Store;

/// Shows one object of the log in full.
pub(super) async fn show(context: &Context, arguments: &CheckpointShow) -> Outcome {
    let form = arguments.output.form;
    let store = find(context, &arguments.place, form).await?.open()?;
    let (chunk, before, names) = locate(&store, arguments.sequence).await?;
    let details = details(&store, &chunk, before, &names, arguments.last).await?;
    match form {
        Output::Json => print_json(&details)?,
        Output::Quiet => print(&format!("{}\n", details.checkpoint.key))?,
        Output::Table => print(&checkpoint(&details, look()))?,
    }
    Ok(Exit::Success)
}

/// The object with this sequence number, the key of the one before it, and the names of groups up to there.
async fn locate(store: &Store, sequence: u64) -> Result<(Chunk, Option<String>, Names), Error> {
    let mut walk = Walk::new(store);
    let (mut before, mut names, mut covered) = (None, Names::default(), 0);
    loop {
        match walk.next().await.map_err(|stop| stop.error(store))? {
            News::Chunk(chunk) => {
                for record in decode(store.url(), &chunk) {
                    names.learn(&record?);
                }
                let number = chunk.summary.sequence.map_or(0, |number| number.0);
                let in_log = matches!(chunk.summary.kind, Kind::Increment | Kind::Seal);
                if in_log && number == sequence {
                    return Ok((chunk, before, names));
                }
                if !in_log {
                    covered = covered.max(number);
                }
                before = Some(chunk.summary.key).filter(|_| in_log);
            }
            News::Restart => (before, names, covered) = (None, Names::default(), 0),
            News::Done(point) => {
                let last = point.sequence();
                let found = match sequence {
                    _ if sequence <= covered => {
                        format!("it went into the base that covers all up to {covered}")
                    }
                    _ => format!("the last is {last}"),
                };
                return Err(Error::usage(format!(
                    "the store {} has no checkpoint {sequence}: {found}; 'godwit checkpoint list' shows what there is",
                    store.url()
                )));
            }
        }
    }
}

async fn details(
    store: &Store,
    chunk: &Chunk,
    before: Option<String>,
    names: &Names,
    last: usize,
) -> Result<CheckpointDetails, Error> {
    let mut records = Vec::new();
    for record in decode(store.url(), chunk) {
        names.words(&record?, &mut records);
    }
    let left_out = if last == 0 { 0 } else { records.len().saturating_sub(last) };
    records.drain(..left_out);
    let key = &chunk.summary.key;
    let stored = get(store, key).await?.and_then(|bytes| inspect(key, &bytes)).and_then(Result::ok);
    let stored = stored.ok_or_else(|| {
        Error::infrastructure(format!(
            "{key} of the store {} is gone; list the checkpoints again",
            store.url()
        ))
    })?;
    let previous = stored.previous.filter(|digest| *digest != godwit_checkpoint::Digest::NONE);
    let previous = previous.map(|digest| Previous {
        key: before.unwrap_or_else(|| "the newest object of the base".to_owned()),
        digest: digest.to_string(),
    });
    let maker = match chunk.summary.epoch {
        Some(epoch) => maker(store, epoch).await?,
        None => None,
    };
    Ok(CheckpointDetails {
        store: store.url().to_owned(),
        checkpoint: listed(store.url(), chunk)?,
        digest: stored.digest.to_string(),
        previous,
        maker,
        record_list: records,
        left_out: left_out as u64,
    })
}

/// The coordinator that claimed an epoch, as far as that can be read.
async fn maker(store: &Store, epoch: Epoch) -> Result<Option<Maker>, Error> {
    let claim = get(store, &claim_key(epoch)).await?.map(|bytes| Claim::decode(epoch, &bytes));
    Ok(claim.and_then(Result::ok).map(|claim| Maker {
        host: claim.identity.host,
        address: claim.identity.address,
        version: claim.identity.software_version,
    }))
}
