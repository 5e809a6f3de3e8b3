//! A standby takes over, with real processes: from a leader that was killed, and from one that was stopped and comes
//! back. And a coordinator goes on where there is nothing of the cluster but its store and an exported credential.

use godwit_integration_tests::{Cluster, History, Home, Process, eventually};
use nix::sys::signal::Signal;
use std::path::Path;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// Settings with which a standby has taken over within five seconds.
const QUICK: [(&str, &str); 4] = [
    ("GODWIT__STORE__ALIVE_PERIOD", "1s"),
    ("GODWIT__STORE__STANDBY_TIMEOUT", "3s"),
    ("GODWIT__COORDINATOR__HEARTBEAT_PERIOD", "500ms"),
    ("GODWIT__COORDINATOR__HEARTBEAT_TIMEOUT", "3s"),
];

fn home() -> Home {
    let mut home = Home::new();
    for (name, value) in QUICK {
        home.set(name, value);
    }
    home
}

fn start_standby(home: &Home, arguments: &[&str], name: &str) -> Process {
    let all: Vec<&str> = ["coordinator", "start", "--standby"].iter().chain(arguments).copied().collect();
    let mut standby = Process::start(&mut home.godwit(&all), &home.path(name));
    standby.expect_output("standing by for epoch ", LIMIT);
    standby
}

/// A leader with a workflow of long tasks under way, a standby, and somebody who waits.
struct Scene {
    cluster: Cluster,
    standby: Process,
    history: History,
    waiter: Process,
    workflow: String,
    _worker: godwit_integration_tests::Worker,
}

const TASKS: usize = 12;

fn scene() -> Scene {
    let cluster = Cluster::start_in(home(), &[]);
    let standby = start_standby(&cluster.home, &[], "standby");
    let worker = cluster.start_worker("w1", &["--cpus", "4"]);
    let history = History::new(&cluster.home.work());
    let array = format!("0-{}", TASKS - 1);
    let workflow = cluster.submit(&["--array", &array, "--", "sh", "-c", &history.task("sleep 6")]);
    let mut wait = cluster.home.godwit(&["wait", "--progress", &workflow]);
    let mut waiter = Process::start(&mut wait, &cluster.home.path("wait"));
    waiter.expect_output(&format!("of {TASKS} done"), LIMIT);
    eventually(LIMIT, "running tasks", || (history.starts() == 4).then_some(()));
    Scene { cluster, standby, history, waiter, workflow, _worker: worker }
}

impl Scene {
    /// Everything ran once, those that were running under the old leader included, and whoever waited heard of it.
    fn check_the_end(mut self) {
        let ended = self.waiter.wait(LIMIT);
        assert_eq!(ended.code(), Some(0), "{}", self.waiter.printed());
        assert!(self.waiter.printed().contains("the coordinator is back"), "{}", self.waiter.printed());
        assert_eq!((self.history.starts(), self.history.ends()), (TASKS, TASKS), "adopted, not run again");
        let status = self.cluster.status(&self.workflow);
        assert_eq!(status["counts"]["succeeded"].as_u64(), Some(TASKS as u64), "{status}");
        let coordinator = self.cluster.home.json(&["coordinator", "status"]);
        assert_eq!(coordinator["epoch"].as_u64(), Some(2), "{coordinator}");
        self.standby.signal(Signal::SIGTERM);
        assert_eq!(self.standby.wait(LIMIT).code(), Some(0));
    }
}

#[test]
fn a_standby_takes_over_from_a_leader_that_was_killed() {
    let mut scene = scene();
    scene.cluster.kill_coordinator();
    scene.standby.expect_output("coordinator ready at ", LIMIT);
    scene.check_the_end();
}

#[test]
fn a_leader_that_was_stopped_says_nothing_more_and_names_its_successor() {
    let mut scene = scene();
    scene.cluster.coordinator().signal(Signal::SIGSTOP);
    scene.standby.expect_output("coordinator ready at ", LIMIT);
    let address = scene.cluster.home.json(&["coordinator", "status"])["address"].clone();
    scene.cluster.coordinator().signal(Signal::SIGCONT);
    let old = scene.cluster.coordinator();
    assert_eq!(old.wait(LIMIT).code(), Some(3), "{}", old.printed());
    let successor = format!("({}) took over the store", address.as_str().expect("an address"));
    let printed = old.printed();
    assert!(
        printed.contains("this coordinator is fenced: epoch 2 of ") && printed.contains(&successor),
        "{printed}"
    );
    scene.check_the_end();
}

#[test]
fn a_standby_ends_when_it_is_told_to_and_a_second_leader_is_pointed_to_standing_by() {
    let cluster = Cluster::start_in(home(), &[]);
    let mut standby = start_standby(&cluster.home, &[], "standby");
    let second = cluster.home.run(&["coordinator", "start"]);
    assert_eq!(second.code, 3, "{second:?}");
    assert!(second.stderr.contains("with --standby"), "{second:?}");
    standby.signal(Signal::SIGTERM);
    assert_eq!(standby.wait(LIMIT).code(), Some(0), "{}", standby.printed());
    let coordinator = cluster.home.json(&["coordinator", "status"]);
    assert_eq!(coordinator["epoch"].as_u64(), Some(1), "the standby has left no trace");
}

#[test]
fn a_standby_without_credentials_makes_no_cluster_of_its_own() {
    let home = home();
    let answer = home.run(&["coordinator", "start", "--standby"]);
    assert_eq!(answer.code, 3, "{answer:?}");
    assert!(answer.stderr.contains("'godwit access export --role coordinator'"), "{answer:?}");
    assert!(!home.path("home/default/ca.pem").exists());
}

/// Exports a credential to a file that the other home can read.
fn export(home: &Home, role: &str, to: &Path) {
    let file = to.to_str().expect("a path in UTF-8");
    let answer = home.run(&["access", "export", "--role", role, "-o", file]);
    assert_eq!(answer.code, 0, "{answer:?}");
}

#[test]
fn a_cluster_goes_on_on_another_machine_from_its_store_and_a_credential() {
    let here = home();
    let store = format!("file://{}", here.path("store").display());
    let mut cluster = Cluster::start_in(here, &["--store", &store]);
    let mut there = home();
    there.set("GODWIT__COORDINATOR__STORE", &store);
    let file = |role: &str| there.path(role);
    for role in ["coordinator", "worker", "client"] {
        export(&cluster.home, role, &file(role));
    }
    let access = |role: &str| file(role).to_str().expect("a path in UTF-8").to_owned();
    let (coordinator, worker, client) = (access("coordinator"), access("worker"), access("client"));
    let _worker = Process::start(
        &mut there.godwit(&["worker", "start", "--cpus", "2", "--access", &worker]),
        &there.path("worker-output"),
    );
    let history = History::new(&there.work());
    let workflow = cluster.submit(&["--array", "0-5", "--", "sh", "-c", &history.task("sleep 3")]);
    eventually(LIMIT, "running tasks", || (history.starts() == 2).then_some(()));
    cluster.kill_coordinator();
    // Its machine is gone, with its access directory.
    std::fs::remove_dir_all(cluster.home.path("home")).expect("removed");
    let mut second = Process::start(
        &mut there.godwit(&["coordinator", "start", "--access", &coordinator, "--store", &store]),
        &there.path("second"),
    );
    second.expect_output("coordinator ready at ", LIMIT);
    // The file names the address of the first coordinator; the store that of the second.
    let waited = there.run(&["wait", &workflow, "--access", &client, "--store", &store]);
    assert_eq!(waited.code, 0, "{waited:?}\n{}", second.printed());
    assert_eq!((history.starts(), history.ends()), (6, 6), "adopted, not run again");
    let without_store = home().run(&["coordinator", "start", "--access", &coordinator]);
    assert_eq!(without_store.code, 2, "{without_store:?}");
    assert!(without_store.stderr.contains("name it with --store"), "{without_store:?}");
}
