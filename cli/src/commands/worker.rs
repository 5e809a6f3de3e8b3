//! `godwit worker …`

use super::{Context, door};
use crate::args::{Output, WorkerArgument, WorkerStart, WorkersArgument};
use crate::client::{Client, Failure};
use crate::clock;
use crate::cluster::absolute;
use crate::console::{look, print, print_json, say};
use crate::errors::{Error, Exit, Outcome, reason};
use crate::log;
use crate::render::{worker, workers};
use godwit_common::duration::Human;
use godwit_common::message::view::WorkerView;
use godwit_common::message::{Request, Response};
use godwit_common::settings::Settings;
use godwit_transport::Role;
use godwit_worker::{LookUp, Network, WorkerOptions};
use std::path::Path;
use std::time::Duration;

/// Runs a worker in the foreground until it is told to leave.
pub(super) async fn start(context: &Context, arguments: &WorkerStart) -> Outcome {
    log::begin(log::Amount::News);
    let control = godwit_worker::signals()
        .map_err(|error| Error::infrastructure(format!("cannot listen for signals: {}", reason(&error))))?;
    let settings = settings(context, arguments)?;
    // Before a folder is made for the output of tasks that will never come.
    if let Err(error) = context.cluster.access(Role::Worker)
        && error.is_final()
    {
        return Err(Error::infrastructure(error));
    }
    let timing = door::timing(&settings.coordinator);
    let spool = match &settings.worker.spool {
        Some(folder) => absolute(Path::new(folder))?,
        None => context.cluster.local_folder()?.join("spool"),
    };
    tracing::info!("this worker looks for its coordinator with {}", context.cluster.place());
    let mut options = WorkerOptions::new(spool);
    options.settings = settings.worker;
    options.resources = arguments.resources.iter().map(|named| (named.name.clone(), named.amount)).collect();
    options.group.clone_from(&arguments.group);
    let connector = Network::new(context.cluster.access_place(), timing).with_look_up(look_up(context));
    let leave =
        godwit_worker::run(options, connector, control).await.map_err(|error| worker_error(&error))?;
    if leave.orderly {
        say(&format!("the worker has left: {}", leave.reason));
        Ok(Exit::Success)
    } else {
        Err(Error::infrastructure(format!("the worker has left: {}", leave.reason)))
    }
}

/// The way to the coordinator by the cluster's store.
fn look_up(context: &Context) -> LookUp {
    let cluster = context.cluster.clone();
    LookUp::new(move || {
        let cluster = cluster.clone();
        Box::pin(async move {
            cluster.look_up().await.map_err(|error| godwit_transport::Error::Unreachable {
                address: cluster.place().to_string(),
                problem: error.sentence,
            })
        })
    })
}

fn settings(context: &Context, arguments: &WorkerStart) -> Result<Settings, Error> {
    let duration = |duration: Option<Duration>| duration.map(|duration| Human(duration).to_string());
    let flags = [
        ("worker.cpus", arguments.cpus.map(|cpus| cpus.to_string()), "--cpus"),
        ("worker.memory", arguments.memory.map(|memory| memory.to_string()), "--memory"),
        ("worker.gpus", arguments.gpus.map(|gpus| gpus.to_string()), "--gpus"),
        ("worker.spool", arguments.spool.clone(), "--spool"),
        ("worker.time_limit", duration(arguments.time_limit), "--time-limit"),
        ("worker.idle_timeout", duration(arguments.idle_timeout), "--idle-timeout"),
        ("worker.reconnect_timeout", duration(arguments.reconnect_timeout), "--reconnect-timeout"),
    ];
    Ok(context.settings(&flags)?.settings)
}

/// Why a worker could not begin.
pub(super) fn worker_error(error: &godwit_worker::Error) -> Error {
    match error {
        godwit_worker::Error::Setting { .. } => Error::usage(error),
        _ => Error::infrastructure(error),
    }
}

/// Lists the workers.
pub(super) async fn list(context: &Context, output: Output) -> Outcome {
    let client = context.client().await?;
    let views = all(&client).await?;
    client.close().await;
    match output {
        Output::Json => print_json(&views)?,
        Output::Quiet => print(&views.iter().map(|view| format!("{}\n", view.worker)).collect::<String>())?,
        Output::Table => print(&workers(&views, clock::now(), look()))?,
    }
    Ok(Exit::Success)
}

/// Shows one worker.
pub(super) async fn show(context: &Context, arguments: &WorkerArgument) -> Outcome {
    let client = context.client().await?;
    let views = all(&client).await?;
    client.close().await;
    let id = arguments.worker;
    let view = views.iter().find(|view| view.worker == id).ok_or_else(|| {
        Error::usage(format!("there is no worker {id}; 'godwit worker list' shows those that there are"))
    })?;
    match arguments.output.form {
        Output::Json => print_json(view)?,
        Output::Quiet => print(&format!("{}\n", view.worker))?,
        Output::Table => print(&worker(view, clock::now(), look()))?,
    }
    Ok(Exit::Success)
}

/// Lets workers finish what they have and leave.
pub(super) async fn drain(context: &Context, arguments: &WorkersArgument) -> Outcome {
    perform(context, arguments.workers.iter().map(|worker| Request::DrainWorker(*worker))).await
}

/// Stops workers.
pub(super) async fn stop(context: &Context, arguments: &WorkersArgument) -> Outcome {
    perform(context, arguments.workers.iter().map(|worker| Request::StopWorker(*worker))).await
}

async fn perform(context: &Context, requests: impl Iterator<Item = Request>) -> Outcome {
    let client = context.client().await?;
    for request in requests {
        client.perform(&request).await?;
    }
    client.close().await;
    Ok(Exit::Success)
}

/// Every worker that the coordinator knows.
///
/// # Errors
/// If it does not answer.
pub(super) async fn all(client: &Client) -> Result<Vec<WorkerView>, Failure> {
    client
        .expect(&Request::Workers, |response| match response {
            Response::Workers(views) => Some(views),
            _ => None,
        })
        .await
}
