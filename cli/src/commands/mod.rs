//! What each command does: one file for each.

mod access;
mod asked;
mod cancel;
mod checkpoint;
mod completions;
mod config;
mod coordinator;
pub(crate) mod door;
mod explain;
mod follow;
mod list;
mod logs;
mod one_liner;
mod retry;
mod run;
mod schema;
mod standby;
mod status;
mod submission;
mod submit;
mod wait;
mod worker;
mod workflow_file;

use crate::args::{AccessCommand, Cli, Command, ConfigCommand, CoordinatorCommand, WorkerCommand};
use crate::client::Client;
use crate::cluster::Cluster;
use crate::errors::{Error, Exit, Outcome, reason};
use crate::settings::{Flag, Layered, Sources, load};
use std::path::PathBuf;

/// What every command may need.
#[derive(Debug)]
pub(crate) struct Context {
    /// The cluster that is meant.
    pub(crate) cluster: Cluster,
    config: Option<PathBuf>,
}

/// Runs the command that was given.
pub(crate) fn main(cli: Cli) -> Outcome {
    let context = Context { cluster: Cluster::new(&cli.cluster)?, config: cli.cluster.config };
    let context = &context;
    match cli.command {
        Command::Schema => schema::schema(),
        Command::Completions(arguments) => completions::completions(&arguments),
        Command::Config(ConfigCommand::Show { output }) => config::show(context, output.form),
        Command::Access(AccessCommand::Export(arguments)) => access::export(context, &arguments),
        Command::Access(AccessCommand::List { output }) => access::list(context, output.form),
        Command::Run(arguments) => drive(run::run(context, &arguments)),
        Command::Coordinator(command) => drive(coordinator(context, command)),
        Command::Worker(command) => drive(worker(context, command)),
        other => drive(client_command(context, other)),
    }
}

async fn coordinator(context: &Context, command: CoordinatorCommand) -> Outcome {
    match command {
        CoordinatorCommand::Start(arguments) => coordinator::start(context, &arguments).await,
        CoordinatorCommand::Stop => coordinator::stop(context).await,
        CoordinatorCommand::Status(arguments) => coordinator::status(context, arguments.output.form).await,
    }
}

async fn worker(context: &Context, command: WorkerCommand) -> Outcome {
    match command {
        WorkerCommand::Start(arguments) => worker::start(context, &arguments).await,
        WorkerCommand::List(arguments) => worker::list(context, arguments.output.form).await,
        WorkerCommand::Show(arguments) => worker::show(context, &arguments).await,
        WorkerCommand::Drain(arguments) => worker::drain(context, &arguments).await,
        WorkerCommand::Stop(arguments) => worker::stop(context, &arguments).await,
        // It was served before anything else.
        WorkerCommand::Guard { .. } => Ok(Exit::Success),
    }
}

async fn client_command(context: &Context, command: Command) -> Outcome {
    match command {
        Command::Submit(arguments) => submit::submit(context, &arguments).await,
        Command::List(arguments) => list::list(context, &arguments).await,
        Command::Status(arguments) => status::status(context, &arguments).await,
        Command::Wait(arguments) => wait::wait(context, &arguments).await,
        Command::Cancel(arguments) => cancel::cancel(context, &arguments).await,
        Command::Retry(arguments) => retry::retry(context, &arguments).await,
        Command::Forget(arguments) => retry::forget(context, &arguments).await,
        Command::Explain(arguments) => explain::explain(context, &arguments).await,
        Command::Logs(arguments) => logs::logs(context, &arguments).await,
        Command::Checkpoint(command) => checkpoint::checkpoint(context, &command).await,
        _ => Ok(Exit::Success),
    }
}

/// Runs a command on one thread: small control loops do better without others.
fn drive(command: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::infrastructure(format!("cannot start: {}", reason(&error))))?;
    let outcome = tokio::task::LocalSet::new().block_on(&runtime, command);
    // A file that is still being read in the background must not hold the process up.
    runtime.shutdown_background();
    outcome
}

impl Context {
    /// The settings, with those that options of the command give.
    ///
    /// # Errors
    /// A sentence about a setting that cannot be.
    pub(crate) fn settings(&self, flags: &[Flag]) -> Result<Layered, Error> {
        load(&Sources::of_process(self.config.as_deref())?, flags)
    }

    /// A connection with the cluster's coordinator.
    ///
    /// # Errors
    /// If none can be reached.
    pub(crate) async fn client(&self) -> Result<Client, Error> {
        Ok(Client::connect(&self.cluster).await?)
    }
}
