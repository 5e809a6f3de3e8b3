//! Workers and guards that are killed.

mod support;

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
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

fn worker(folder: &Path, script: &str) -> Child {
    let mut command = Command::new(helper());
    command.arg("worker").arg(folder).arg(script);
    command.stdout(Stdio::piped()).spawn().expect("the helper starts")
}

fn kill(signal: &str, pid: u32) {
    let killed = Command::new("kill").arg(signal).arg(pid.to_string()).status().expect("kill is there");
    assert!(killed.success());
}

/// The guard among the children of a worker.
fn guard_of(worker: u32) -> Option<u32> {
    let children = std::fs::read_to_string(format!("/proc/{worker}/task/{worker}/children")).ok()?;
    let mut pids = children.split_ascii_whitespace().filter_map(|pid| pid.parse().ok());
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
    let mut worker = worker(folder.path(), HARDY);
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
    let mut worker = worker(folder.path(), HARDY);
    let pids = pids_in(&folder.path().join("pids"), 6).await;
    let first = guard_of(worker.id()).expect("there is a guard");
    kill("-KILL", first);
    until(|| guard_of(worker.id()).is_some_and(|guard| guard != first), Duration::from_secs(5)).await;
    assert!(pids.iter().all(|pid| is_alive(*pid)));
    worker.kill().unwrap();
    worker.wait().unwrap();
    until(|| pids.iter().all(|pid| !is_alive(*pid)), Duration::from_secs(2)).await;
}

/// Where the kernel lets the worker have a control group of its own, not even this is out of reach: without mark,
/// group, session or parent.
#[tokio::test]
async fn nothing_hides_in_a_control_group() {
    let folder = tempfile::tempdir().unwrap();
    let hidden = "env -i setsid sh -c 'echo $$ > pids; sleep 1000; :' & sleep 1000";
    let mut worker = worker(folder.path(), hidden);
    let pids = pids_in(&folder.path().join("pids"), 1).await;
    let groups = std::fs::read_to_string(format!("/proc/{}/cgroup", pids[0])).unwrap();
    let has_own = groups.lines().any(|line| line.contains("/godwit-"));
    worker.kill().unwrap();
    worker.wait().unwrap();
    if has_own {
        until(|| !is_alive(pids[0]), Duration::from_secs(2)).await;
        return;
    }
    kill("-KILL", pids[0]);
}

#[tokio::test]
async fn a_worker_that_gets_a_signal_leaves_in_order_and_a_second_one_hurries_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut worker = worker(folder.path(), HARDY);
    let pids = pids_in(&folder.path().join("pids"), 6).await;
    let begun = Instant::now();
    kill("-TERM", worker.id());
    // The tasks do not want to go, so without the second signal this would take until they are killed.
    tokio::time::sleep(Duration::from_millis(50)).await;
    kill("-TERM", worker.id());
    let mut said = String::new();
    worker.stdout.take().expect("it is piped").read_to_string(&mut said).unwrap();
    assert!(worker.wait().unwrap().success());
    assert_eq!(said, "it was told to by SIGTERM\n");
    assert!(pids.iter().all(|pid| !is_alive(*pid)));
    assert!(begun.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn a_worker_whose_parent_ignored_the_end_of_children_hears_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' CHLD HUP; exec \"$0\" worker \"$1\" 'exit 3'"]);
    let output = command.arg(helper()).arg(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().next(), Some("exit code 3"));
}

#[tokio::test]
async fn children_from_before_the_worker_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "sleep 1000 & echo $! > \"$1/monitor\"; exec \"$0\" worker \"$1\" true"]);
    let output = command.arg(helper()).arg(folder.path()).stdout(Stdio::null()).status().unwrap();
    assert!(output.success());
    let monitor = pids_in(&folder.path().join("monitor"), 1).await[0];
    assert!(is_alive(monitor));
    kill("-KILL", monitor);
}
