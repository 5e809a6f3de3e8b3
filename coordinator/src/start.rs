//! Starting a coordinator, and what its owner can do with it.

use crate::alive::keep_alive;
use crate::backoff::{QUIET_TIME, nonce};
use crate::base::{Keeper, Workshop};
use crate::clock::Clock;
use crate::driver::Driver;
use crate::error::Error;
use crate::input::{Control, Counter, INPUTS_MAX, Input};
use crate::lease::Lease;
use crate::log::Log;
use crate::peers::Hall;
use crate::recovery::{Recovered, Start, recover};
use crate::say;
use godwit_common::ids::{Epoch, Sequence};
use godwit_common::settings::CoordinatorSettings;
use godwit_common::time::Time;
use godwit_coordinator_core::action::{Level, Notice};
use godwit_coordinator_core::{Core, Identity};
use godwit_store::Store;
use godwit_transport::access::{self, Announcement};
use godwit_transport::{Connection, Listener, Role, SOFTWARE_VERSION};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinHandle};
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
    /// If the log turns out to be damaged right behind this, go on from there and lose what came after.
    pub accept_loss_after: Option<Sequence>,
}

/// The network of a coordinator.
#[derive(Clone, Debug)]
pub struct Network {
    /// Its open door.
    pub listener: Arc<Listener>,
    /// Addresses that peers are told, best first.
    pub addresses: Vec<String>,
    /// The access directory, where it announces itself. The caller holds its lock, if nobody who was fenced does.
    pub access: PathBuf,
    /// When the cluster's credentials expire.
    pub credentials_expire: Time,
    /// How often it gives a sign of life in the store.
    pub alive_period: Duration,
    /// After how long without one a standby takes over.
    pub standby_timeout: Duration,
}

impl Network {
    /// A standby that takes over at the earliest moment does so when this is over.
    fn lease(&self) -> Duration {
        self.standby_timeout.saturating_sub(self.alive_period)
    }
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
    signs: Option<AbortHandle>,
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
    let Options { settings, store, network, notices, accept_loss_after } = options;
    prepare(&store, &notices).await?;
    let (clock, nonce) = (Clock::new(), nonce());
    let identity = identity(network.as_ref(), &store);
    let claimant = claimant(network.as_ref(), &identity);
    let address = identity.address.clone();
    let log_bytes = settings.base_log_bytes;
    let fresh: Arc<dyn Fn() -> Core + Send + Sync> =
        Arc::new(move || Core::new(settings.clone(), identity.clone()));
    let recovering = recover(Start {
        store: &store,
        identity: claimant,
        accept_loss_after,
        now: clock.now(),
        nonce,
        fresh: &*fresh,
        notices: &notices,
    });
    let Recovered { core, writer, has_damaged_base } = recovering.await?;
    let epoch = writer.epoch();
    let (inputs, queue) = mpsc::channel(INPUTS_MAX);
    let lease = Lease::new(network.as_ref().map(Network::lease));
    let hall = Hall {
        inputs: inputs.clone(),
        counter: Arc::new(Counter::default()),
        tasks: TaskTracker::new(),
        lease: lease.clone(),
    };
    let workshop = Workshop { store: store.clone(), clock, epoch, fresh };
    let look_period = network.as_ref().map_or(Duration::MAX, |network| network.alive_period);
    let driver = Driver {
        core,
        log: Log::new(writer, store.clone(), clock, lease.clone(), look_period),
        store: store.clone(),
        lease,
        bases: Keeper::new(workshop, log_bytes, notices.clone(), has_damaged_base),
        clock,
        inputs: queue,
        to_self: inputs.downgrade(),
        notices,
        tasks: hall.tasks.clone(),
        links: BTreeMap::new(),
        requests: BTreeMap::new(),
        trouble: None,
        ending: None,
        actions: Vec::new(),
    };
    let driver = tokio::spawn(driver.run(epoch));
    let signs = network.as_ref().map(|network| {
        tokio::spawn(keep_alive(store.clone(), clock, epoch, nonce, network.alive_period)).abort_handle()
    });
    let network = network.map(|network| open_doors(network, epoch, &hall)).transpose()?;
    Ok(Coordinator { handle: Handle { inputs }, epoch, address, store, driver, hall, signs, network })
}

/// Makes sure of the store, and says so if that takes its time.
async fn prepare(store: &Store, notices: &mpsc::Sender<Notice>) -> Result<(), Error> {
    let mut preparing = std::pin::pin!(store.prepare());
    if let Ok(result) = tokio::time::timeout(QUIET_TIME, &mut preparing).await {
        return Ok(result?);
    }
    say(notices, Level::Warning, format!("waiting for the store {} to answer", store.url()));
    Ok(preparing.await?)
}

/// Who we are, for those who find our claim or our seal in the store. It names all our addresses, separated by commas:
/// who has nothing but the store finds us by them.
fn claimant(network: Option<&Network>, identity: &Identity) -> godwit_checkpoint::Identity {
    let all = network.filter(|network| !network.addresses.is_empty());
    godwit_checkpoint::Identity {
        host: identity.host.clone(),
        address: all.map_or_else(|| identity.address.clone(), |network| network.addresses.join(",")),
        software_version: SOFTWARE_VERSION.to_owned(),
    }
}

fn identity(network: Option<&Network>, store: &Store) -> Identity {
    let address = network.and_then(|network| network.addresses.first().cloned());
    let host = nix::unistd::gethostname()
        .map_or_else(|_| "unknown".into(), |name| name.to_string_lossy().into_owned());
    Identity {
        pid: std::process::id(),
        host,
        address: address.unwrap_or_else(|| "within the process".to_owned()),
        store: store.url().to_owned(),
        version: SOFTWARE_VERSION.to_owned(),
        credentials_expire: network.map(|network| network.credentials_expire),
    }
}

/// Only now that the store is ours may anybody be told that we are the coordinator.
fn open_doors(network: Network, epoch: Epoch, hall: &Hall) -> Result<Announced, Error> {
    let Network { listener, addresses, access, .. } = network;
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
        self.signs.iter().for_each(AbortHandle::abort);
        let reason = match &result {
            Ok(()) => "the coordinator is ending; wait for the next one".to_owned(),
            // Peers are told nothing any more; they look for whoever leads now.
            Err(error) if error.is_fenced() => String::new(),
            Err(error) => error.to_string(),
        };
        self.store.release().await;
        self.hall.tasks.close();
        // A client that does not read its answer does not keep the coordinator.
        let _ = tokio::time::timeout(LAST_WORDS_TIMEOUT, self.hall.tasks.wait()).await;
        if let Some(network) = self.network {
            network.listener.close(&reason).await;
            let withdrawn = access::withdraw(&network.access, &network.announcement);
            result.and(withdrawn.map_err(Error::from))
        } else {
            result
        }
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

    /// Ends the coordinator at once, whatever is not durable yet.
    pub async fn give_up(&self) {
        self.tell(Control::GiveUp).await;
    }

    async fn tell(&self, control: Control) {
        // A coordinator that has ended needs nothing any more.
        let _ = self.inputs.send(Input::Control(control)).await;
    }
}
