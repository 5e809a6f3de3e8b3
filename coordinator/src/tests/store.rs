//! The store driver on a real folder and in memory.

use crate::{Error, Store};
use godwit_checkpoint::{Answer, Operation};
use std::os::unix::fs::PermissionsExt;

async fn perform(store: &Store, operation: Operation) -> Answer {
    store.perform(operation).await.expect("the disk keeps what is written")
}

fn create(key: &str, body: &'static [u8]) -> Operation {
    Operation::Create { key: key.to_owned(), body: body.into() }
}

fn get(key: &str) -> Operation {
    Operation::Get { key: key.to_owned() }
}

async fn check_semantics(store: &Store) {
    assert_eq!(perform(store, get("log/1/2")).await, Answer::Missing);
    assert_eq!(perform(store, create("log/1/2", b"a")).await, Answer::Created);
    assert_eq!(perform(store, create("log/1/2", b"b")).await, Answer::AlreadyExists);
    assert_eq!(perform(store, get("log/1/2")).await, Answer::Found(b"a".as_slice().into()));
    assert_eq!(perform(store, create("log/1/3", b"c")).await, Answer::Created);
    let list =
        |after: Option<&str>| Operation::List { prefix: "log/".to_owned(), after: after.map(str::to_owned) };
    let Answer::Listed(mut keys) = perform(store, list(None)).await else { panic!("a listing") };
    keys.sort();
    assert_eq!(keys, ["log/1/2", "log/1/3"]);
    assert_eq!(perform(store, list(Some("log/1/2"))).await, Answer::Listed(vec!["log/1/3".to_owned()]));
}

#[tokio::test]
async fn both_kinds_of_store_mean_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("file://{}/deep/state", folder.path().display());
    check_semantics(&Store::open(&url).expect("a new folder")).await;
    check_semantics(&Store::open("memory:").expect("memory")).await;
}

#[tokio::test]
async fn a_folder_that_is_a_file_is_named() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let url = format!("file://{}", file.path().display());
    let error = Store::open(&url).expect_err("not a folder");
    assert!(matches!(error, Error::StoreFolder { .. }), "{error:?}");
    assert!(error.to_string().contains(&url), "{error}");
}

#[tokio::test]
async fn a_store_that_goes_away_is_trouble_and_not_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&format!("file://{}", folder.path().display())).expect("a folder");
    let blocked = folder.path().join("log");
    std::fs::write(&blocked, "in the way").expect("a file");
    let mode = std::fs::Permissions::from_mode(0o400);
    std::fs::set_permissions(&blocked, mode).expect("permissions");
    assert!(matches!(perform(&store, create("log/1/1", b"a")).await, Answer::Failed(_)));
}
