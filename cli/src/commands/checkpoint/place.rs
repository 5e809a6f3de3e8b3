//! Which store is meant, and who may write to it.

use crate::args::{Output, StorePlace};
use crate::client::Client;
use crate::commands::Context;
use crate::commands::door::coordinator_error;
use crate::console::say;
use crate::errors::Error;
use crate::results::{open, store_url};
use godwit_common::message::{Request, Response};
use godwit_common::settings::Settings;
use godwit_store::Store;
use std::path::Path;

/// A store that was found, and the coordinator that runs on it, if one does.
pub(super) struct Found {
    pub(super) url: String,
    pub(super) settings: Settings,
    /// The cluster's coordinator, if this is its store.
    pub(super) client: Option<Client>,
}

/// Finds the store that is meant, and says which it is if nobody named it.
///
/// # Errors
/// If there is none.
pub(super) async fn find(context: &Context, place: &StorePlace, output: Output) -> Result<Found, Error> {
    let settings = context.settings(&[])?.settings;
    let running = running(context).await;
    if let Some(given) = &place.store {
        let url = store_url(given)?;
        let client = running.and_then(|(client, running)| (running == url).then_some(client));
        return Ok(Found { url, settings, client });
    }
    let (url, whose, client) = match (running, &settings.coordinator.store) {
        (Some((client, url)), _) => (url, "of the running coordinator", Some(client)),
        (None, Some(url)) => (store_url(url)?, "of the settings", None),
        (None, None) => of_a_folder(context)?,
    };
    if output != Output::Quiet {
        say(&format!("the store is {url}, {whose}"));
    }
    Ok(Found { url, settings, client })
}

/// The coordinator of the cluster, if one answers, and its store.
async fn running(context: &Context) -> Option<(Client, String)> {
    let client = context.client().await.ok()?;
    let view = client.expect(&Request::Coordinator, |response| match response {
        Response::Coordinator(view) => Some(view),
        _ => None,
    });
    let store = view.await.ok()?.store;
    Some((client, store))
}

/// A store of runs in this folder, or that of a coordinator which does not run now.
fn of_a_folder(context: &Context) -> Result<(String, &'static str, Option<Client>), Error> {
    let here = Path::new(".godwit/state");
    let cluster = context.cluster.directory().map(|folder| folder.join("state")).unwrap_or_default();
    let found = [(here, "of runs in this folder"), (cluster.as_path(), "of the cluster")];
    let found = found.into_iter().find(|(folder, _)| folder.is_dir());
    let Some((folder, whose)) = found else {
        return Err(Error::usage(
            "there is no store to look at: no coordinator is running and there is no .godwit/state here; \
             name one with --store URL",
        ));
    };
    let text =
        folder.to_str().ok_or_else(|| Error::usage("the folder of the store is not named in UTF-8"))?;
    Ok((store_url(text)?, whose, None))
}

impl Found {
    /// Opens it to write; a new one is made.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(super) fn open_to_write(&self) -> Result<Store, Error> {
        Store::open(&self.url, &self.settings.store).map_err(|error| coordinator_error(&error.into()))
    }

    /// Opens it to read.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(super) fn open(&self) -> Result<Store, Error> {
        if self.url == "memory:" {
            return Err(Error::usage(
                "the coordinator keeps its log in memory, where only itself can look; give it a store",
            ));
        }
        open(&self.url, &self.settings.store)
    }
}
