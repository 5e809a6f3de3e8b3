//! How a worker finds its coordinator: it is asked anew for every connection, because a coordinator that was started
//! again is somewhere else.

use godwit_transport::access::{Announcement, read_announcement};
use godwit_transport::{Access, Connection, Error, Hello, Remote, Role, Timing, connect_any};
use std::path::PathBuf;
use std::pin::Pin;
use tokio::task::spawn_blocking;

/// A connection in the making.
pub type Connecting<'a> = Pin<Box<dyn Future<Output = Result<Connection, Error>> + 'a>>;

/// The answer to whether there is another coordinator.
pub type Asking<'a> = Pin<Box<dyn Future<Output = bool> + 'a>>;

/// Makes one connection at a time, each from the beginning. When to try again is not its business.
pub trait Connector {
    /// Tries once.
    fn connect(&mut self) -> Connecting<'_>;

    /// Whether another coordinator has taken the place of the one that the last connection was made with. Asked when
    /// that one is silent, so that a dead machine needs not be waited for.
    fn is_replaced(&mut self) -> Asking<'_> {
        Box::pin(std::future::ready(false))
    }
}

/// Over the network, to whichever coordinator runs now.
#[derive(Clone, Debug)]
pub struct Network {
    access: AccessPlace,
    timing: Timing,
    /// What the coordinator of the last connection had said of itself, if it was found in a directory.
    last: Option<Announcement>,
}

/// Where the credential and the coordinator's address are.
#[derive(Clone, Debug)]
pub enum AccessPlace {
    /// In a cluster's access directory.
    Directory(PathBuf),
    /// In an exported file.
    File(PathBuf),
}

/// All that is needed for a connection.
struct Found {
    access: Access,
    addresses: Vec<String>,
    announcement: Option<Announcement>,
}

impl Network {
    /// Connects with the credential that is there; `timing` says when a connection counts as lost.
    pub fn new(access: AccessPlace, timing: Timing) -> Network {
        Network { access, timing, last: None }
    }

    async fn try_once(&mut self) -> Result<Connection, Error> {
        let place = self.access.clone();
        let found = beside(move || place.look()).await?;
        let hello = Hello::new(Role::Worker);
        let connection = connect_any(&found.addresses, &found.access, &hello, &self.timing).await?;
        self.last = found.announcement;
        Ok(connection)
    }

    async fn ask(&mut self) -> bool {
        let (AccessPlace::Directory(path), Some(last)) = (&self.access, &self.last) else {
            return false;
        };
        let path = path.clone();
        let now = beside(move || read_announcement(&path)).await;
        // A directory that cannot be read just now says nothing.
        now.ok().flatten().is_some_and(|now| now != *last)
    }
}

/// Reads files beside the event loop: a file server that hangs must not hold up the heartbeats.
async fn beside<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    spawn_blocking(read).await.unwrap_or_else(|error| {
        Err(Error::Unreachable { address: "the access directory".to_owned(), problem: error.to_string() })
    })
}

impl AccessPlace {
    fn look(&self) -> Result<Found, Error> {
        match self {
            AccessPlace::Directory(path) => {
                let access = Access::load(path, Role::Worker)?;
                let announced = read_announcement(path)?.ok_or_else(|| Error::Unreachable {
                    address: path.display().to_string(),
                    problem: "no coordinator runs with this access directory; \
                              start one with 'godwit coordinator start'"
                        .to_owned(),
                })?;
                Ok(Found { access, addresses: announced.addresses.clone(), announcement: Some(announced) })
            }
            AccessPlace::File(path) => {
                let access = Access::from_file(path)?;
                let addresses = access.addresses().to_vec();
                Ok(Found { access, addresses, announcement: None })
            }
        }
    }
}

impl Connector for Network {
    fn connect(&mut self) -> Connecting<'_> {
        Box::pin(self.try_once())
    }

    fn is_replaced(&mut self) -> Asking<'_> {
        Box::pin(self.ask())
    }
}

/// Within the process: each call of the function gives one end of a [`Connection::pair`], or nothing once there is no
/// coordinator any more.
pub struct Embedded<F>(pub F);

impl<F: FnMut() -> Option<Connection>> Connector for Embedded<F> {
    fn connect(&mut self) -> Connecting<'_> {
        let made = (self.0)().ok_or_else(|| Error::Refused {
            remote: Remote::Memory,
            reason: "the coordinator in this process has ended".to_owned(),
            is_final: true,
        });
        Box::pin(std::future::ready(made))
    }
}
