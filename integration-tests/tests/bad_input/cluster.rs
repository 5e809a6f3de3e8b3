//! Requests that a coordinator refuses. After each, the list of workflows is what it was before.

use crate::check::Scene;
use godwit_integration_tests::{Cluster, within};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

/// The refusals of one cluster.
struct Table<'a> {
    cluster: &'a Cluster,
    scene: Scene<'a>,
}

impl<'a> Table<'a> {
    fn of(cluster: &'a Cluster) -> Table<'a> {
        Table { cluster, scene: Scene::with(cluster) }
    }

    #[track_caller]
    fn refused(&self, line: &str, sentence: &str) {
        let before = self.cluster.home.json(&["list"]);
        self.scene.refused(line, 2, sentence);
        assert_eq!(self.cluster.home.json(&["list"]), before, "godwit {line}");
    }
}

#[test]
fn what_does_not_exist() {
    let cluster = Cluster::start();
    let table = Table::of(&cluster);
    let sentence = "workflow 7 does not exist; there are no workflows";
    for line in ["status 7", "wait 7", "cancel 7", "retry 7", "forget 7", "explain 7/a", "logs 7/a"] {
        table.refused(line, sentence);
    }
    table.refused("worker show w9", "there is no worker w9; 'godwit worker list' shows those that there are");
    table.refused("worker drain w9", "worker w9 does not exist; no workers are connected");
    table.refused("worker stop w9", "worker w9 does not exist; no workers are connected");
    let sentence = "the workflow is not accepted: task 'true' needs workflow 9, which does not exist";
    table.refused("submit --after 9 -- true", sentence);
    table.refused("submit --after 9/x -- true", sentence);
    let sentence = "workflow 1 has no task 'nogroup'; its tasks are sleep";
    cluster.submit(&["--array", "0-3", "--", "sleep", "60"]);
    for line in ["logs 1/nogroup", "explain 1/nogroup[0]", "cancel 1/nogroup"] {
        table.refused(line, sentence);
    }
    let sentence = "1/sleep has no index 9; its 4 tasks have indices from 0 to 3";
    for line in ["logs 1/sleep[9]", "explain 1/sleep[9]", "cancel 1/sleep[9]"] {
        table.refused(line, sentence);
    }
    table.refused("explain 1", "'sleep' is an array of 4 tasks; name one, such as sleep[0]");
}

#[test]
fn what_is_not_the_time_for() {
    let cluster = Cluster::start();
    let table = Table::of(&cluster);
    cluster.submit(&["--name", "later", "--", "true"]);
    table.refused("logs 1", "1/later has not started yet, so it has no output");
    table.refused("forget 1", "workflow 1 has not ended: 1 task is left; cancel it first");
    let nothing = "nothing to run again: no task of workflow 1 has failed, was cancelled or was left out";
    table.scene.check("retry 1", 0, &[nothing]);
    table.scene.check("cancel 1", 0, &["1 task cancelled"]);
    table.refused("cancel 1", "workflow 1 has ended already; it was cancelled");
    let _worker = cluster.start_worker("w1", &["--cpus", "1"]);
    let done = cluster.submit(&["--", "true"]);
    assert_eq!(cluster.wait(&done).code, 0);
    table.refused("cancel 2", "workflow 2 has ended already; it succeeded");
    let nothing = "nothing to run again: no task of workflow 2 has failed, was cancelled or was left out";
    table.scene.check("retry 2", 0, &[nothing]);
    assert_eq!(cluster.status(&done)["state"], "succeeded");
}

#[test]
fn more_than_any_worker_has() {
    let cluster = Cluster::start();
    let scene = Scene::with(&cluster);
    scene.check("submit --cpus 5000 -- true", 0, &["warning: no workers are connected"]);
    let _worker = cluster.start_worker("w1", &["--cpus", "2", "--memory", "1GiB"]);
    scene.check(
        "submit --cpus 5000 -- true",
        0,
        &["warning: 1 task needs cpus = 5000, and the most that any worker has is 2 (w1)"],
    );
    scene.check(
        "submit --memory 900TiB -- true",
        0,
        &["warning: 1 task needs memory = 900 TiB, and the most that any worker has is 1 GiB (w1)"],
    );
    for (task, reason) in [("2", "cpus = 5000"), ("3", "memory = 900 TiB")] {
        let explained = cluster.home.run(&["explain", task]);
        assert_eq!(explained.code, 0, "{explained:?}");
        assert!(explained.stdout.contains(reason), "{explained:?}");
    }
    assert_eq!(cluster.status("3")["counts"]["ready"], 1, "it waits for a worker that has it");
}

#[test]
fn a_client_that_is_killed_while_it_submits() {
    let cluster = Cluster::start();
    let items: Vec<String> = (0..200_000).map(|item| format!("item-{item:020}")).collect();
    cluster.home.write("items.txt", &items.join("\n"));
    cluster.home.write("w.toml", "[[task]]\nname = \"a\"\nitems_from = \"items.txt\"\nshell = \"true\"\n");
    for round in 0..10u32 {
        let output = cluster.home.path("killed");
        let mut command = cluster.home.godwit(&["submit", "w.toml"]);
        let mut client = godwit_integration_tests::Process::start(&mut command, &output);
        // Wherever in its life the signal meets it: what is acknowledged or not is whole or not there.
        within(Duration::from_millis(u64::from(round) * 30), || None::<()>);
        client.kill();
    }
    let whole = cluster.submit(&["w.toml"]);
    let list = cluster.home.json(&["list"]);
    let list = list.as_array().expect("a list");
    for workflow in list {
        assert_eq!(workflow["counts"]["ready"], 200_000, "{workflow}");
    }
    assert_eq!(list.last().map(|last| last["workflow"].to_string()), Some(whole));
    assert!(list.len() <= 11, "no submission counts twice");
    let status = cluster.home.json(&["coordinator", "status"]);
    assert_eq!(status["epoch"], 1, "{status}");
    let _worker = cluster.start_worker("w1", &["--cpus", "1"]);
    let small = cluster.submit(&["--priority", "5", "--", "true"]);
    cluster.expect_succeeded(&small, 1, LIMIT);
}
