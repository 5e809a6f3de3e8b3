//! Opens a coordinator's door to the network: access directory, lock, listener.

use crate::console::say;
use crate::errors::{Error, reason};
use godwit_common::settings::{CoordinatorSettings, Settings};
use godwit_common::time::Time;
use godwit_coordinator::{Coordinator, Network, Options};
use godwit_coordinator_core::action::Notice;
use godwit_transport::access::{self, Lock};
use godwit_transport::{Access, Listener, Role, Timing, reachable_addresses};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Credentials that expire earlier than this are worth a word.
const EXPIRY_DAYS_SOON: i64 = 60;

/// An open door, and the lock that keeps other coordinators from the same access directory.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) network: Network,
    /// Held for as long as the coordinator runs; a standby leaves it to the one that leads.
    pub(super) lock: Option<Lock>,
    /// What the user should know about the credentials.
    pub(super) warning: Option<String>,
}

/// What a coordinator is when it opens its door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rank {
    /// The one that leads.
    Leader,
    /// One that waits for the end of another.
    Standby,
}

/// Makes what is missing in the access directory and listens as the settings say.
///
/// # Errors
/// If another coordinator has the directory, or the address cannot be had.
pub(super) async fn open(directory: &Path, all: &Settings, rank: Rank) -> Result<Door, Error> {
    let settings = &all.coordinator;
    let lock = match rank {
        Rank::Leader => Some(access::lock(directory).map_err(Error::infrastructure)?),
        Rank::Standby => {
            // It must not make a cluster of its own.
            Access::load(directory, Role::Coordinator).map_err(|error| without_credentials(&error))?;
            None
        }
    };
    let access = access::create_or_load(directory).map_err(Error::infrastructure)?;
    let days = access.days_left();
    let warning = (days < EXPIRY_DAYS_SOON).then(|| {
        format!("the credentials in {} expire in {days} days and cannot be renewed here", directory.display())
    });
    let address = resolve(&settings.listen).await?;
    let timing = timing(settings);
    let listener = match rank {
        Rank::Leader => Listener::bind_again(address, directory, &access, &timing),
        Rank::Standby => Listener::bind(address, &access, &timing),
    };
    let listener = listener.map_err(Error::infrastructure)?;
    let addresses = match &settings.advertise {
        Some(address) => vec![address.clone()],
        None => reachable_addresses(listener.local_addr()),
    };
    let network = Network {
        listener: Arc::new(listener),
        addresses,
        access: directory.to_owned(),
        credentials_expire: Time(u64::try_from(access.expires().as_microsecond()).unwrap_or(0)),
        alive_period: all.store.alive_period,
        standby_timeout: all.store.standby_timeout,
    };
    Ok(Door { network, lock, warning })
}

fn without_credentials(error: &godwit_transport::Error) -> Error {
    match error {
        godwit_transport::Error::NoAccess { path } => Error::infrastructure(format!(
            "cannot stand by without the cluster's credentials: there is no access directory at {}; write them with \
             'godwit access export --role coordinator' where there is one, and name that file with --access",
            path.display()
        )),
        other => Error::infrastructure(other),
    }
}

/// Starts a coordinator, and tells people meanwhile what it has to say.
///
/// # Errors
/// Why it does not start.
pub(super) async fn start_coordinator(
    options: Options,
    notices: &mut mpsc::Receiver<Notice>,
) -> Result<Coordinator, Error> {
    let mut starting = std::pin::pin!(godwit_coordinator::start(options));
    loop {
        tokio::select! {
            biased;
            Some(notice) = notices.recv() => say(&notice.sentence),
            started = &mut starting => return started.map_err(|error| coordinator_error(&error)),
        }
    }
}

/// Heartbeats as they are set, for all who connect.
pub(super) fn timing(settings: &CoordinatorSettings) -> Timing {
    Timing {
        keep_alive: settings.heartbeat_period,
        idle_timeout: settings.heartbeat_timeout,
        ..Timing::default()
    }
}

async fn resolve(address: &str) -> Result<SocketAddr, Error> {
    let wrong = |problem: String| Error::usage(format!("cannot listen on '{address}': {problem}"));
    let mut found = tokio::net::lookup_host(address).await.map_err(|error| wrong(reason(&error)))?;
    found.next().ok_or_else(|| wrong("the name has no address".to_owned()))
}

/// The URL of a store that was given as a URL or as a folder.
///
/// # Errors
/// If there is no working directory from which to count.
pub(crate) fn store_url(given: Option<&str>, default: PathBuf) -> Result<String, Error> {
    let folder = match given {
        Some(url) if url.contains("://") || url.starts_with("memory:") => return Ok(url.to_owned()),
        Some(path) => crate::cluster::absolute(Path::new(path))?,
        None => default,
    };
    let path = folder.to_str().ok_or_else(|| {
        Error::usage(format!("the folder {} of the store is not named in UTF-8", folder.display()))
    })?;
    Ok(format!("file://{path}"))
}

/// Why a coordinator did not start or had to halt.
pub(super) fn coordinator_error(error: &godwit_coordinator::Error) -> Error {
    if error.is_input() { Error::usage(error) } else { Error::infrastructure(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_a_url_or_a_folder() {
        let url = |given: Option<&str>| store_url(given, PathBuf::from("/default/state")).expect("a URL");
        assert_eq!(url(None), "file:///default/state");
        assert_eq!(url(Some("/a/b")), "file:///a/b");
        assert_eq!(url(Some("file:///a/b")), "file:///a/b");
        assert_eq!(url(Some("s3://bucket/p")), "s3://bucket/p");
        let relative = url(Some("a"));
        assert!(relative.starts_with("file:///") && relative.ends_with("/a"), "{relative}");
    }
}
