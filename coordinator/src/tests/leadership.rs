//! A coordinator on a network and its store: signs of life, silence without a store, a standby, and its bases.

use super::embedded::{LIMIT, answer, submit, succeed_at_everything, worker};
use crate::{Coordinator, Network, Options, Store, stand_by, start};
use godwit_common::message::client::{Refusal, RefusalKind};
use godwit_common::message::{Request, Response};
use godwit_common::settings::{CoordinatorSettings, StoreSettings};
use godwit_common::time::Time;
use godwit_coordinator_core::action::Notice;
use godwit_transport::access::create_or_load;
use godwit_transport::{Listener, Role, Timing};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc;

const ALIVE_PERIOD: Duration = Duration::from_millis(50);
const STANDBY_TIMEOUT: Duration = Duration::from_millis(500);

fn store_settings() -> StoreSettings {
    StoreSettings { alive_period: ALIVE_PERIOD, standby_timeout: STANDBY_TIMEOUT, ..StoreSettings::default() }
}

fn store(folder: &TempDir) -> Store {
    let url = format!("file://{}/state", folder.path().display());
    Store::open(&url, &store_settings()).expect("a new folder")
}

/// A coordinator with an open door.
async fn leader(folder: &TempDir, store: &Store) -> (Coordinator, mpsc::Receiver<Notice>) {
    let directory = folder.path().join("access");
    let access = create_or_load(&directory).expect("an access directory");
    let listener =
        Listener::bind(([127, 0, 0, 1], 0).into(), &access, &Timing::default()).expect("a free port");
    let network = Network {
        addresses: vec![listener.local_addr().to_string()],
        listener: Arc::new(listener),
        access: directory,
        credentials_expire: Time(0),
        alive_period: ALIVE_PERIOD,
        standby_timeout: STANDBY_TIMEOUT,
    };
    let settings = CoordinatorSettings {
        reattach_window: Duration::from_millis(50),
        base_log_bytes: 1,
        ..CoordinatorSettings::default()
    };
    let (notices, told) = mpsc::channel(64);
    let options =
        Options { settings, store: store.clone(), network: Some(network), notices, accept_loss_after: None };
    (start(options).await.expect("it starts"), told)
}

async fn eventually(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let looking = async {
        while !look().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, looking).await.unwrap_or_else(|_| panic!("waited in vain for {what}"));
}

/// As a disk does that is not mounted any more.
fn take_away(log: &Path) {
    fs::rename(log, log.with_extension("away")).expect("renamed");
    fs::write(log, "in the way").expect("written");
}

fn bring_back(log: &Path) {
    fs::remove_file(log).expect("removed");
    fs::rename(log.with_extension("away"), log).expect("renamed");
}

#[tokio::test]
async fn a_leader_without_its_store_says_nothing_but_that() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder);
    let (coordinator, _told) = leader(&folder, &store).await;
    let client = coordinator.connect(Role::Client);
    let id = submit(&client, 1).await;
    let log = folder.path().join("state/log");
    take_away(&log);
    eventually("a refusal", async || {
        let asked = tokio::time::timeout(LIMIT, answer(&client, Request::Status(id)));
        match asked.await.expect("an answer") {
            Response::Refused(Refusal { kind: RefusalKind::Infrastructure, sentence }) => {
                assert!(sentence.contains("cannot tell whether it still leads"), "{sentence}");
                true
            }
            _ => false,
        }
    })
    .await;
    let Response::Coordinator(view) = answer(&client, Request::Coordinator).await else { panic!("a view") };
    assert!(view.store_trouble.is_some(), "it says what is wrong");
    let (_connection, _sender, mut receiver) = worker(&coordinator).await;
    let word =
        tokio::time::timeout(STANDBY_TIMEOUT, receiver.recv::<godwit_common::message::worker::ToWorker>());
    assert!(word.await.is_err(), "a worker is told nothing");
    bring_back(&log);
    eventually("an answer", async || {
        matches!(answer(&client, Request::Status(id)).await, Response::Workflow(_))
    })
    .await;
}

#[tokio::test]
async fn a_standby_waits_for_as_long_as_there_are_signs_of_life() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder);
    let (first, _told) = leader(&folder, &store).await;
    let (notices, mut told) = mpsc::channel(64);
    let (watched, settings) = (store.clone(), store_settings());
    let standby = tokio::spawn(async move { stand_by(&watched, &settings, &notices).await });
    tokio::time::sleep(STANDBY_TIMEOUT * 3).await;
    assert!(!standby.is_finished(), "the leader lives");
    let seen = told.recv().await.expect("it says what it sees").sentence;
    let name = format!("standing by for epoch 1 of {}", hostname());
    assert!(seen.starts_with(&name) && seen.contains(first.address()), "{seen}");
    first.handle().stop().await;
    first.wait().await.expect("an orderly end");
    let ended = tokio::time::timeout(LIMIT, standby).await.expect("the silence is noticed");
    ended.expect("no panic").expect("the store is well");
    let (second, _told) = leader(&folder, &store).await;
    assert_eq!(second.epoch().0, 2);
}

fn hostname() -> String {
    nix::unistd::gethostname().expect("a name").to_string_lossy().into_owned()
}

#[tokio::test]
async fn an_old_leader_ends_and_names_its_successor() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder);
    let (first, _told) = leader(&folder, &store).await;
    let (second, _told) = leader(&folder, &store).await;
    // It has nothing to write, and finds out all the same.
    let error = tokio::time::timeout(LIMIT, first.wait()).await.expect("it looks").expect_err("it is fenced");
    assert!(error.is_fenced());
    let sentence = error.to_string();
    assert!(sentence.contains("epoch 2 of ") && sentence.contains(second.address()), "{sentence}");
}

#[tokio::test]
async fn bases_are_made_beside_the_run_and_a_start_uses_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(&folder);
    let (first, _told) = leader(&folder, &store).await;
    let client = first.connect(Role::Client);
    let id = submit(&client, 50).await;
    let (_connection, mut sender, mut receiver) = worker(&first).await;
    let work = succeed_at_everything(&mut sender, &mut receiver, 50);
    tokio::time::timeout(LIMIT, work).await.expect("all outcomes are kept");
    eventually("a base", async || !store.list_all("base/").await.expect("a listing").is_empty()).await;
    first.handle().stop().await;
    first.wait().await.expect("an orderly end");
    let (second, _told) = leader(&folder, &store).await;
    let client = second.connect(Role::Client);
    let Response::Workflow(view) = answer(&client, Request::Status(id)).await else { panic!("a workflow") };
    assert_eq!(view.counts.succeeded, 50);
}
