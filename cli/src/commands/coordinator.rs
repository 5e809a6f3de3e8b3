//! `godwit coordinator …`

use super::Context;
use super::door::{self, Door, Rank, coordinator_error, store_url};
use super::standby;
use crate::args::{CoordinatorStart, Output};
use crate::clock;
use crate::console::{look, print, print_json, say};
use crate::errors::{Error, Exit, Outcome};
use crate::log;
use crate::render::coordinator;
use crate::signals::Signals;
use godwit_common::ids::Sequence;
use godwit_common::message::{Request, Response};
use godwit_common::settings::Settings;
use godwit_coordinator::{Coordinator, Options, Store};
use godwit_coordinator_core::action::{Level, Notice};
use serde_json::json;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// Notices that wait for a slow console; more are lost.
const NOTICES_MAX: usize = 1024;

/// Runs a coordinator in the foreground until somebody ends it.
pub(super) async fn start(context: &Context, arguments: &CoordinatorStart) -> Outcome {
    log::begin(log::Amount::News);
    let mut signals = Signals::new()?;
    let (sender, mut notices) = mpsc::channel(NOTICES_MAX);
    let opened = {
        let mut starting = std::pin::pin!(open(context, arguments, sender));
        loop {
            tokio::select! {
                biased;
                Some(notice) = notices.recv() => tell(&notice),
                opened = &mut starting => break opened?,
                _ = signals.next() => return Ok(interrupted(arguments)),
            }
        }
    };
    let Opened { coordinator, store, directory, lock: _lock } = opened;
    ready(&coordinator, &store, &directory, arguments.output)?;
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

/// What is to be said of a coordinator that was ended before it led.
fn interrupted(arguments: &CoordinatorStart) -> Exit {
    if arguments.standby {
        say("the standby has ended; nobody stands by in its place");
        return Exit::Success;
    }
    Exit::Interrupted
}

/// A coordinator that is ready.
struct Opened {
    coordinator: Coordinator,
    store: String,
    directory: PathBuf,
    /// Held for as long as the coordinator runs.
    lock: standby::Held,
}

async fn open(
    context: &Context,
    arguments: &CoordinatorStart,
    notices: mpsc::Sender<Notice>,
) -> Result<Opened, Error> {
    let flags = [
        ("coordinator.store", arguments.store.clone(), "--store"),
        ("coordinator.listen", arguments.listen.clone(), "--listen"),
        ("coordinator.advertise", arguments.advertise.clone(), "--advertise"),
    ];
    let settings = context.settings(&flags)?.settings;
    // First, as it is the file that has to be a coordinator's.
    let directory = context.cluster.coordinator_directory()?;
    if context.cluster.is_file() && settings.coordinator.store.is_none() {
        return Err(Error::usage(
            "a coordinator that has only a credential needs the cluster's store to go on with; name it with --store",
        ));
    }
    let rank = if arguments.standby { Rank::Standby } else { Rank::Leader };
    let Door { network, lock, warning } = door::open(&directory, &settings, rank).await?;
    if let Some(warning) = warning {
        say(&format!("warning: {warning}"));
    }
    let url = store_url(settings.coordinator.store.as_deref(), directory.join("state"))?;
    let Settings { coordinator: settings, store: store_settings, .. } = settings;
    let store = Store::open(&url, &store_settings).map_err(|error| coordinator_error(&error.into()))?;
    let accept_loss_after = arguments.accept_loss_after.map(Sequence);
    let options = Options { settings, store, network: Some(network), notices, accept_loss_after };
    let coordinator = match rank {
        Rank::Leader => godwit_coordinator::start(options).await,
        Rank::Standby => standby::take_over(options, &store_settings).await,
    };
    let coordinator = coordinator.map_err(|error| coordinator_error(&error))?;
    let lock = match lock {
        Some(lock) => standby::Held::Now(lock),
        None => standby::hold(directory.clone()),
    };
    Ok(Opened { coordinator, store: url, directory, lock })
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
