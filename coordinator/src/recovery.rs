//! Start of a reign: claim the next epoch, replay the log into the core, fence the predecessor.

use crate::Error;
use crate::log::{Backoff, nonce};
use godwit_checkpoint::{Identity, Increment, Operation, Recovery, Step, Writer};
use godwit_common::time::Time;
use godwit_coordinator_core::{Core, Record};
use godwit_store::Store;
use std::time::Duration;
use tokio::time::Instant;

/// A store that is in trouble for this long is given up at the start, where somebody is waiting for an answer.
const TROUBLE_MAX: Duration = Duration::from_secs(30);

/// Brings `core` to the state that the log holds. What comes back is the log, and it is ours.
pub(crate) async fn recover(
    store: &Store,
    core: &mut Core,
    identity: Identity,
    now: Time,
) -> Result<Writer, Error> {
    let mut recovery = Recovery::new(identity, now, nonce());
    let mut patience = Patience::default();
    let mut answer = None;
    loop {
        answer = match recovery.step(answer) {
            Step::Do(operation) => Some(store.perform(operation).await?),
            Step::Retry { operation, reason } => Some(patience.retry(store, operation, reason).await?),
            Step::Replay(increment) => {
                patience = Patience::default();
                replay(store, core, &increment)?;
                None
            }
            Step::Ready(writer) => return Ok(*writer),
            Step::Refused(refusal) => {
                return Err(Error::Refused { url: store.url().to_owned(), refusal });
            }
        };
    }
}

fn replay(store: &Store, core: &mut Core, increment: &Increment) -> Result<(), Error> {
    let place = || (store.url().to_owned(), increment.slot.key());
    for bytes in &increment.records {
        let record = Record::decode(bytes).map_err(|source| {
            let (url, key) = place();
            Error::Record { url, key, source }
        })?;
        core.replay(&record).map_err(|source| {
            let (url, key) = place();
            Error::Replay { url, key, source }
        })?;
    }
    Ok(())
}

/// How long trouble with a store has lasted.
#[derive(Default)]
struct Patience {
    backoff: Backoff,
    since: Option<Instant>,
}

impl Patience {
    async fn retry(
        &mut self,
        store: &Store,
        operation: Operation,
        reason: String,
    ) -> Result<godwit_checkpoint::Answer, Error> {
        let since = *self.since.get_or_insert_with(Instant::now);
        if since.elapsed() > TROUBLE_MAX {
            return Err(godwit_store::Error::Away { url: store.url().to_owned(), problem: reason }.into());
        }
        tracing::warn!("the store {} is in trouble: {reason}", store.url());
        tokio::time::sleep(self.backoff.next()).await;
        Ok(store.perform(operation).await?)
    }
}
