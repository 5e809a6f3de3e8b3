//! The access directory: what is made, who may read it, and what is said of one that is not as it should be.

use super::{Cluster, mode, set_mode};
use crate::access::{
    Access, Announcement, Authority, Validity, announce, create_or_load, export, import, lock,
    read_announcement, withdraw,
};
use crate::{Error, Role};
use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::path::Path;

#[track_caller]
fn check<T: std::fmt::Debug>(result: Result<T, Error>, expected: &str) {
    let error = result.expect_err("this must be refused");
    assert!(error.is_final(), "{error}");
    let sentence = error.to_string();
    assert!(sentence.contains(expected), "{sentence}");
}

#[test]
fn everything_is_private_and_valid_for_years() {
    let cluster = Cluster::new();
    assert_eq!(mode(&cluster.directory()), 0o700);
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(cluster.directory()).expect("readable") {
        let entry = entry.expect("an entry");
        assert_eq!(mode(&entry.path()), 0o600, "{entry:?}");
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    let expected = ["access.lock", "ca-key.pem", "ca.pem", "client.pem", "coordinator.pem", "worker.pem"];
    assert_eq!(names, expected);
    for role in Role::ALL {
        let access = cluster.access(role);
        assert_eq!(access.role(), role);
        assert!((728..=730).contains(&access.days_left()), "{}", access.days_left());
        access
            .require_valid(Timestamp::now() - SignedDuration::from_hours(23))
            .expect("a clock may be a day behind");
    }
}

#[test]
fn a_second_start_keeps_the_cluster_and_its_keys() {
    let cluster = Cluster::new();
    let before = fs::read(cluster.directory().join("worker.pem")).expect("readable");
    let id = cluster.access(Role::Worker).cluster();
    assert_eq!(create_or_load(&cluster.directory()).expect("loads").cluster(), id);
    assert_eq!(fs::read(cluster.directory().join("worker.pem")).expect("readable"), before);
}

#[test]
fn a_credential_near_its_end_is_renewed_if_the_key_is_there() {
    let cluster = Cluster::new();
    replace(&cluster, Role::Worker, 60);
    assert!(cluster.access(Role::Worker).days_left() < 90);
    let key = cluster.directory().join("ca-key.pem");
    let away = cluster.home.path().join("safe");
    fs::rename(&key, &away).expect("moved");
    create_or_load(&cluster.directory()).expect("loads without the key");
    assert!(cluster.access(Role::Worker).days_left() < 90);
    fs::rename(&away, &key).expect("moved back");
    create_or_load(&cluster.directory()).expect("renews");
    assert!(cluster.access(Role::Worker).days_left() > 700);
}

/// Replaces the credential of `role` by one that is valid from `days - 30` to `days` from now.
pub(super) fn replace(cluster: &Cluster, role: Role, days: i64) {
    let path = |name: &str| cluster.directory().join(name);
    let found = cluster.access(Role::Coordinator);
    let key = fs::read_to_string(path("ca-key.pem")).expect("readable");
    let at = |days: i64| Timestamp::now() + SignedDuration::from_hours(24 * days);
    let validity = Validity { not_before: at(days - 30), not_after: at(days) };
    let authority = Authority::load(found.cluster(), validity, &key).expect("an authority");
    let credential = authority.issue_valid(role, validity).expect("a credential");
    fs::write(path(&format!("{role}.pem")), credential).expect("written");
}

#[test]
fn what_is_missing_or_open_to_others_is_refused() {
    let cluster = Cluster::new();
    let directory = cluster.directory();
    check(
        Access::load(Path::new("/nowhere/at/all"), Role::Client),
        "no access directory at /nowhere/at/all; start",
    );
    check(
        read_announcement(Path::new("/nowhere")),
        "with 'godwit coordinator start', or name one with --access",
    );
    set_mode(&directory, 0o750);
    check(Access::load(&directory, Role::Client), "is open to other users (mode 750); run 'chmod 700 ");
    check(create_or_load(&directory), "chmod 700");
    set_mode(&directory, 0o700);
    set_mode(&directory.join("client.pem"), 0o640);
    check(
        Access::load(&directory, Role::Client),
        "client.pem is open to other users (mode 640); run 'chmod 600 ",
    );
    set_mode(&directory.join("client.pem"), 0o400);
    assert!(Access::load(&directory, Role::Client).is_ok());
    fs::remove_file(directory.join("client.pem")).expect("removed");
    check(Access::load(&directory, Role::Client), "there is none; start a coordinator");
    fs::remove_file(directory.join("ca.pem")).expect("removed");
    check(Access::load(&directory, Role::Worker), "no access directory at");
}

#[test]
fn damaged_and_foreign_credentials_are_refused() {
    let (cluster, other) = (Cluster::new(), Cluster::new());
    let path = cluster.directory().join("worker.pem");
    fs::write(&path, "nonsense").expect("written");
    check(
        Access::load(&cluster.directory(), Role::Worker),
        "its certificate is damaged or missing; export it again, or",
    );
    fs::copy(cluster.directory().join("client.pem"), &path).expect("copied");
    check(
        Access::load(&cluster.directory(), Role::Worker),
        "it is a client's but a worker's is needed; make one",
    );
    fs::copy(other.directory().join("worker.pem"), &path).expect("copied");
    check(
        Access::load(&cluster.directory(), Role::Worker),
        "of another cluster than the authority beside it",
    );
    fs::copy(cluster.directory().join("ca.pem"), &path).expect("copied");
    check(
        Access::load(&cluster.directory(), Role::Worker),
        "its key is damaged or missing; export it again, or",
    );
}

#[test]
fn a_start_replaces_credentials_of_an_authority_that_is_gone() {
    let cluster = Cluster::new();
    fs::remove_file(cluster.directory().join("ca.pem")).expect("removed");
    let id = create_or_load(&cluster.directory()).expect("made anew").cluster();
    assert_eq!(cluster.access(Role::Worker).cluster(), id);
}

#[test]
fn out_of_date_credentials_are_refused_before_they_are_used() {
    let cluster = Cluster::new();
    replace(&cluster, Role::Worker, -1);
    check(cluster.access(Role::Worker).require_valid(Timestamp::now()), "worker.pem: it expired at ");
    replace(&cluster, Role::Worker, 60);
    check(cluster.access(Role::Worker).require_valid(Timestamp::now()), "but the clock here says");
}

#[test]
fn an_exported_file_is_all_that_a_machine_needs() {
    let cluster = Cluster::new();
    let announcement = Announcement::new(vec!["login1:4433".into()], 3);
    announce(&cluster.directory(), &announcement).expect("written");
    let path = cluster.home.path().join("worker.access");
    fs::write(&path, export(&cluster.directory(), Role::Worker).expect("exported")).expect("written");
    set_mode(&path, 0o644);
    check(Access::from_file(&path), "run 'chmod 600 ");
    set_mode(&path, 0o600);
    let access = Access::from_file(&path).expect("loads");
    assert_eq!(access.role(), Role::Worker);
    assert_eq!(access.cluster(), cluster.access(Role::Worker).cluster());
    assert_eq!(access.addresses(), ["login1:4433"]);
    check(access.require(Role::Client), "it is a worker's but a client's is needed");
    let text = fs::read_to_string(&path).expect("readable");
    fs::write(&path, text.replace("\"godwit_access\": 1", "\"godwit_access\": 2")).expect("written");
    check(Access::from_file(&path), "format 2 but this version reads format 1");
    fs::write(&path, &text[..text.len() / 2]).expect("written");
    check(
        Access::from_file(&path),
        "it is not a whole file that 'godwit access export' of this version wrote",
    );
}

#[test]
fn an_announcement_is_withdrawn_by_its_own_coordinator_only() {
    let cluster = Cluster::new();
    let directory = cluster.directory();
    assert_eq!(read_announcement(&directory).expect("readable"), None);
    let old = Announcement::new(vec!["a:1".into()], 1);
    let new = Announcement::new(vec!["a:2".into(), "b:2".into()], 2);
    announce(&directory, &old).expect("written");
    announce(&directory, &new).expect("written");
    withdraw(&directory, &old).expect("looked at");
    assert_eq!(read_announcement(&directory).expect("readable"), Some(new.clone()));
    withdraw(&directory, &new).expect("removed");
    assert_eq!(read_announcement(&directory).expect("readable"), None);
}

#[test]
fn two_coordinators_on_one_directory_are_refused() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let directory = home.path().join("a/b");
    let held = lock(&directory).expect("the first gets it");
    assert_eq!(mode(&directory), 0o700);
    assert_eq!(mode(&directory.join("coordinator.lock")), 0o600);
    check(lock(&directory), &format!("another coordinator (process {} on ", std::process::id()));
    drop(held);
    lock(&directory).expect("it is free again");
}

/// A coordinator's file, and a directory that is not there yet.
fn exported(cluster: &Cluster) -> (std::path::PathBuf, std::path::PathBuf) {
    let file = cluster.home.path().join("coordinator.access");
    fs::write(&file, export(&cluster.directory(), Role::Coordinator).expect("exported")).expect("written");
    set_mode(&file, 0o600);
    (file, cluster.home.path().join("elsewhere"))
}

#[test]
fn a_coordinators_file_makes_a_whole_access_directory() {
    let cluster = Cluster::new();
    let (file, directory) = exported(&cluster);
    import(&file, &directory).expect("imported");
    for name in ["ca.pem", "ca-key.pem", "client.pem", "coordinator.pem", "worker.pem"] {
        let read = |folder: &Path| fs::read(folder.join(name)).expect("readable");
        assert_eq!(read(&directory), read(&cluster.directory()), "{name}");
        assert_eq!(mode(&directory.join(name)), 0o600, "{name}");
    }
    assert_eq!(create_or_load(&directory).expect("loads").cluster(), cluster.access(Role::Client).cluster());
    import(&file, &directory).expect("what is there stays");
}

#[test]
fn a_directory_of_another_cluster_and_a_file_of_another_role_are_left_alone() {
    let (cluster, other) = (Cluster::new(), Cluster::new());
    let (file, _) = exported(&cluster);
    let before = fs::read(other.directory().join("ca.pem")).expect("readable");
    check(import(&file, &other.directory()), "it is of another cluster than the access directory ");
    assert_eq!(fs::read(other.directory().join("ca.pem")).expect("readable"), before);
    let worker = cluster.home.path().join("worker.access");
    fs::write(&worker, export(&cluster.directory(), Role::Worker).expect("exported")).expect("written");
    set_mode(&worker, 0o600);
    check(
        import(&worker, &cluster.home.path().join("new")),
        "it is a worker's but a coordinator's is needed",
    );
}
