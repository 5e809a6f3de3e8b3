//! What only a network shows: a coordinator that closes its door, and one that dies and comes back.

use super::{Cluster, Server, hasty, note};
use crate::access::{Announcement, announce};
use crate::{Access, Connection, Ending, Hello, Listener, Role, Timing, connect};
use std::net::SocketAddr;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::time::timeout;

#[tokio::test]
async fn a_listener_that_closes_tells_everybody() {
    let cluster = Cluster::new();
    let mut server = Server::start(&cluster.access(Role::Coordinator), &Timing::default());
    let (mut connections, mut peers) = (Vec::new(), Vec::new());
    for role in [Role::Worker, Role::Client] {
        let access = cluster.access(role);
        connections
            .push(connect(&server.address, &access, &Hello::new(role), &hasty()).await.expect("let in"));
        peers.push(server.next().await.expect("a peer"));
    }
    server.listener.close("good bye").await;
    for connection in connections {
        assert_eq!(connection.closed().await, Ending::ClosedByPeer("good bye".into()));
    }
    assert!(server.listener.accept().await.is_none());
}

#[tokio::test]
async fn leaving_is_quick() {
    let cluster = Cluster::new();
    let mut server = Server::start(&cluster.access(Role::Coordinator), &Timing::default());
    let access = cluster.access(Role::Client);
    let connection =
        connect(&server.address, &access, &Hello::new(Role::Client), &hasty()).await.expect("let in");
    let peer = server.next().await.expect("a peer").connection;
    let started = Instant::now();
    connection.close("done").await;
    assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
    assert_eq!(peer.closed().await, Ending::ClosedByPeer("done".into()));
}

#[tokio::test]
async fn a_successor_takes_the_port_of_a_coordinator_that_was_killed() {
    let cluster = Cluster::new();
    let access = cluster.access(Role::Coordinator);
    let bind =
        |port| Listener::bind_again(([127, 0, 0, 1], port).into(), &cluster.directory(), &access, &hasty());
    let first = bind(0).expect("a free port");
    let address = first.local_addr();
    announce(&cluster.directory(), &Announcement::new(vec![address.to_string()], 1)).expect("written");
    assert_ne!(bind(0).expect("another, as it is taken").local_addr(), address);
    first.close("").await;
    drop(first);
    let successor = loop {
        // The system gives the port back once the transport has let go of its socket.
        tokio::task::yield_now().await;
        let successor = bind(0).expect("a free port");
        if successor.local_addr() == address {
            break successor;
        }
    };
    bind(address.port()).expect_err("a port that was asked for is not replaced by another");
    drop(successor);
}

/// A coordinator in a thread and runtime of its own, which dies without a word when it is told to. Before, it lets one
/// peer in and hears one note.
struct Mortal {
    address: SocketAddr,
    heard: oneshot::Receiver<()>,
    die: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Mortal {
    async fn start(cluster: &Cluster) -> Mortal {
        let access = cluster.access(Role::Coordinator);
        let (bound, address) = oneshot::channel();
        let (hear, heard) = oneshot::channel();
        let (die, dying) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.spawn(hear_one_note(access, bound, hear));
            runtime.block_on(dying).expect("the test kills it");
            // Nothing runs any more when the runtime is dropped, so no good-bye is sent.
        });
        Mortal { address: address.await.expect("bound"), heard, die, thread }
    }

    /// Connects, and is heard.
    async fn befriend(&mut self, cluster: &Cluster, timing: &Timing) -> Connection {
        let access = cluster.access(Role::Worker);
        let connection = connect(&self.address.to_string(), &access, &Hello::new(Role::Worker), timing).await;
        let connection = connection.expect("let in");
        let (mut sender, _receiver) = connection.open().await.expect("open");
        sender.send(&note(1)).await.expect("sent");
        (&mut self.heard).await.expect("heard");
        connection
    }

    fn kill(self) {
        self.die.send(()).expect("it lives");
        self.thread.join().expect("it died in peace");
    }
}

async fn hear_one_note(access: Access, bound: oneshot::Sender<SocketAddr>, heard: oneshot::Sender<()>) {
    let listener =
        Listener::bind(([127, 0, 0, 1], 0).into(), &access, &Timing::default()).expect("a free port");
    bound.send(listener.local_addr()).expect("the test waits");
    let peer = listener.accept().await.expect("a knock").handshake().await.expect("let in");
    let (_sender, mut receiver) = peer.connection.accept().await.expect("a stream");
    assert_eq!(receiver.recv().await.expect("received"), Some(note(1)));
    heard.send(()).expect("the test waits");
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_coordinator_that_came_back_on_its_port_is_recognized_at_once() {
    let cluster = Cluster::new();
    let timing = Timing { idle_timeout: Duration::from_secs(60), ..hasty() };
    let mut mortal = Mortal::start(&cluster).await;
    let address = mortal.address;
    let connection = mortal.befriend(&cluster, &timing).await;
    mortal.kill();
    let _second =
        Listener::bind(address, &cluster.access(Role::Coordinator), &timing).expect("the port is free");
    let ending = timeout(Duration::from_secs(5), connection.closed()).await;
    assert_eq!(ending.expect("long before the idle timeout"), Ending::Forgotten);
}

#[tokio::test]
async fn a_peer_that_falls_silent_is_lost_after_the_idle_timeout() {
    let cluster = Cluster::new();
    let timing = Timing { idle_timeout: Duration::from_millis(500), ..hasty() };
    let mut mortal = Mortal::start(&cluster).await;
    let connection = mortal.befriend(&cluster, &timing).await;
    let held = timeout(Duration::from_secs(1), connection.closed()).await;
    assert!(held.is_err(), "keep-alive holds an idle connection for longer than the idle timeout");
    mortal.kill();
    let ending = timeout(Duration::from_secs(5), connection.closed()).await;
    assert_eq!(ending.expect("lost"), Ending::Silent);
}
