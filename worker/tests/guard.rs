//! Workers and guards that are killed.

mod support;

use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use support::*;

/// A task that leaves nothing undone to survive: a group, a session of its own, a grandchild without parent, a child
/// with an empty environment.
const HARDY: &str = "
    trap '' TERM HUP
    echo $$ >> pids
    sleep 1000 & echo $! >> pids
    setsid sh -c 'echo $$ >> pids; sleep 1000 & echo $! >> pids; wait' &
    (setsid sh -c 'trap \"\" TERM; echo $$ >> pids; while :; do sleep 1; done' &)
    env -i sh -c 'echo $$ >> pids; sleep 1000; :' &
    while :; do sleep 0.1; done";

fn worker(folder: &Path) -> Child {
    let mut command = Command::new(helper());
    command.arg("worker").arg(folder).arg(HARDY);
    command.spawn().expect("the helper starts")
}

fn kill(pid: u32) {
    let killed = Command::new("kill")
        .arg("-KILL")
        .arg(pid.to_string())
        .status()
        .expect("kill is there");
    assert!(killed.success());
}

/// The guard among the children of a worker.
fn guard_of(worker: u32) -> Option<u32> {
    let children = std::fs::read_to_string(format!("/proc/{worker}/task/{worker}/children")).ok()?;
    let mut pids = children
        .split_ascii_whitespace()
        .filter_map(|pid| pid.parse().ok());
    pids.find(|pid| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        is_alive(*pid) && line.starts_with(b"godwit-guard\0")
    })
}

async fn until(mut is_so: impl FnMut() -> bool, patience: Duration) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < patience, "it does not come to pass");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn nothing_survives_a_killed_worker_for_two_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let mut worker = worker(folder.path());
    let pids = pids_in(&folder.path().join("pids"), 6).await;
    assert!(pids.iter().all(|pid| is_alive(*pid)));
    let guard = guard_of(worker.id()).expect("there is a guard");
    worker.kill().unwrap();
    worker.wait().unwrap();
    until(|| pids.iter().all(|pid| !is_alive(*pid)), Duration::from_secs(2)).await;
    until(|| !is_alive(guard), Duration::from_secs(2)).await;
}

#[tokio::test]
async fn a_killed_guard_is_replaced_by_one_that_knows_what_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mut worker = worker(folder.path());
    let pids = pids_in(&folder.path().join("pids"), 6).await;
    let first = guard_of(worker.id()).expect("there is a guard");
    kill(first);
    until(
        || guard_of(worker.id()).is_some_and(|guard| guard != first),
        Duration::from_secs(5),
    )
    .await;
    assert!(pids.iter().all(|pid| is_alive(*pid)));
    worker.kill().unwrap();
    worker.wait().unwrap();
    until(|| pids.iter().all(|pid| !is_alive(*pid)), Duration::from_secs(2)).await;
}
