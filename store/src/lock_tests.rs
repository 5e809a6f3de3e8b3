//! Two that want one lock file.

use super::*;
use crate::Store;
use godwit_checkpoint::Operation;
use godwit_common::settings::Fencing;
use tempfile::TempDir;

fn store(folder: &TempDir) -> Store {
    let settings = StoreSettings {
        fencing: Fencing::LockFile,
        alive_period: Duration::from_millis(50),
        standby_timeout: Duration::from_millis(400),
        ..StoreSettings::default()
    };
    Store::open(&format!("file://{}", folder.path().display()), &settings).expect("a folder")
}

async fn create(store: &Store, key: &str) -> Result<Answer, Error> {
    store.perform(Operation::Create { key: key.to_owned(), body: Bytes::from_static(b"x") }).await
}

#[tokio::test]
async fn a_second_one_is_refused_while_the_first_refreshes_the_lock() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (store(&folder), store(&folder));
    first.prepare().await.expect("nobody is there");
    let error = second.prepare().await.expect_err("somebody is there");
    let pid = std::process::id();
    assert!(
        matches!(&error, Error::Locked { owner, .. } if owner.starts_with(&format!("process {pid} on ")))
    );
    first.release().await;
    second.prepare().await.expect("it was given back");
    assert_eq!(create(&second, "a").await.expect("it is ours"), Answer::Created);
}

#[tokio::test]
async fn a_silent_owner_is_replaced_and_finds_out_before_it_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (store(&folder), store(&folder));
    first.prepare().await.expect("nobody is there");
    first.stop_refreshing();
    second.prepare().await.expect("the first was silent");
    let error = create(&first, "a").await.expect_err("it is not ours any more");
    assert!(matches!(error, Error::LockLost { .. }), "{error:?}");
    assert_eq!(create(&second, "a").await.expect("it is ours"), Answer::Created);
    assert_eq!(create(&second, "a").await.expect("it is ours"), Answer::AlreadyExists);
}

#[tokio::test]
async fn of_two_that_start_at_once_one_goes_on_at_most() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (store(&folder), store(&folder));
    let (one, two) = tokio::join!(first.prepare(), second.prepare());
    assert!(one.is_err() || two.is_err(), "both have it");
}

#[tokio::test]
async fn a_foreign_lock_file_is_somebody_who_is_silent() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("lock"), "by hand").expect("a file");
    store(&folder).prepare().await.expect("it does not change");
}
