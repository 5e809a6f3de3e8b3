//! An S3 server that goes away in the middle of a workflow and comes back.
//!
//! It stays away for 6 seconds, or 60 with `GODWIT_TEST_SCALE=10`.

use godwit_integration_tests::{Cluster, History, Home, Process, S3Kind, S3Server, eventually, within};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);
const TASKS: u64 = 400;

fn away() -> Duration {
    let scale = std::env::var("GODWIT_TEST_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    Duration::from_secs(6 * scale)
}

#[test]
fn what_happens_while_the_store_is_away_is_neither_lost_nor_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = S3Server::start(S3Kind::SeaweedFs, folder.path());
    let mut home = Home::new();
    server.variables().iter().for_each(|(name, value)| home.set(name, value));
    let history = History::new(&home.work());
    let mut cluster = Cluster::start_in(home, &["--store", &server.url("away")]);
    let _worker = cluster.start_worker("worker", &["--cpus", "4"]);
    let last = format!("0-{}", TASKS - 1);
    let workflow = cluster.submit(&["--array", &last, "--", "sh", "-c", &history.task("sleep 0.05")]);
    cluster.expect_succeeded(&workflow, TASKS / 10, LIMIT);
    server.kill();
    let trouble =
        || cluster.home.json(&["coordinator", "status"])["store_trouble"].as_str().map(str::to_owned);
    eventually(LIMIT, "the trouble in the status", &trouble);
    let before = history.ends();
    eventually(LIMIT, "tasks that go on", || (history.ends() > before).then_some(()));
    let output = cluster.home.path("submitted");
    let mut command = cluster.home.godwit(&["submit", "--output", "json", "--", "true"]);
    let mut early = Process::start(&mut command, &output);
    // Only time can show that nothing is acknowledged while the store is away.
    let _ = within(away(), || early.printed().contains("workflow\"").then_some(()));
    assert!(!early.printed().contains("workflow\""), "acknowledged early: {}", early.printed());
    server.start_again();
    let answer = cluster.wait(&workflow);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(early.wait(LIMIT).code(), Some(0), "{}", early.printed());
    assert_eq!(history.ends() as u64, TASKS, "every task ended once");
    assert_eq!(history.starts() as u64, TASKS, "no task ran twice");
    let told = cluster.coordinator().printed();
    assert!(told.contains("cannot write to the store") && told.contains("the store works again"), "{told}");
    // What was acknowledged is in the store.
    cluster.kill_coordinator();
    cluster.start_coordinator();
    assert_eq!(cluster.status(&workflow)["counts"]["succeeded"].as_u64(), Some(TASKS));
}
