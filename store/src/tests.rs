//! The driver on a real folder and in memory. Servers are in `tests/`.

use crate::{Error, Store};
use godwit_checkpoint::limits::OBJECT_BYTES_MAX;
use godwit_checkpoint::{Answer, Operation};
use godwit_common::settings::{Fencing, StoreSettings};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

fn open(url: &str) -> Result<Store, Error> {
    Store::open(url, &StoreSettings::default())
}

async fn perform(store: &Store, operation: Operation) -> Answer {
    store.perform(operation).await.expect("the disk keeps what is written")
}

fn create(key: &str, body: &'static [u8]) -> Operation {
    Operation::Create { key: key.to_owned(), body: body.into() }
}

fn replace(key: &str, body: &'static [u8]) -> Operation {
    Operation::Replace { key: key.to_owned(), body: body.into() }
}

fn delete(key: &str) -> Operation {
    Operation::Delete { key: key.to_owned() }
}

fn get(key: &str) -> Operation {
    Operation::Get { key: key.to_owned() }
}

fn found(body: &'static [u8]) -> Answer {
    Answer::Found(body.into())
}

async fn check_semantics(store: &Store) {
    store.prepare().await.expect("it can be depended on");
    assert_eq!(perform(store, get("log/1/2")).await, Answer::Missing);
    assert_eq!(perform(store, create("log/1/2", b"a")).await, Answer::Created);
    assert_eq!(perform(store, create("log/1/2", b"b")).await, Answer::AlreadyExists);
    assert_eq!(perform(store, get("log/1/2")).await, found(b"a"));
    assert_eq!(perform(store, create("log/1/3", b"c")).await, Answer::Created);
    let list =
        |after: Option<&str>| Operation::List { prefix: "log/".to_owned(), after: after.map(str::to_owned) };
    let Answer::Listed(mut keys) = perform(store, list(None)).await else { panic!("a listing") };
    keys.sort();
    assert_eq!(keys, ["log/1/2", "log/1/3"]);
    assert_eq!(perform(store, list(Some("log/1/2"))).await, Answer::Listed(vec!["log/1/3".to_owned()]));
    assert_eq!(perform(store, replace("log/1/3", b"longer")).await, Answer::Replaced);
    assert_eq!(perform(store, get("log/1/3")).await, found(b"longer"));
    let entries = store.list_all("").await.expect("a listing");
    let entries: Vec<_> = entries.iter().filter(|entry| entry.key != "lock").collect();
    let shown: Vec<_> = entries.iter().map(|entry| (entry.key.as_str(), entry.size)).collect();
    assert_eq!(shown, [("log/1/2", 1), ("log/1/3", 6)]);
    assert!(entries[0].modified.0 > 0);
    assert_eq!(perform(store, delete("log/1/3")).await, Answer::Deleted);
    assert_eq!(perform(store, delete("log/1/3")).await, Answer::Deleted);
    assert_eq!(perform(store, get("log/1/3")).await, Answer::Missing);
    store.release().await;
}

#[tokio::test]
async fn all_kinds_of_store_mean_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("file://{}/deep/state", folder.path().display());
    check_semantics(&open(&url).expect("a new folder")).await;
    check_semantics(&open("memory:").expect("memory")).await;
    let locked = StoreSettings {
        fencing: Fencing::LockFile,
        alive_period: Duration::from_millis(100),
        ..StoreSettings::default()
    };
    let url = format!("file://{}/locked", folder.path().display());
    check_semantics(&Store::open(&url, &locked).expect("a new folder")).await;
}

#[tokio::test]
async fn a_folder_that_is_a_file_is_named() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let url = format!("file://{}", file.path().display());
    let error = open(&url).expect_err("not a folder");
    assert!(matches!(error, Error::Folder { .. }), "{error:?}");
    assert!(error.to_string().contains(&url), "{error}");
}

#[tokio::test]
async fn a_store_that_goes_away_is_trouble_and_not_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&format!("file://{}", folder.path().display())).expect("a folder");
    let blocked = folder.path().join("log");
    std::fs::write(&blocked, "in the way").expect("a file");
    let mode = std::fs::Permissions::from_mode(0o400);
    std::fs::set_permissions(&blocked, mode).expect("permissions");
    assert!(matches!(perform(&store, create("log/1/1", b"a")).await, Answer::Failed(_)));
}

/// A foreign file of any size costs no more memory than the largest object of ours, and cannot pass for one.
#[tokio::test]
async fn an_object_that_is_too_large_is_cut_off_behind_the_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&format!("file://{}", folder.path().display())).expect("a folder");
    let file = std::fs::File::create(folder.path().join("huge")).expect("a file");
    file.set_len(1 << 40).expect("a sparse file");
    let Answer::Found(body) = perform(&store, get("huge")).await else { panic!("it is there") };
    assert_eq!(body.len(), OBJECT_BYTES_MAX + 1);
}

#[test]
fn nothing_but_the_url_of_a_store_is_printed() {
    let store = open("memory:").expect("memory");
    assert_eq!(format!("{store:?}"), "Store { url: \"memory:\", .. }");
}
