//! The workers of `godwit run`.

use super::state_folder::StateFolder;
use crate::commands::worker::worker_error;
use crate::errors::{Error, reason};
use godwit_common::resources::Hundredths;
use godwit_common::settings::WorkerSettings;
use godwit_transport::{Connection, Role};
use godwit_worker::{Children, Control, Embedded, WorkerOptions, detect};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Workers without tasks leave at once; one that takes this long is left to its guard.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);

/// A worker needs to be told two things at most.
const CONTROLS_MAX: usize = 2;

/// Workers that run in this process, once they are started.
pub(super) struct Workers {
    count: u32,
    settings: WorkerSettings,
    spool: PathBuf,
    held: Arc<File>,
    connect: Rc<dyn Fn(Role) -> Connection>,
    running: JoinSet<Result<(), Error>>,
    controls: Vec<mpsc::Sender<Control>>,
}

impl Workers {
    pub(super) fn new(
        count: u32,
        settings: WorkerSettings,
        state: &StateFolder,
        connect: Rc<dyn Fn(Role) -> Connection>,
    ) -> Workers {
        let (running, controls) = (JoinSet::new(), Vec::new());
        Workers { count, settings, spool: state.spool(), held: state.held(), connect, running, controls }
    }

    /// Starts all of them; says how many.
    ///
    /// # Errors
    /// If the folder for their output cannot be made.
    pub(super) fn start(&mut self) -> Result<usize, Error> {
        std::fs::create_dir_all(&self.spool).map_err(|error| {
            let (spool, problem) = (self.spool.display(), reason(&error));
            Error::infrastructure(format!("cannot make the folder {spool} for output: {problem}"))
        })?;
        let mut options = WorkerOptions::new(self.spool.clone());
        options.settings = share(&self.settings, self.count, &self.spool);
        options.held = Some(Arc::clone(&self.held));
        options.children = if self.count == 1 { Children::Own } else { Children::Shared };
        for _ in 0..self.count {
            let connect = Rc::clone(&self.connect);
            let connector = Embedded(move || Some(connect(Role::Worker)));
            let (control, controlled) = mpsc::channel(CONTROLS_MAX);
            self.controls.push(control);
            let worker = godwit_worker::run(options.clone(), connector, controlled);
            self.running
                .spawn_local(async move { worker.await.map(drop).map_err(|error| worker_error(&error)) });
        }
        Ok(self.controls.len())
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
        shared.memory.get_or_insert((found.memory / u64::from(workers)).max(1).to_string());
    }
    shared
}
