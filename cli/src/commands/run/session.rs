//! The coordinator and the workers of `godwit run`, all in this process.

use super::possible::Others;
use super::state_folder::StateFolder;
use super::workers::Workers;
use crate::args::RunArgs;
use crate::client::Client;
use crate::commands::Context;
use crate::commands::door::{self, Door, Rank, coordinator_error, start_coordinator, store_url};
use crate::commands::worker::all as all_workers;
use crate::console::say;
use crate::errors::Error;
use crate::signals::Signals;
use godwit_common::ids::Sequence;
use godwit_common::message::view::WorkerState;
use godwit_common::resources::Capacity;
use godwit_common::settings::Settings;
use godwit_coordinator::{Coordinator, Handle, Options, Store};
use godwit_coordinator_core::action::{Level, Notice};
use godwit_transport::Role;
use godwit_transport::access::Lock;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{Instant, sleep};

/// Notices that wait while the display is busy; more are lost.
const NOTICES_MAX: usize = 1024;

/// Workers in this process join at once; one that takes this long never will.
const JOIN_TIMEOUT: Duration = Duration::from_secs(20);

/// How often we look whether they have.
const JOIN_PERIOD: Duration = Duration::from_millis(10);

/// What runs beside the client of `godwit run`.
pub(super) struct Session {
    pub(super) handle: Handle,
    notices: mpsc::Receiver<Notice>,
    workers: Workers,
    client: Client,
    coordinator: JoinHandle<Result<(), godwit_coordinator::Error>>,
    others: Others,
    _lock: Option<Lock>,
}

/// What happens in a session without being asked for.
#[derive(Debug)]
pub(super) enum SessionEvent {
    /// The coordinator says something to people.
    Notice(Notice),
    /// The coordinator or a worker has ended by itself, so that nothing can go on.
    Ended(Error),
}

/// The settings of a run.
///
/// # Errors
/// A sentence about one that cannot be.
pub(super) fn settings(context: &Context, arguments: &RunArgs) -> Result<Settings, Error> {
    let flags = [
        ("worker.cpus", arguments.cpus.map(|cpus| cpus.to_string()), "--cpus"),
        ("worker.memory", arguments.memory.map(|memory| memory.to_string()), "--memory"),
        ("coordinator.listen", arguments.listen.clone(), "--listen"),
    ];
    let mut settings = context.settings(&flags)?.settings;
    // These are for workers that come and go; the workers of a run stay until it has ended.
    settings.worker.idle_timeout = None;
    settings.worker.time_limit = None;
    if arguments.listen.is_none() {
        // Workers of a run die with it, so none of an earlier one can come back.
        settings.coordinator.reattach_window = Duration::ZERO;
    }
    Ok(settings)
}

impl Session {
    /// Starts the coordinator; the workers wait for [`start_workers`](Self::start_workers).
    ///
    /// # Errors
    /// If the state cannot be read or written, or the network was asked for and cannot be had.
    pub(super) async fn start(
        context: &Context,
        arguments: &RunArgs,
        settings: Settings,
        state: &StateFolder,
    ) -> Result<Session, Error> {
        let (sender, mut notices) = mpsc::channel(NOTICES_MAX);
        let (network, lock) = match arguments.listen {
            Some(_) => {
                let Door { network, lock, .. } =
                    door::open(context.cluster.directory()?, &settings, Rank::Leader).await?;
                (Some(network), lock)
            }
            None => (None, None),
        };
        let others = if network.is_some() { Others::MayCome } else { Others::CannotCome };
        let url = store_url(arguments.store.as_deref(), state.store())?;
        let store = Store::open(&url, &settings.store).map_err(|error| coordinator_error(&error.into()))?;
        let options = Options {
            settings: settings.coordinator.clone(),
            store,
            network,
            notices: sender,
            accept_loss_after: arguments.accept_loss_after.map(Sequence),
        };
        let coordinator: Coordinator = start_coordinator(options, &mut notices).await?;
        let connect = coordinator.connector();
        let client = Client::over(connect(Role::Client));
        let workers = Workers::new(arguments.workers, settings.worker, state, Rc::new(connect));
        Ok(Session {
            handle: coordinator.handle(),
            notices,
            workers,
            client,
            coordinator: spawn_local(coordinator.wait()),
            others,
            _lock: lock,
        })
    }

    /// A client of this coordinator.
    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Whether workers of other processes may come.
    pub(super) fn others(&self) -> Others {
        self.others
    }

    /// Starts the workers, waits until they are there, and says what they offer.
    ///
    /// # Errors
    /// If one of them cannot begin.
    pub(super) async fn start_workers(&mut self) -> Result<Vec<Capacity>, Error> {
        let count = self.workers.start()?;
        let end = Instant::now() + JOIN_TIMEOUT;
        loop {
            let workers = all_workers(&self.client).await?;
            let here = workers.into_iter().filter(|worker| worker.state == WorkerState::Connected);
            let here: Vec<Capacity> = here
                .filter(|worker| worker.pid == std::process::id())
                .map(|worker| worker.capacity)
                .collect();
            if here.len() >= count {
                return Ok(here);
            }
            tokio::select! {
                () = sleep(JOIN_PERIOD) => {}
                error = self.workers.failed() => return Err(error),
            }
            if Instant::now() > end {
                return Err(Error::infrastructure(
                    "the worker in this process does not begin; see the warnings above",
                ));
            }
        }
    }

    /// What happens in the session without being asked for. Safe to cancel.
    pub(super) async fn event(&mut self) -> SessionEvent {
        tokio::select! {
            Some(notice) = self.notices.recv() => SessionEvent::Notice(notice),
            result = &mut self.coordinator => SessionEvent::Ended(match result {
                Ok(Err(error)) => coordinator_error(&error),
                Ok(Ok(())) | Err(_) => Error::infrastructure("the coordinator in this process has ended"),
            }),
            error = self.workers.failed() => SessionEvent::Ended(error),
        }
    }

    /// Lets the workers leave and ends the coordinator once everything is recorded.
    ///
    /// # Errors
    /// If it could not be recorded, or somebody did not want to wait for that any more.
    pub(super) async fn end(mut self, signals: &mut Signals) -> Result<(), Error> {
        if self.coordinator.is_finished() {
            return Ok(());
        }
        self.workers.leave().await;
        self.handle.stop().await;
        let ended = loop {
            tokio::select! {
                biased;
                // What the end waits for, above all.
                Some(notice) = self.notices.recv() => {
                    if notice.level > Level::Info {
                        say(&notice.sentence);
                    }
                }
                ended = &mut self.coordinator => break ended,
                _ = signals.next() => self.handle.give_up().await,
            }
        };
        match ended {
            Ok(result) => result.map_err(|error| coordinator_error(&error)),
            Err(_) => Err(Error::infrastructure("the coordinator in this process has broken down")),
        }
    }
}
