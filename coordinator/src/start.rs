//! Starting a coordinator, and what its owner can do with it.

use crate::clock::Clock;
use crate::driver::Driver;
use crate::error::Error;
use crate::input::{Control, Counter, INPUTS_MAX, Input};
use crate::log::Log;
use crate::peers::Hall;
use crate::recovery::recover;
use godwit_common::ids::Epoch;
use godwit_common::settings::CoordinatorSettings;
use godwit_common::time::Time;
use godwit_coordinator_core::action::Notice;
use godwit_coordinator_core::{Core, Identity};
use godwit_store::Store;
use godwit_transport::access::{self, Announcement};
use godwit_transport::{Connection, Listener, Role, SOFTWARE_VERSION};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

/// How long a coordinator that ends waits for its last answers to be read.
const LAST_WORDS_TIMEOUT: Duration = Duration::from_secs(2);

/// What a coordinator needs to start.
#[derive(Debug)]
pub struct Options {
    /// Its settings, valid.
    pub settings: CoordinatorSettings,
    /// Its store.
    pub store: Store,
    /// Its network; none for a coordinator that is embedded with its workers and clients.
    pub network: Option<Network>,
    /// Where it says what people at the console want to know. Notices that find it full are lost.
    pub notices: mpsc::Sender<Notice>,
}

/// The network of a coordinator.
#[derive(Debug)]
pub struct Network {
    /// Its open door.
    pub listener: Listener,
    /// Addresses that peers are told, best first.
    pub addresses: Vec<String>,
    /// The access directory, where it announces itself. The caller holds its lock.
    pub access: PathBuf,
    /// When the cluster's credentials expire.
    pub credentials_expire: Time,
}

/// A running coordinator.
#[derive(Debug)]
pub struct Coordinator {
    handle: Handle,
    epoch: Epoch,
    address: String,
    store: Store,
    driver: JoinHandle<Result<(), Error>>,
    hall: Hall,
    network: Option<Announced>,
}

#[derive(Debug)]
struct Announced {
    listener: Arc<Listener>,
    access: PathBuf,
    announcement: Announcement,
}

/// Tells a running coordinator what its owner wants.
#[derive(Clone, Debug)]
pub struct Handle {
    inputs: mpsc::Sender<Input>,
}

/// Takes the store over, replays it, and begins to reign.
///
/// # Errors
/// Whatever keeps the store from being used, and what keeps the announcement from being written.
pub async fn start(options: Options) -> Result<Coordinator, Error> {
    let Options { settings, store, network, notices } = options;
    store.prepare().await?;
    let clock = Clock::new();
    let address = network.as_ref().and_then(|network| network.addresses.first().cloned());
    let mut identity = identity(address.unwrap_or_else(|| "within the process".to_owned()), &store);
    identity.credentials_expire = network.as_ref().map(|network| network.credentials_expire);
    let claimant = godwit_checkpoint::Identity {
        host: identity.host.clone(),
        address: identity.address.clone(),
        software_version: SOFTWARE_VERSION.to_owned(),
    };
    let address = identity.address.clone();
    let mut core = Core::new(settings, identity);
    let writer = recover(&store, &mut core, claimant, clock.now()).await?;
    let epoch = writer.epoch();
    let (inputs, queue) = mpsc::channel(INPUTS_MAX);
    let hall =
        Hall { inputs: inputs.clone(), counter: Arc::new(Counter::default()), tasks: TaskTracker::new() };
    let driver = Driver {
        core,
        log: Log::new(writer, store.clone()),
        clock,
        inputs: queue,
        notices,
        tasks: hall.tasks.clone(),
        links: BTreeMap::new(),
        requests: BTreeMap::new(),
        trouble: None,
        actions: Vec::new(),
    };
    let driver = tokio::spawn(driver.run(epoch));
    let network = network.map(|network| open_doors(network, epoch, &hall)).transpose()?;
    Ok(Coordinator { handle: Handle { inputs }, epoch, address, store, driver, hall, network })
}

fn identity(address: String, store: &Store) -> Identity {
    let host = nix::unistd::gethostname()
        .map_or_else(|_| "unknown".into(), |name| name.to_string_lossy().into_owned());
    Identity {
        pid: std::process::id(),
        host,
        address,
        store: store.url().to_owned(),
        version: SOFTWARE_VERSION.to_owned(),
        credentials_expire: None,
    }
}

/// Only now that the store is ours may anybody be told that we are the coordinator.
fn open_doors(network: Network, epoch: Epoch, hall: &Hall) -> Result<Announced, Error> {
    let Network { listener, addresses, access, credentials_expire: _ } = network;
    let listener = Arc::new(listener);
    let announcement = Announcement::new(addresses, epoch.0);
    access::announce(&access, &announcement)?;
    tokio::spawn(hall.clone().keep_door(listener.clone()));
    Ok(Announced { listener, access, announcement })
}

impl Coordinator {
    /// Its reign.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Where it listens, for people.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The URL of its store.
    pub fn store(&self) -> &str {
        self.store.url()
    }

    /// To tell it things while it is waited for.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// A connection with a peer of `role` in this process; what comes back is the peer's end.
    pub fn connect(&self, role: Role) -> Connection {
        self.connector()(role)
    }

    /// Makes such connections without borrowing the coordinator.
    pub fn connector(&self) -> impl Fn(Role) -> Connection + Clone + Send + 'static {
        let hall = self.hall.clone();
        move |role| {
            let (ours, theirs) = Connection::pair(role);
            tokio::spawn(hall.clone().serve(ours));
            theirs
        }
    }

    /// Waits until it ends.
    ///
    /// # Errors
    /// Why it had to halt.
    pub async fn wait(self) -> Result<(), Error> {
        let result = self.driver.await.unwrap_or(Err(Error::Vanished));
        let reason = match &result {
            Ok(()) => "the coordinator is ending; wait for the next one".to_owned(),
            Err(error) => error.to_string(),
        };
        self.store.release().await;
        self.hall.tasks.close();
        // A client that does not read its answer does not keep the coordinator.
        let _ = tokio::time::timeout(LAST_WORDS_TIMEOUT, self.hall.tasks.wait()).await;
        if let Some(network) = self.network {
            network.listener.close(&reason).await;
            access::withdraw(&network.access, &network.announcement)?;
        }
        result
    }
}

impl Handle {
    /// Starts nothing new; what runs goes on.
    pub async fn drain(&self) {
        self.tell(Control::Drain).await;
    }

    /// Stops what runs; it goes back to the queue.
    pub async fn stop_tasks(&self) {
        self.tell(Control::StopTasks).await;
    }

    /// Ends the coordinator once everything is durable. Workers and their tasks go on.
    pub async fn stop(&self) {
        self.tell(Control::Stop).await;
    }

    async fn tell(&self, control: Control) {
        // A coordinator that has ended needs nothing any more.
        let _ = self.inputs.send(Input::Control(control)).await;
    }
}
