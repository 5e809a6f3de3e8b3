//! `godwit coordinator start --standby`: from waiting to leading.

use godwit_common::settings::StoreSettings;
use godwit_coordinator::{Coordinator, Error, Options, stand_by, start};
use godwit_coordinator_core::action::{Level, Notice};
use godwit_transport::access::{self, Lock};
use std::path::PathBuf;
use std::time::Duration;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::sleep;

/// How often we look whether the access directory is free that a coordinator had which we took over from. It may be
/// stopped, and ends when it goes on.
const LOCK_PERIOD: Duration = Duration::from_secs(1);

/// Stands by until there is nobody to stand by for, and leads then. Whoever else had the same idea and was faster is
/// the next to stand by for.
///
/// # Errors
/// Why the store cannot be used, now that somebody has to.
pub(super) async fn take_over(options: Options, settings: &StoreSettings) -> Result<Coordinator, Error> {
    let Options { settings: own, store, network, notices, accept_loss_after } = options;
    loop {
        stand_by(&store, settings, &notices).await?;
        let options = Options {
            settings: own.clone(),
            store: store.clone(),
            network: network.clone(),
            notices: notices.clone(),
            accept_loss_after,
        };
        let error = match start(options).await {
            Ok(coordinator) => return Ok(coordinator),
            Err(error) if may_pass(&error) => error,
            Err(error) => return Err(error),
        };
        let sentence = format!("not taking over: {error}");
        // A console that does not read misses it.
        drop(notices.try_send(Notice { level: Level::Warning, sentence }));
    }
}

/// Whether standing by is of use all the same.
fn may_pass(error: &Error) -> bool {
    use godwit_store::Error as Store;
    error.is_fenced() || matches!(error, Error::Store(Store::Away { .. } | Store::Locked { .. }))
}

/// The lock of the access directory, or the wish for it.
#[derive(Debug)]
pub(super) enum Held {
    Now(#[expect(dead_code, reason = "held, not read")] Lock),
    Soon(JoinHandle<()>),
}

/// Takes the lock of the access directory as soon as whoever led before lets go of it: what keeps two coordinators apart
/// is the store, but whoever is started by mistake shall be told by the lock.
pub(super) fn hold(directory: PathBuf) -> Held {
    Held::Soon(spawn_local(async move {
        loop {
            if let Ok(_lock) = access::lock(&directory) {
                return std::future::pending().await;
            }
            sleep(LOCK_PERIOD).await;
        }
    }))
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Held::Soon(task) = self {
            task.abort();
        }
    }
}
