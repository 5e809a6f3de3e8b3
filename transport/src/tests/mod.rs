//! Tests over real loopback QUIC, and over the in-process transport wherever both must behave alike.

mod access;
mod hostile;
mod loopback;
mod refusals;
mod streams;

use crate::access::{Access, create_or_load};
use crate::{Connection, Error, Hello, Listener, Peer, Role, Timing, connect};
use godwit_common::frame::Message;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc;

/// What travels in these tests.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    number: u32,
    text: String,
}

impl Message for Note {
    const KIND: u8 = 250;
    const VERSION: u8 = 1;
    const NAME: &'static str = "note";
}

fn note(number: u32) -> Note {
    Note { number, text: format!("note {number}") }
}

/// A new access directory.
struct Cluster {
    home: TempDir,
}

impl Cluster {
    fn new() -> Cluster {
        let home = tempfile::tempdir().expect("a temporary directory");
        let cluster = Cluster { home };
        create_or_load(&cluster.directory()).expect("a new access directory");
        cluster
    }

    fn directory(&self) -> std::path::PathBuf {
        self.home.path().join("default")
    }

    fn access(&self, role: Role) -> Access {
        Access::load(&self.directory(), role).expect("its credential")
    }
}

/// A listener on a free loopback port, and what became of everybody who knocked.
struct Server {
    address: String,
    peers: mpsc::Receiver<Result<Peer, Error>>,
    listener: std::sync::Arc<Listener>,
}

impl Server {
    fn start(access: &Access, timing: &Timing) -> Server {
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), access, timing).expect("a free port");
        let listener = std::sync::Arc::new(listener);
        let (sender, peers) = mpsc::channel(1000);
        tokio::spawn(let_in(listener.clone(), sender));
        Server { address: listener.local_addr().to_string(), peers, listener }
    }

    async fn next(&mut self) -> Result<Peer, Error> {
        self.peers.recv().await.expect("the listener is open")
    }
}

async fn let_in(listener: std::sync::Arc<Listener>, peers: mpsc::Sender<Result<Peer, Error>>) {
    while let Some(incoming) = listener.accept().await {
        let peers = peers.clone();
        tokio::spawn(async move { peers.send(incoming.handshake().await).await });
    }
}

/// Fast enough for tests of what happens when time runs out.
fn hasty() -> Timing {
    Timing {
        keep_alive: Duration::from_millis(100),
        idle_timeout: Duration::from_secs(5),
        handshake_timeout: Duration::from_millis(400),
    }
}

/// Both ends of a connection over QUIC, the coordinator's first.
async fn quic_pair(cluster: &Cluster) -> (Connection, Connection, Server) {
    let timing = Timing::default();
    let mut server = Server::start(&cluster.access(Role::Coordinator), &timing);
    let access = cluster.access(Role::Worker);
    let worker =
        connect(&server.address, &access, &Hello::new(Role::Worker), &timing).await.expect("a connection");
    let peer = server.next().await.expect("a peer");
    (peer.connection, worker, server)
}

/// Runs a test over QUIC and within the process.
async fn on_both(test: impl AsyncFn(Connection, Connection)) {
    let (coordinator, worker) = Connection::pair(Role::Worker);
    test(coordinator, worker).await;
    let cluster = Cluster::new();
    let (coordinator, worker, _server) = quic_pair(&cluster).await;
    test(coordinator, worker).await;
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("it is ours");
}
