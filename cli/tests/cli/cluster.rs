//! A coordinator, a worker and a client, each a process of its own.

use crate::godwit::{Place, Printed};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader};
use std::process::Child;

/// A cluster in a folder of its own; it ends with the test.
struct Cluster {
    place: Place,
    coordinator: Option<Child>,
    workers: Vec<Child>,
}

impl Cluster {
    fn start() -> Cluster {
        let mut cluster = Cluster { place: Place::new(), coordinator: None, workers: Vec::new() };
        cluster.start_coordinator();
        cluster.workers.push(cluster.place.start(&["worker", "start", "--cpus", "2"]));
        cluster
    }

    /// Starts a coordinator and waits for the line that says that it is ready.
    fn start_coordinator(&mut self) {
        let mut child = self.place.start(&["coordinator", "start"]);
        let out = child.stdout.take().expect("a pipe");
        let line = BufReader::new(out).lines().next().expect("a line").expect("text");
        assert!(line.starts_with("coordinator ready at 127.0.0.1:"), "{line}");
        self.coordinator = Some(child);
    }

    fn run(&self, arguments: &[&str]) -> Printed {
        self.place.run(arguments)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for child in self.workers.iter_mut().chain(&mut self.coordinator) {
            // What has ended already needs not be ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn a_command_is_submitted_followed_and_looked_at() {
    let cluster = Cluster::start();
    let printed = cluster.run(&["submit", "--follow", "--", "sh", "-c", "echo out; echo err >&2"]).exited(0);
    assert_eq!((printed.out.as_str(), printed.err.as_str()), ("out\n", "err\n"));
    assert_eq!(cluster.run(&["logs", "1"]).exited(0).out, "out\n");
    assert_eq!(cluster.run(&["logs", "1/sh", "--stderr"]).exited(0).out, "err\n");
    let view = cluster.run(&["status", "1", "--output", "json"]).exited(0).json();
    assert_eq!(view["state"], "succeeded");
    let workers = cluster.run(&["worker", "list", "--output", "json"]).exited(0).json();
    assert_eq!(workers[0]["worker"], "w1");
    assert_eq!(cluster.run(&["list", "--output", "quiet"]).exited(0).out, "1\n");
}

#[test]
fn an_array_is_submitted_and_waited_for() {
    let cluster = Cluster::start();
    let line =
        ["submit", "--array", "5-7", "--output", "json", "--", "sh", "-c", "echo {index}; test {index} != 6"];
    let submitted = cluster.run(&line).exited(0).json();
    assert_eq!(submitted, serde_json::json!({"workflow": 1}));
    let printed = cluster.run(&["wait", "1"]).exited(1);
    assert!(printed.out.contains("  sh[6]: exit code 1 ("), "{}", printed.out);
    assert_eq!(cluster.run(&["logs", "1/sh[6]"]).exited(0).out, "6\n");
    let failed = cluster.run(&["status", "1", "--state", "failed", "--output", "quiet"]).exited(0);
    assert_eq!(failed.out, "1/sh[6]\n");
    let explained = cluster.run(&["explain", "1/sh[6]"]).exited(0);
    assert!(explained.out.starts_with("1/sh[6]: failed on w1"), "{}", explained.out);
    assert_eq!(cluster.run(&["retry", "1"]).exited(0).err, "godwit: 1 task will run again\n");
    cluster.run(&["wait", "1", "--output", "quiet"]).exited(1);
    cluster.run(&["forget", "1"]).exited(0);
    assert!(cluster.run(&["status", "1"]).exited(2).err.contains("workflow 1"));
}

#[test]
fn a_task_writes_a_file_of_its_own() {
    let cluster = Cluster::start();
    let line = ["submit", "--wait", "--stdout", "own-{workflow}.txt", "--", "echo", "mine"];
    cluster.run(&line).exited(0);
    assert_eq!(std::fs::read_to_string(cluster.place.path().join("own-1.txt")).expect("a file"), "mine\n");
    assert_eq!(cluster.run(&["logs", "1"]).exited(0).out, "mine\n");
}

#[test]
fn waiting_survives_a_coordinator_that_is_killed() {
    let mut cluster = Cluster::start();
    let shell = "until test -e go; do sleep 0.02; done";
    cluster.run(&["submit", "--", "sh", "-c", shell]).exited(0);
    let mut waiting = cluster.place.start(&["wait", "1", "--progress"]);
    let err = waiting.stderr.take().expect("a pipe");
    let mut lines = BufReader::new(err).lines().map(|line| line.expect("text"));
    assert!(lines.any(|line| line.starts_with("sh: 0 of 1 done")));
    let mut killed = cluster.coordinator.take().expect("it runs");
    killed.kill().expect("it can be killed");
    killed.wait().expect("an end");
    assert!(lines.any(|line| line.starts_with("godwit: lost the coordinator (")));
    cluster.start_coordinator();
    assert!(lines.any(|line| line == "godwit: the coordinator is back"));
    cluster.place.file("go", "");
    let printed: Printed = waiting.wait_with_output().expect("an end").into();
    printed.exited(0);
}

#[test]
fn an_interrupt_ends_the_waiting_and_not_the_workflow() {
    let cluster = Cluster::start();
    cluster.run(&["submit", "--", "sh", "-c", "until test -e go; do sleep 0.02; done"]).exited(0);
    let mut waiting = cluster.place.start(&["wait", "1", "--progress"]);
    let err = waiting.stderr.take().expect("a pipe");
    let mut lines = BufReader::new(err).lines().map(|line| line.expect("text"));
    assert!(lines.any(|line| line.starts_with("sh: 0 of 1 done")));
    kill(Pid::from_raw(waiting.id().try_into().expect("a process id")), Signal::SIGINT).expect("a process");
    assert!(lines.any(|line| line.starts_with("godwit: interrupted; workflow 1 goes on: ")));
    assert_eq!(waiting.wait().expect("an end").code(), Some(130));
    cluster.place.file("go", "");
    cluster.run(&["wait", "1"]).exited(0);
}

#[test]
fn workers_and_coordinators_end_in_good_order() {
    let mut cluster = Cluster::start();
    cluster.run(&["submit", "--wait", "--", "true"]).exited(0);
    cluster.run(&["worker", "drain", "w1"]).exited(0);
    let worker = cluster.workers.pop().expect("a worker");
    let printed: Printed = worker.wait_with_output().expect("an end").into();
    assert!(printed.exited(0).err.contains("godwit: the worker has left: "));
    assert!(cluster.run(&["worker", "show", "w7"]).exited(2).err.contains("there is no worker w7"));
    let second = cluster.run(&["coordinator", "start"]).exited(3);
    assert!(second.err.contains("already runs with "), "{}", second.err);
    let coordinator = cluster.coordinator.take().expect("it runs");
    kill(Pid::from_raw(coordinator.id().try_into().expect("a process id")), Signal::SIGTERM)
        .expect("a process");
    let printed: Printed = coordinator.wait_with_output().expect("an end").into();
    printed.exited(0);
    cluster.run(&["list"]).exited(3);
}

#[test]
fn access_is_exported_for_a_role() {
    let cluster = Cluster::start();
    cluster.run(&["access", "export", "--role", "client", "-o", "client.access"]).exited(0);
    cluster.run(&["--access", "client.access", "list"]).exited(0);
    let again = cluster.run(&["access", "export", "--role", "client", "-o", "client.access"]).exited(2);
    assert!(again.err.contains("there is a file of that name; remove it first"), "{}", again.err);
    let wrong = cluster.run(&["--access", "client.access", "worker", "start"]).exited(3);
    assert!(wrong.err.contains("it is a client's but a worker's is needed; make one with"), "{}", wrong.err);
}
