//! The workers of `godwit run`.

use crate::args::RunArgs;
use crate::commands::worker::worker_error;
use crate::errors::Error;
use godwit_common::resources::Hundredths;
use godwit_common::settings::WorkerSettings;
use godwit_transport::{Connection, Role};
use godwit_worker::{Children, Control, Embedded, WorkerOptions, detect};
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Workers without tasks leave at once; one that takes this long is left to its guard.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);

/// A worker needs to be told two things at most.
const CONTROLS_MAX: usize = 2;

/// Workers that run in this process.
pub(super) struct Workers {
    running: JoinSet<Result<(), Error>>,
    controls: Vec<mpsc::Sender<Control>>,
}

impl Workers {
    /// Starts as many workers as asked for.
    ///
    /// # Errors
    /// If the folder for their output cannot be made.
    pub(super) fn start(
        arguments: &RunArgs,
        settings: &WorkerSettings,
        spool: &Path,
        connect: impl Fn(Role) -> Connection + Clone + 'static,
    ) -> Result<Workers, Error> {
        std::fs::create_dir_all(spool).map_err(|error| {
            Error::infrastructure(format!(
                "cannot make the folder {} for output: {error}",
                spool.display()
            ))
        })?;
        let mut workers = Workers {
            running: JoinSet::new(),
            controls: Vec::new(),
        };
        let settings = share(settings, arguments.workers, spool);
        for _ in 0..arguments.workers {
            let mut options = WorkerOptions::new(spool.to_owned());
            options.settings = settings.clone();
            options.children = if arguments.workers == 1 {
                Children::Own
            } else {
                Children::Shared
            };
            let connect = connect.clone();
            let connector = Embedded(move || Some(connect(Role::Worker)));
            let (control, controlled) = mpsc::channel(CONTROLS_MAX);
            workers.controls.push(control);
            workers.running.spawn_local(async move {
                let left = godwit_worker::run(options, connector, controlled).await;
                left.map(drop).map_err(|error| worker_error(&error))
            });
        }
        Ok(workers)
    }

    /// Why a worker ended by itself. Safe to cancel.
    pub(super) async fn failed(&mut self) -> Error {
        match self.running.join_next().await {
            Some(Ok(Err(error))) => error,
            Some(Ok(Ok(()))) => Error::infrastructure("the worker in this process has left"),
            Some(Err(_)) | None => Error::infrastructure("the worker in this process has broken down"),
        }
    }

    /// Lets all of them leave.
    pub(super) async fn leave(&mut self) {
        for control in &self.controls {
            // One that has ended needs not be told.
            let _ = control.try_send(Control::Terminate("the run has ended".to_owned()));
        }
        let all = async { while self.running.join_next().await.is_some() {} };
        // What a worker leaves behind is its guard's.
        let _ = timeout(LEAVE_TIMEOUT, all).await;
    }
}

/// Several workers without an amount of their own share what is here evenly.
fn share(settings: &WorkerSettings, workers: u32, spool: &Path) -> WorkerSettings {
    let mut shared = settings.clone();
    if workers > 1 && (settings.cpus.is_none() || settings.memory.is_none()) {
        let found = detect::hardware(spool);
        let cpus = Hundredths((found.cpus.0 / workers).max(1));
        shared.cpus.get_or_insert(cpus.to_f64());
        shared
            .memory
            .get_or_insert((found.memory / u64::from(workers)).max(1).to_string());
    }
    shared
}
