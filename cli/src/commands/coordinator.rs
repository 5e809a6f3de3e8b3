//! `godwit coordinator …`

use super::Context;
use super::door::{self, Door, coordinator_error, store_url};
use crate::args::{CoordinatorStart, Output};
use crate::clock;
use crate::console::{look, print, print_json, say};
use crate::errors::{Error, Exit, Outcome};
use crate::log;
use crate::render::coordinator;
use crate::signals::Signals;
use godwit_common::message::{Request, Response};
use godwit_coordinator::{Coordinator, Options, Store};
use godwit_coordinator_core::action::{Level, Notice};
use godwit_transport::access::Lock;
use serde_json::json;
use std::path::Path;
use tokio::sync::mpsc;

/// Notices that wait for a slow console; more are lost.
const NOTICES_MAX: usize = 1024;

/// Runs a coordinator in the foreground until somebody ends it.
pub(super) async fn start(context: &Context, arguments: &CoordinatorStart) -> Outcome {
    log::begin(log::Amount::News);
    let mut signals = Signals::new()?;
    let (sender, mut notices) = mpsc::channel(NOTICES_MAX);
    let directory = context.cluster.directory()?;
    let Opened { coordinator, store, _lock } = open(context, directory, arguments, sender).await?;
    ready(&coordinator, &store, directory, arguments.output)?;
    let handle = coordinator.handle();
    let mut end = std::pin::pin!(coordinator.wait());
    let mut is_ending = false;
    loop {
        tokio::select! {
            result = &mut end => {
                while let Ok(notice) = notices.try_recv() {
                    tell(&notice);
                }
                return result.map(|()| Exit::Success).map_err(|error| coordinator_error(&error));
            }
            _ = signals.next() => {
                if is_ending {
                    return Ok(Exit::Interrupted);
                }
                is_ending = true;
                say("ending; workers and their tasks go on and wait for the next coordinator");
                handle.stop().await;
            }
            Some(notice) = notices.recv() => tell(&notice),
        }
    }
}

/// A coordinator that is ready.
struct Opened {
    coordinator: Coordinator,
    store: String,
    /// Held for as long as the coordinator runs.
    _lock: Lock,
}

async fn open(
    context: &Context,
    directory: &Path,
    arguments: &CoordinatorStart,
    notices: mpsc::Sender<Notice>,
) -> Result<Opened, Error> {
    let flags = [
        ("coordinator.store", arguments.store.clone(), "--store"),
        ("coordinator.listen", arguments.listen.clone(), "--listen"),
        ("coordinator.advertise", arguments.advertise.clone(), "--advertise"),
    ];
    let all = context.settings(&flags)?.settings;
    let settings = all.coordinator;
    let Door { network, lock, warning } = door::open(directory, &settings).await?;
    if let Some(warning) = warning {
        say(&format!("warning: {warning}"));
    }
    let url = store_url(settings.store.as_deref(), directory.join("state"))?;
    let store = Store::open(&url, &all.store).map_err(|error| coordinator_error(&error.into()))?;
    let options = Options { settings, store, network: Some(network), notices };
    let coordinator = godwit_coordinator::start(options).await.map_err(|error| coordinator_error(&error))?;
    Ok(Opened { coordinator, store: url, _lock: lock })
}

/// The one line that says that everything is ready.
fn ready(coordinator: &Coordinator, store: &str, directory: &Path, output: Output) -> Result<(), Error> {
    let (address, epoch) = (coordinator.address(), coordinator.epoch());
    match output {
        Output::Table => print(&format!(
            "coordinator ready at {address}, store {store}, epoch {epoch}, access directory {}\n",
            directory.display()
        )),
        Output::Json => print(&format!(
            "{}\n",
            json!({
                "address": address,
                "store": store,
                "epoch": epoch,
                "access": directory,
                "pid": std::process::id(),
            })
        )),
        Output::Quiet => Ok(()),
    }
}

fn tell(Notice { level, sentence }: &Notice) {
    match level {
        Level::Info => tracing::info!("{sentence}"),
        Level::Warning => tracing::warn!("{sentence}"),
        Level::Error => tracing::error!("{sentence}"),
    }
}

/// Ends the coordinator of the cluster.
pub(super) async fn stop(context: &Context) -> Outcome {
    let client = context.client().await?;
    client.perform(&Request::StopCoordinator).await?;
    client.close().await;
    Ok(Exit::Success)
}

/// Shows where the coordinator is and how it is doing.
pub(super) async fn status(context: &Context, output: Output) -> Outcome {
    let client = context.client().await?;
    let view = client
        .expect(&Request::Coordinator, |response| match response {
            Response::Coordinator(view) => Some(view),
            _ => None,
        })
        .await?;
    client.close().await;
    match output {
        Output::Json => print_json(&view)?,
        Output::Quiet => print(&format!("{}\n", view.address))?,
        Output::Table => print(&coordinator(&view, clock::now(), look()))?,
    }
    Ok(Exit::Success)
}
