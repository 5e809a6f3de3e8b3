//! A worker that finds its coordinator over the network, wherever that is just now.

mod support;

use godwit_transport::access::{Announcement, announce, create_or_load};
use godwit_transport::{Connection, Listener, Role, Timing};
use godwit_worker::{AccessPlace, Error, Network, run};
use std::path::Path;
use std::time::{Duration, Instant};
use support::*;
use tokio::sync::mpsc;

/// A coordinator's door at a port of its own, told to all.
fn open_door(directory: &Path) -> Listener {
    let access = create_or_load(directory).expect("the directory can be made");
    let address = ([127, 0, 0, 1], 0).into();
    let listener = Listener::bind(address, &access, &Timing::default()).expect("some port is free");
    let announcement = Announcement::new(vec![listener.local_addr().to_string()], 1);
    announce(directory, &announcement).expect("it can be written");
    listener
}

async fn arrival(listener: &Listener) -> Connection {
    let knock = listener.accept().await.expect("somebody knocks");
    let peer = knock.handshake().await.expect("it is let in");
    assert_eq!(peer.role, Role::Worker);
    peer.connection
}

fn network(directory: &Path) -> Network {
    Network::new(AccessPlace::Directory(directory.to_owned()), Timing::default())
}

#[tokio::test]
async fn a_worker_follows_its_coordinator_to_another_port() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("access");
    let first = open_door(&directory);
    let (_control, controlled) = mpsc::channel(1);
    let worker = run(options(folder.path()), network(&directory), controlled);
    let script = async {
        let mut coordinator = welcome(arrival(&first).await).await;
        coordinator.give(0, 1, shell(folder.path(), "until [ -e go ]; do sleep 0.01; done")).await;
        coordinator.start(attempt(0, 0)).await;
        first.close("restarting").await;
        let second = open_door(&directory);
        let mut coordinator = welcome(arrival(&second).await).await;
        assert_eq!(coordinator.hello.live.len(), 1);
        std::fs::write(folder.path().join("go"), "").unwrap();
        assert_eq!(words(&coordinator.end().await), "succeeded");
        coordinator.quit().await;
        // The door stays open until the worker has closed its connection.
        second
    };
    let both = async { tokio::join!(worker, script) };
    let (left, _door) = tokio::time::timeout(PATIENCE, both).await.expect("it does not hang");
    assert!(left.expect("the worker begins").orderly);
}

/// As if the machine of the coordinator were dead: nobody closes the connection.
#[tokio::test]
async fn a_worker_does_not_wait_for_a_coordinator_that_was_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("access");
    let first = open_door(&directory);
    let (_control, controlled) = mpsc::channel(1);
    let worker = run(options(folder.path()), network(&directory), controlled);
    let script = async {
        let silent = welcome(arrival(&first).await).await;
        let begun = Instant::now();
        let second = open_door(&directory);
        let coordinator = welcome(arrival(&second).await).await;
        assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", begun.elapsed());
        coordinator.quit().await;
        drop(silent);
        second
    };
    let both = async { tokio::join!(worker, script) };
    let (left, _door) = tokio::time::timeout(PATIENCE, both).await.expect("it does not hang");
    assert!(left.expect("the worker begins").orderly);
}

#[tokio::test]
async fn a_worker_without_access_says_so_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("nothing");
    let (_control, controlled) = mpsc::channel(1);
    let left = run(options(folder.path()), network(&directory), controlled).await;
    let Err(Error::Connect(error)) = left else { panic!("{left:?}") };
    assert!(error.to_string().starts_with("no access directory at "), "{error}");
}
