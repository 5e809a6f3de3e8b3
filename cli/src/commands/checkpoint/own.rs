//! The coordinator that changes a store: the one that runs on it, or, if none does, one in this process.

use super::place::Found;
use crate::client::Client;
use crate::clock;
use crate::commands::asked::without_workers;
use crate::commands::door::coordinator_error;
use crate::commands::run::state_folder::StateFolder;
use crate::console::say;
use crate::errors::Error;
use godwit_checkpoint::{Alive, Answer, Operation, alive_key};
use godwit_common::time::Time;
use godwit_coordinator::Coordinator;
use godwit_store::Store;
use godwit_transport::Role;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A sign of life that is older than this by any clock is of a coordinator that is gone.
const SIGN_OLD: Duration = Duration::from_secs(15 * 60);

/// How often a sign of life is looked at again.
const LOOK_PERIOD: Duration = Duration::from_millis(500);

/// Somebody who may write to a store.
pub(super) struct Writer {
    client: Client,
    own: Option<Own>,
}

struct Own {
    coordinator: Coordinator,
    /// Held until the coordinator has ended.
    _state: Option<StateFolder>,
}

impl Writer {
    /// # Errors
    /// If the store is in use by a coordinator that cannot be asked, or cannot be opened.
    pub(super) async fn new(found: Found) -> Result<Writer, Error> {
        if let Some(client) = found.client {
            return Ok(Writer { client, own: None });
        }
        let state = run_folder(&found.url).map(StateFolder::lock).transpose()?;
        let store = found.open_to_write()?;
        refuse_if_alive(&store, found.settings.store.standby_timeout).await?;
        let coordinator = without_workers(store).await?;
        let client = Client::over(coordinator.connect(Role::Client));
        Ok(Writer { client, own: Some(Own { coordinator, _state: state }) })
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Ends what was started for it.
    ///
    /// # Errors
    /// If what was changed could not be recorded.
    pub(super) async fn close(self) -> Result<(), Error> {
        self.client.close().await;
        if let Some(Own { coordinator, _state }) = self.own {
            coordinator.handle().stop().await;
            coordinator.wait().await.map_err(|error| coordinator_error(&error))?;
        }
        Ok(())
    }
}

/// The folder of the runs whose state this is: only one process at a time may use that.
fn run_folder(url: &str) -> Option<&Path> {
    Path::new(url.strip_prefix("file://")?).ancestors().nth(2).filter(|_| url.ends_with("/.godwit/state"))
}

/// A coordinator that gives signs of life is not to be fenced by mistake.
async fn refuse_if_alive(store: &Store, timeout: Duration) -> Result<(), Error> {
    let claim = store.get_latest_claim().await.map_err(Error::infrastructure)?;
    let Some(claim) = claim else { return Ok(()) };
    let key = alive_key(claim.epoch);
    let Some(first) = sign(store, &key).await? else { return Ok(()) };
    let told = Alive::decode(claim.epoch, &first).map(|alive| alive.time).unwrap_or_default();
    if is_old(told, clock::now()) {
        return Ok(());
    }
    let wait = godwit_common::duration::Human(timeout);
    say(&format!("looking for {wait} whether the coordinator on {} still lives", claim.identity.host));
    let end = Instant::now() + timeout;
    while Instant::now() < end {
        sleep(LOOK_PERIOD).await;
        if sign(store, &key).await?.is_some_and(|now| now != first) {
            return Err(Error::usage(format!(
                "the store {} is in use by the coordinator on {} at {}; name its cluster with --cluster or --access, \
                 or stop it first",
                store.url(),
                claim.identity.host,
                claim.identity.address
            )));
        }
    }
    Ok(())
}

fn is_old(told: Time, now: Time) -> bool {
    now.since(told) > SIGN_OLD || told.since(now) > SIGN_OLD
}

async fn sign(store: &Store, key: &str) -> Result<Option<Vec<u8>>, Error> {
    match store.perform(Operation::Get { key: key.to_owned() }).await.map_err(Error::infrastructure)? {
        Answer::Found(bytes) => Ok(Some(bytes.to_vec())),
        Answer::Missing => Ok(None),
        other => Err(Error::infrastructure(format!(
            "cannot tell whether somebody uses the store {}: {other:?}",
            store.url()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_runs_has_a_lock_beside_it() {
        assert_eq!(run_folder("file:///a/b/.godwit/state"), Some(Path::new("/a/b")));
        assert_eq!(run_folder("file:///a/b/state"), None);
        assert_eq!(run_folder("s3://lab/.godwit/state"), None);
    }
}
