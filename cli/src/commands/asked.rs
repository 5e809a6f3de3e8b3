//! The coordinator that a command asks: that of the cluster, or one in this process that reads what runs have left.

use super::Context;
use super::door::{coordinator_error, start_coordinator, store_url};
use super::run::state_folder::StateFolder;
use crate::args::RunPlace;
use crate::client::Client;
use crate::cluster::absolute;
use crate::errors::Error;
use godwit_common::settings::{CoordinatorSettings, StoreSettings};
use godwit_coordinator::{Coordinator, Options, Store};
use godwit_transport::Role;
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc;

/// Notices of the start that wait to be said.
const NOTICES_MAX: usize = 16;

/// A coordinator that can be asked.
pub(super) struct Asked {
    pub(super) client: Client,
    reader: Option<Reader>,
}

/// A coordinator without workers, over the state of runs in a folder.
struct Reader {
    coordinator: Coordinator,
    /// Held until the coordinator has ended.
    _state: StateFolder,
}

impl Asked {
    /// # Errors
    /// If no coordinator runs, or there is no run to read.
    pub(super) async fn new(context: &Context, place: &RunPlace) -> Result<Asked, Error> {
        let Some(path) = &place.run else {
            return Ok(Asked { client: context.client().await?, reader: None });
        };
        let settings = context.settings(&[])?.settings.store;
        let reader = Reader::start(&absolute(path)?, place.store.as_deref(), &settings).await?;
        let client = Client::over(reader.coordinator.connect(Role::Client));
        Ok(Asked { client, reader: Some(reader) })
    }

    /// Says goodbye.
    pub(super) async fn close(self) {
        self.client.close().await;
        if let Some(Reader { coordinator, _state }) = self.reader {
            coordinator.handle().stop().await;
            // What it read is printed, and it has changed nothing that could be lost.
            let _ = coordinator.wait().await;
        }
    }
}

impl Reader {
    async fn start(path: &Path, store: Option<&str>, settings: &StoreSettings) -> Result<Reader, Error> {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        let state = match store {
            Some(_) => StateFolder::lock(folder)?,
            None => StateFolder::of_earlier_runs(folder)?,
        };
        let url = store_url(store, state.store())?;
        let store = Store::open(&url, settings).map_err(|error| coordinator_error(&error.into()))?;
        Ok(Reader { coordinator: without_workers(store).await?, _state: state })
    }
}

/// A coordinator over a store that nobody uses, without workers to wait for.
///
/// # Errors
/// If the store cannot be taken over.
pub(super) async fn without_workers(store: Store) -> Result<Coordinator, Error> {
    let settings = CoordinatorSettings { reattach_window: Duration::ZERO, ..CoordinatorSettings::default() };
    let (sender, mut notices) = mpsc::channel(NOTICES_MAX);
    let options = Options { settings, store, network: None, notices: sender, accept_loss_after: None };
    start_coordinator(options, &mut notices).await
}
