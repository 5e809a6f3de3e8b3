//! Loss of workers and of the coordinator, with real processes and SIGKILL.
//!
//! What happened is taken from a history that the tasks write themselves and compared with what Godwit says.
//! `GODWIT_TEST_SCALE=5` makes the two large cases five times as large: 10,000 tasks, a long task of 20 seconds.

use godwit_integration_tests::{Cluster, History, Process, Worker, alive, eventually, within};
use nix::sys::signal::Signal;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// Processes of tasks and their children are gone within this time after their worker was killed.
const ORPHAN_LIMIT: Duration = Duration::from_secs(2);

/// How many times larger the large cases are than in everyday use.
fn scale() -> u64 {
    std::env::var("GODWIT_TEST_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn cluster_of(workers: &[&str]) -> (Cluster, Vec<Worker>) {
    let cluster = Cluster::start();
    let workers = workers.iter().map(|name| cluster.start_worker(name, &["--cpus", "4"])).collect();
    (cluster, workers)
}

/// Every task succeeded, and Godwit's counts agree.
fn assert_all_succeeded(cluster: &Cluster, workflow: &str, tasks: u64) {
    let answer = cluster.wait(workflow);
    assert_eq!(answer.code, 0, "{answer:?}");
    let status = cluster.status(workflow);
    assert_eq!(status["state"], "succeeded");
    assert_eq!(status["counts"]["succeeded"].as_u64(), Some(tasks), "{status}");
}

#[test]
fn a_killed_worker_costs_only_time() {
    let (cluster, mut workers) = cluster_of(&["w1", "w2", "w3"]);
    let history = History::new(&cluster.home.work());
    let tasks = 2000 * scale();
    let array = format!("0-{}", tasks - 1);
    let workflow = cluster.submit(&["--array", &array, "--", "sh", "-c", &history.task("sleep 0.01")]);
    cluster.expect_succeeded(&workflow, tasks / 2, LIMIT);
    workers[0].process.kill();
    let _fourth = cluster.start_worker_process("w4", &["--cpus", "4"]);
    assert_all_succeeded(&cluster, &workflow, tasks);
    let ends = history.count("end");
    assert_eq!(ends.len() as u64, tasks, "each task came to its end");
    let again = history.starts() as u64 - tasks;
    assert!(again <= 16, "{again} tasks were started again, more than ran on the lost worker");
}

#[test]
fn a_killed_coordinator_loses_nothing() {
    let (mut cluster, _workers) = cluster_of(&["w1", "w2", "w3"]);
    let history = History::new(&cluster.home.work());
    let work = history.task(&format!("sleep {}", 4 * scale()));
    let long = cluster.submit(&["--name", "long", "--", "sh", "-c", &work]);
    eventually(LIMIT, "the long task", || (history.starts() > 0).then_some(()));
    let quick_history = History::new(cluster.home.as_ref());
    let tasks = 2000 * scale();
    let array = format!("0-{}", tasks - 1);
    let quick = cluster.submit(&["--array", &array, "--", "sh", "-c", &quick_history.task("sleep 0.01")]);
    cluster.expect_succeeded(&quick, tasks / 4, LIMIT);
    cluster.kill_coordinator();
    let ended_before = quick_history.ends();
    // While there is no coordinator, workers go on with what they have.
    eventually(LIMIT, "work without a coordinator", || (quick_history.ends() > ended_before).then_some(()));
    // The coordinator stays away for a while, which nothing but time can show: 3 seconds in the large case.
    let _ = within(Duration::from_millis(600 * scale()), || None::<()>);
    cluster.start_coordinator();
    assert_all_succeeded(&cluster, &quick, tasks);
    assert_all_succeeded(&cluster, &long, 1);
    assert_eq!(history.starts(), 1, "the long task ran through the crash and was adopted");
    assert_eq!(quick_history.count("end").len() as u64, tasks);
    assert_eq!(quick_history.starts() as u64, tasks, "workers kept what they had: nothing ran twice");
}

#[test]
fn an_output_that_is_followed_goes_on_with_the_next_coordinator() {
    let (mut cluster, _workers) = cluster_of(&["w1"]);
    let script = "echo before; while ! test -e go; do sleep 0.02; done; echo after";
    let printed = cluster.home.path("followed");
    let mut command = cluster.home.godwit(&["submit", "--follow", "--", "sh", "-c", script]);
    let mut follower = Process::start(&mut command, &printed);
    follower.expect_output("before\n", LIMIT);
    cluster.kill_coordinator();
    cluster.start_coordinator();
    follower.expect_output("the coordinator is back", LIMIT);
    cluster.home.write("go", "");
    assert_eq!(follower.wait(LIMIT).code(), Some(0), "{}", follower.printed());
    let lines = |word: &str| follower.printed().lines().filter(|line| *line == word).count();
    assert_eq!((lines("before"), lines("after")), (1, 1), "{}", follower.printed());
}

#[test]
fn no_child_of_a_killed_worker_lives_on() {
    let (cluster, mut workers) = cluster_of(&["w1"]);
    let script = "setsid sh -c 'echo $$ >> pids; sleep 300' & sh -c 'echo $$ >> pids; sleep 300' & \
                  echo $$ >> pids; wait";
    cluster.submit(&["--", "sh", "-c", script]);
    let pids = || -> Vec<u32> {
        let text = std::fs::read_to_string(cluster.home.work().join("pids")).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    };
    eventually(LIMIT, "three processes", || (pids().len() == 3).then_some(()));
    workers[0].process.kill();
    eventually(ORPHAN_LIMIT, "the end of all children", || {
        pids().iter().all(|pid| !alive(*pid)).then_some(())
    });
}

#[test]
fn a_terminated_worker_gives_its_tasks_back() {
    let (cluster, mut workers) = cluster_of(&["w1"]);
    let script = "echo x >> starts; test -e go || sleep 300";
    let workflow = cluster.submit(&["--", "sh", "-c", script]);
    let starts =
        || std::fs::read_to_string(cluster.home.work().join("starts")).unwrap_or_default().lines().count();
    eventually(LIMIT, "the task", || (starts() == 1).then_some(()));
    cluster.home.write("go", "");
    workers[0].process.signal(Signal::SIGTERM);
    assert_eq!(workers[0].process.wait(LIMIT).code(), Some(0), "{}", workers[0].process.printed());
    let _second = cluster.start_worker("w2", &["--cpus", "1"]);
    assert_all_succeeded(&cluster, &workflow, 1);
    assert_eq!(starts(), 2);
}

#[test]
fn a_worker_that_was_stopped_comes_back() {
    let (cluster, workers) = cluster_of(&["w1", "w2"]);
    let workflow =
        cluster.submit(&["--array", "0-399", "--", "sh", "-c", "sleep 0.05; echo $GODWIT_TASK >> done"]);
    cluster.expect_succeeded(&workflow, 40, LIMIT);
    workers[0].process.signal(Signal::SIGSTOP);
    assert_all_succeeded(&cluster, &workflow, 400);
    workers[0].process.signal(Signal::SIGCONT);
    let again = cluster.submit(&["--array", "0-99", "--", "true"]);
    assert_all_succeeded(&cluster, &again, 100);
}

#[test]
fn a_task_that_kills_its_workers_is_stopped_and_named() {
    let cluster = Cluster::start();
    let spec = "[[task]]\nname = \"poison\"\nnode_losses_max = 1\nshell = \"kill -9 $PPID; sleep 60\"\n";
    cluster.home.write("poison.toml", spec);
    let workflow = cluster.submit(&["poison.toml"]);
    for name in ["w1", "w2"] {
        let mut worker = cluster.start_worker_process(name, &["--cpus", "1"]);
        worker.process.wait(LIMIT);
    }
    let answer = cluster.wait(&workflow);
    assert_eq!(answer.code, 1, "{answer:?}");
    let status = cluster.status(&workflow);
    let error = status["failures"][0]["error"].as_str().unwrap_or_default().to_owned();
    assert!(error.contains("2 workers were lost while it ran"), "{status}");
}
