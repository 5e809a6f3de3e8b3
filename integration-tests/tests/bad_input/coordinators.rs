//! Coordinators that are not there, and those that cannot start beside one that is.

use crate::check::Scene;
use godwit_integration_tests::{Cluster, Home};

#[test]
fn none_is_running() {
    let home = Home::new();
    let scene = Scene::of(&home);
    let sentence = "no coordinator is running for cluster 'default' (there is no access directory \
                    [HOME]/home/default); start one with 'godwit coordinator start'";
    let lines = ["list", "status 1", "wait 1", "cancel 1", "retry 1", "forget 1", "explain 1/a", "logs 1/a"];
    for line in
        lines.into_iter().chain(["worker list", "coordinator status", "coordinator stop", "submit -- true"])
    {
        scene.refused(line, 3, sentence);
    }
    scene.refused(
        "--cluster lab list",
        3,
        "no coordinator is running for cluster 'lab' (there is no access directory [HOME]/home/lab); start one with \
         'godwit coordinator start --cluster lab'",
    );
    let sentence = "no access directory at [HOME]/home/default; start a coordinator there first with 'godwit \
                    coordinator start', or name one with --access";
    for line in ["worker start", "access list", "access export --role client"] {
        scene.refused(line, 3, sentence);
    }
    scene.refused(
        "--access nowhere list",
        3,
        "no coordinator is running for cluster 'default' (there is no access directory [HOME]/work/nowhere); start \
         one with 'godwit coordinator start'",
    );
    assert!(!home.path("home").exists(), "nothing was made");
}

#[test]
fn it_was_killed_or_has_ended() {
    let mut cluster = Cluster::start();
    let address = cluster.home.json(&["coordinator", "status"])["address"].as_str().expect("text").to_owned();
    cluster.kill_coordinator();
    let scene = Scene::of(&cluster.home).masking(address, "[ADDRESS]");
    scene.refused(
        "list",
        3,
        "no coordinator is running for cluster 'default' (cannot reach a coordinator at [ADDRESS]: nothing listens \
         there); start one with 'godwit coordinator start'",
    );
    cluster.start_coordinator();
    let scene = Scene::of(&cluster.home);
    scene.check("coordinator stop", 0, &[]);
    let limit = std::time::Duration::from_secs(20);
    let gone = "no coordinator is running for cluster 'default' (none has announced itself in [HOME]/home/default); \
                start one with 'godwit coordinator start'";
    let announcement = cluster.home.path("home/default/coordinator.json");
    godwit_integration_tests::eventually(limit, "its farewell", || (!announcement.exists()).then_some(()));
    scene.refused("list", 3, gone);
}

#[test]
fn a_second_one_with_the_same_access_directory() {
    let cluster = Cluster::start();
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("a name").trim().to_owned();
    let scene = Scene::with(&cluster).masking(format!(" on {host})"), " on [HOST])");
    scene.refused(
        "coordinator start",
        3,
        "another coordinator (process [PID] on [HOST]) already runs with [HOME]/home/default; stop it with 'godwit \
         coordinator stop', let this one wait for its end with --standby, or start this one for another cluster with \
         --cluster NAME",
    );
    assert_eq!(cluster.home.json(&["coordinator", "status"])["epoch"], 1, "the first one reigns on");
}

#[test]
fn a_second_one_on_the_same_port() {
    let cluster = Cluster::start();
    let address = cluster.home.json(&["coordinator", "status"])["address"].as_str().expect("text").to_owned();
    let scene = Scene::with(&cluster);
    scene.refused(
        &format!("--cluster other coordinator start --listen {address}"),
        3,
        "cannot listen on 127.0.0.1:[PORT]: another program has this port; name another with --listen, or port 0 for \
         any free one",
    );
    assert_eq!(cluster.home.json(&["coordinator", "status"])["epoch"], 1, "the first one reigns on");
}

#[test]
fn an_access_directory_that_cannot_be_made() {
    let home = Home::new();
    home.write("file", "mine");
    let advice = "name a folder that you may write to with --access, or set GODWIT_HOME";
    Scene::of(&home).variable("GODWIT_HOME", "/proc/godwit").refused(
        "coordinator start",
        3,
        &format!(
            "cannot make the access directory /proc/godwit/default: no such file or directory; {advice}"
        ),
    );
    Scene::of(&home).refused(
        "coordinator start --access file",
        3,
        "[HOME]/work/file is open to other users (mode 644); run 'chmod 600 [HOME]/work/file'",
    );
}
