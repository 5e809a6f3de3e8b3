//! How a worker finds its coordinator: it is asked anew for every connection, because a coordinator that was started
//! again, or has taken over, is somewhere else.

use godwit_transport::access::{Announcement, read_announcement};
use godwit_transport::{Access, Connection, Error, Hello, Remote, Role, Timing, connect_or_look_up};
use std::cell::RefCell;
use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
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
    look_up: Option<LookUp>,
    /// What the coordinator of the last connection had said of itself, if it was found in a directory.
    last: Option<Announcement>,
    /// Addresses that were tried for the last connection.
    tried: Vec<String>,
}

/// Addresses that somebody looks up.
pub type LookingUp = Pin<Box<dyn Future<Output = Result<Vec<String>, Error>> + Send>>;

/// Finds the coordinator by another way than the access directory: in the cluster's store.
#[derive(Clone)]
pub struct LookUp(Arc<dyn Fn() -> LookingUp + Send + Sync>);

impl LookUp {
    /// A look-up that calls `find` each time.
    pub fn new(find: impl Fn() -> LookingUp + Send + Sync + 'static) -> LookUp {
        LookUp(Arc::new(find))
    }
}

impl fmt::Debug for LookUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookUp")
    }
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
        Network { access, timing, look_up: None, last: None, tried: Vec::new() }
    }

    /// Also looks there, when nobody answers where the access directory or file says.
    #[must_use]
    pub fn with_look_up(self, look_up: LookUp) -> Network {
        Network { look_up: Some(look_up), ..self }
    }

    async fn try_once(&mut self) -> Result<Connection, Error> {
        let place = self.access.clone();
        let Found { access, addresses, announcement } = beside(move || place.look()).await?;
        if addresses.is_empty() && self.look_up.is_none() {
            return Err(self.access.nobody());
        }
        let looked_up = RefCell::new(Vec::new());
        let later = async {
            let Some(look_up) = &self.look_up else {
                return Ok(Vec::new());
            };
            let found = (look_up.0)().await?;
            looked_up.borrow_mut().clone_from(&found);
            Ok(found)
        };
        let hello = Hello::new(Role::Worker);
        let connected = connect_or_look_up(&addresses, later, &access, &hello, &self.timing).await;
        let looked_up = looked_up.into_inner();
        let connection = match connected {
            Err(_) if addresses.is_empty() && looked_up.is_empty() => return Err(self.access.nobody()),
            connected => connected?,
        };
        self.last = announcement;
        self.tried = addresses;
        self.tried.extend(looked_up);
        Ok(connection)
    }

    async fn ask(&mut self) -> bool {
        if let (AccessPlace::Directory(path), Some(last)) = (&self.access, &self.last) {
            let path = path.clone();
            let now = beside(move || read_announcement(&path)).await;
            // A directory that cannot be read just now says nothing.
            if now.ok().flatten().is_some_and(|now| now != *last) {
                return true;
            }
        }
        let Some(look_up) = &self.look_up else { return false };
        let leader = (look_up.0)().await.unwrap_or_default();
        !leader.is_empty() && !leader.iter().any(|address| self.tried.contains(address))
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
                let announcement = read_announcement(path)?;
                let addresses = announcement.as_ref().map(|found| found.addresses.clone());
                Ok(Found { access, addresses: addresses.unwrap_or_default(), announcement })
            }
            AccessPlace::File(path) => {
                let access = Access::from_file(path)?;
                let addresses = access.addresses().to_vec();
                Ok(Found { access, addresses, announcement: None })
            }
        }
    }

    /// Nobody has said where the coordinator is.
    fn nobody(&self) -> Error {
        let (AccessPlace::Directory(path) | AccessPlace::File(path)) = self;
        let problem = match self {
            AccessPlace::Directory(_) => {
                "no coordinator runs with this access directory; start one with 'godwit coordinator start'"
            }
            AccessPlace::File(_) => {
                "it names no coordinator; export it again while one runs, or name the cluster's store with --store"
            }
        };
        Error::Unreachable { address: path.display().to_string(), problem: problem.to_owned() }
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
