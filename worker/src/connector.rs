//! How a worker finds its coordinator: it is asked anew for every connection, because a coordinator that was started
//! again is somewhere else.

use godwit_transport::access::read_announcement;
use godwit_transport::{Access, Connection, Error, Hello, Remote, Role, Timing, connect_any};
use std::path::PathBuf;
use std::pin::Pin;

/// A connection in the making.
pub type Connecting<'a> = Pin<Box<dyn Future<Output = Result<Connection, Error>> + 'a>>;

/// Makes one connection at a time, each from the beginning. When to try again is not its business.
pub trait Connector {
    /// Tries once.
    fn connect(&mut self) -> Connecting<'_>;
}

/// Over the network, to whichever coordinator runs now.
#[derive(Clone, Debug)]
pub struct Network {
    /// Where the credential and the coordinator's address are.
    pub access: AccessPlace,
    /// When a connection counts as lost.
    pub timing: Timing,
}

/// Where the credential and the coordinator's address are.
#[derive(Clone, Debug)]
pub enum AccessPlace {
    /// In a cluster's access directory.
    Directory(PathBuf),
    /// In an exported file.
    File(PathBuf),
}

impl Network {
    async fn try_once(&self) -> Result<Connection, Error> {
        let (access, addresses) = match &self.access {
            AccessPlace::Directory(path) => {
                let access = Access::load(path, Role::Worker)?;
                let announced = read_announcement(path)?.ok_or_else(|| Error::Unreachable {
                    address: path.display().to_string(),
                    problem: "no coordinator runs with this access directory; \
                              start one with 'godwit coordinator start'"
                        .to_owned(),
                })?;
                (access, announced.addresses)
            }
            AccessPlace::File(path) => {
                let access = Access::from_file(path)?;
                let addresses = access.addresses().to_vec();
                (access, addresses)
            }
        };
        connect_any(&addresses, &access, &Hello::new(Role::Worker), &self.timing).await
    }
}

impl Connector for Network {
    fn connect(&mut self) -> Connecting<'_> {
        Box::pin(self.try_once())
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
