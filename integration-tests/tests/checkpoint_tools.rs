//! `godwit checkpoint` on real stores: what it lists is what happened, what it moves serves elsewhere, what is damaged
//! is named, and what only reads leaves no trace.

use godwit_integration_tests::{Cluster, Home};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const WORKFLOW: &str = r#"
[[task]]
name = "make"
array = "0-4"
shell = "echo {index} > out.{index}"
outputs = ["out.{index}"]

[[task]]
name = "sum"
needs = ["make"]
cache = true
capture = "stdout"
shell = "cat out.*"

[[task]]
name = "long"
cache = true
capture = "stdout"
shell = "head -c 40000 /dev/zero | tr '\\0' x"
"#;

/// Tasks of the workflow.
const TASKS: u64 = 7;

/// A folder in which the workflow was run.
fn ran() -> Home {
    let home = Home::new();
    home.write("w.toml", WORKFLOW);
    succeed(&home, &["run", "w.toml", "--output", "quiet"]);
    home
}

fn succeed(home: &Home, arguments: &[&str]) -> String {
    let answer = home.run(arguments);
    assert_eq!(answer.code, 0, "{arguments:?}: {answer:?}");
    answer.stdout
}

/// A command that has to fail, and what it says.
fn refused(home: &Home, arguments: &[&str], code: i32) -> String {
    let answer = home.run(arguments);
    assert_eq!(answer.code, code, "{arguments:?}: {answer:?}");
    answer.stderr
}

fn store(home: &Home) -> PathBuf {
    home.work().join(".godwit/state")
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).expect("a file");
                found.insert(path, bytes);
            }
        }
    }
    found
}

/// The increments, in order.
fn increments(home: &Home) -> Vec<PathBuf> {
    let list = home.json(&["checkpoint", "list", "--last", "0"]);
    let listed = list["checkpoints"].as_array().expect("an array");
    let kind = |kind| move |checkpoint: &&Value| checkpoint["kind"] == kind;
    let keys = listed.iter().filter(kind("increment"));
    keys.map(|checkpoint| store(home).join(checkpoint["key"].as_str().expect("a key"))).collect()
}

fn faults(home: &Home) -> (i32, Value) {
    let answer = home.run(&["checkpoint", "verify", "--output", "json"]);
    (answer.code, answer.json())
}

fn keys(found: &Value) -> Vec<String> {
    let faults = found["faults"].as_array().expect("an array");
    faults.iter().map(|fault| fault["key"].as_str().expect("a key").to_owned()).collect()
}

fn key(home: &Home, path: &Path) -> String {
    path.strip_prefix(store(home)).expect("in the store").display().to_string()
}

#[test]
fn what_is_listed_is_what_happened_and_looking_leaves_no_trace() {
    let home = ran();
    let before = files(&store(&home));
    let list = home.json(&["checkpoint", "list"]);
    assert_eq!(list["total"]["contents"]["submissions"], 1);
    assert_eq!(list["total"]["contents"]["outcomes"], TASKS);
    assert_eq!(list["left_out"], 0);
    let shown = home.json(&["checkpoint", "list", "--last", "1"]);
    assert_eq!(shown["checkpoints"].as_array().expect("an array").len(), 1);
    assert_eq!(shown["total"], list["total"]);
    let first = home.json(&["checkpoint", "show", "1"]);
    assert_eq!(first["checkpoint"]["key"], "log/0000000001/00000000000000000001");
    assert_eq!(first["record_list"][0], "workflow 1 'w' submitted: 3 groups, 7 tasks");
    let second = home.json(&["checkpoint", "show", "2"]);
    assert_eq!(second["previous"]["digest"], first["digest"]);
    let text = succeed(&home, &["checkpoint", "show", "2"]);
    assert!(text.starts_with("log/0000000001/00000000000000000002 (increment)\n"), "{text}");
    let beyond = refused(&home, &["checkpoint", "show", "999"], 2);
    assert!(beyond.contains("has no checkpoint 999: the last is "), "{beyond}");
    let (code, whole) = faults(&home);
    assert_eq!((code, &whole["whole"]), (0, &Value::Bool(true)), "{whole}");
    succeed(&home, &["checkpoint", "prune", "--group", "make", "--dry-run"]);
    succeed(&home, &["checkpoint", "export", "results.godwit"]);
    assert_eq!(files(&store(&home)), before);
}

#[test]
fn results_move_in_a_file_and_serve_elsewhere() {
    let home = ran();
    let exported = home.json(&["checkpoint", "export", "results.godwit"]);
    assert_eq!(exported["results"], TASKS);
    let part = home.json(&["checkpoint", "export", "sum.godwit", "--group", "sum"]);
    assert_eq!(part["results"], 1);
    let taken = refused(&home, &["checkpoint", "export", "sum.godwit"], 2);
    assert!(taken.ends_with("is there already; choose another name or remove it\n"), "{taken}");
    // A store that is lost, and a new one that takes the file in.
    fs::remove_dir_all(home.work().join(".godwit")).expect("a folder");
    let arguments = ["checkpoint", "import", "results.godwit", "--store", ".godwit/state"];
    assert_eq!(home.json(&arguments)["imported"], TASKS);
    assert_eq!(home.json(&arguments)["imported"], 0);
    let view = home.json(&["run", "w.toml"]);
    assert_eq!((&view["reused"], &view["attempts"]), (&TASKS.into(), &0.into()), "{view}");
    let long = succeed(&home, &["status", "--run", "w.toml", "1/long", "--tasks"]);
    assert!(long.contains("reused from 1/long"), "{long}");
    // From store to store.
    let copy = ["checkpoint", "import", ".godwit/state", "--store", "copy"];
    assert!(home.json(&copy)["imported"].as_u64() >= Some(TASKS));
}

#[test]
fn what_is_pruned_is_computed_again() {
    let home = ran();
    let count = |arguments: &[&str]| home.json(arguments)["pruned"].clone();
    assert_eq!(count(&["checkpoint", "prune", "--group", "make", "--dry-run"]), 5);
    assert_eq!(count(&["checkpoint", "prune", "--name", "other"]), 0);
    assert_eq!(count(&["checkpoint", "prune", "--before", "1h"]), 0);
    assert_eq!(count(&["checkpoint", "prune", "--group", "make"]), 5);
    let view = home.json(&["run", "w.toml"]);
    assert_eq!(view["attempts"].as_u64().map(|attempts| attempts >= 5), Some(true), "{view}");
    let all = refused(&home, &["checkpoint", "prune"], 2);
    assert!(all.contains("--group"), "{all}");
}

/// One kind of damage, what has to be named, and the store put right again.
fn check(home: &Home, what: &str, damage: impl Fn() -> Vec<String>) {
    let before = files(&store(home));
    let expected = damage();
    let (code, found) = faults(home);
    assert_eq!(code, 1, "{what}: {found}");
    assert_eq!(keys(&found), expected, "{what}: {found}");
    for path in files(&store(home)).into_keys().filter(|path| !before.contains_key(path)) {
        fs::remove_file(path).expect("a file");
    }
    for (path, bytes) in before {
        fs::write(path, bytes).expect("a file");
    }
    assert_eq!(faults(home).0, 0, "{what}: the store is as it was");
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).expect("a file");
}

#[test]
fn every_kind_of_damage_is_named() {
    let home = ran();
    let log = increments(&home);
    assert!(log.len() >= 4, "{log:?}");
    let (second, third) = (&log[1], &log[2]);
    let name = |path: &Path| key(&home, path);
    check(&home, "a flipped bit", || {
        flip(second);
        vec![name(second)]
    });
    check(&home, "two flipped bits", || {
        flip(second);
        flip(third);
        vec![name(second), name(third)]
    });
    check(&home, "a torn object", || {
        let bytes = fs::read(third).expect("a file");
        fs::write(third, &bytes[..bytes.len() / 2]).expect("a file");
        vec![name(third)]
    });
    check(&home, "a missing increment", || {
        fs::remove_file(second).expect("a file");
        vec![name(second)]
    });
    check(&home, "a missing and a damaged one", || {
        fs::remove_file(second).expect("a file");
        flip(third);
        vec![name(second), name(third)]
    });
    check(&home, "an object in the place of another", || {
        fs::copy(second, third).expect("a copy");
        vec![name(third)]
    });
    check(&home, "a damaged claim", || {
        let claim = store(&home).join("epoch/0000000001");
        flip(&claim);
        vec![name(&claim)]
    });
}

#[test]
fn values_beside_the_log_are_checked_too() {
    let home = ran();
    let blobs: Vec<PathBuf> = files(&store(&home).join("blob")).into_keys().collect();
    assert_eq!(blobs.len(), 1, "{blobs:?}");
    let name = key(&home, &blobs[0]);
    check(&home, "a damaged value", || {
        flip(&blobs[0]);
        vec![name.clone()]
    });
    check(&home, "a missing value", || {
        fs::remove_file(&blobs[0]).expect("a file");
        vec![name.clone()]
    });
    flip(&blobs[0]);
    let export = refused(&home, &["checkpoint", "export", "results.godwit"], 3);
    assert!(export.contains(&name), "{export}");
    assert!(!home.work().join("results.godwit").exists());
}

#[test]
fn bases_are_listed_and_checked() {
    let mut home = Home::new();
    home.set("GODWIT__COORDINATOR__BASE_LOG_BYTES", "1000");
    home.write("w.toml", WORKFLOW);
    for _ in 0..8 {
        succeed(&home, &["run", "w.toml", "--no-cache", "--output", "quiet"]);
    }
    let list = home.json(&["checkpoint", "list", "--last", "0"]);
    let base = &list["checkpoints"][0];
    assert_eq!(base["kind"], "base", "{list}");
    let covered = base["sequence"].as_u64().expect("a number");
    let gone = refused(&home, &["checkpoint", "show", "1"], 2);
    assert!(gone.contains(&format!("it went into the base that covers all up to {covered}")), "{gone}");
    assert_eq!(home.json(&["checkpoint", "export", "results.godwit"])["results"], 8 * TASKS);
    assert_eq!(faults(&home).0, 0);
    let head = store(&home).join(base["key"].as_str().expect("a key"));
    let name = key(&home, &head);
    flip(&head);
    let (code, found) = faults(&home);
    assert_eq!(code, 1, "{found}");
    assert!(keys(&found).contains(&name), "{found}");
}

#[test]
fn damage_comes_with_the_way_out() {
    let home = ran();
    let log = increments(&home);
    flip(&log[2]);
    let answer = home.run(&["checkpoint", "verify"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    for part in ["the log is good up to 2", "Restore what is named above", "--accept-loss-after 2"] {
        assert!(answer.stdout.contains(part), "{part}: {}", answer.stdout);
    }
    let list = refused(&home, &["checkpoint", "list"], 3);
    assert!(list.contains("'godwit checkpoint verify' names everything that is damaged"), "{list}");
}

#[test]
fn bad_files_are_refused_and_change_nothing() {
    let home = ran();
    succeed(&home, &["checkpoint", "export", "good.godwit"]);
    let good = fs::read(home.work().join("good.godwit")).expect("a file");
    let before = files(&store(&home));
    let mut newer = good.clone();
    newer[7] += 1;
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 4;
    let object = fs::read(&increments(&home)[0]).expect("an object");
    for (name, bytes, sentence) in [
        ("torn", &good[..good.len() - 1], "it is truncated"),
        ("half", &good[..good.len() / 2], "it is truncated"),
        ("empty", &[][..], "it is no file that 'godwit checkpoint export' wrote"),
        ("foreign", &b"PK\x03\x04 something else"[..], "it is no file that 'godwit checkpoint export' wrote"),
        ("newer", &newer[..], "it is damaged at byte 0"),
        ("flipped", &flipped[..], "it is damaged at byte"),
        ("object", &object[..], "it is a single object of a store"),
    ] {
        let file = home.work().join(name);
        fs::write(&file, bytes).expect("a file");
        let said = refused(&home, &["checkpoint", "import", name], 2);
        assert!(said.contains(&format!("{}: {sentence}", file.display())), "{name}: {said}");
    }
    let absent = refused(&home, &["checkpoint", "import", "absent"], 2);
    assert!(absent.contains("there is no store file:///"), "{absent}");
    assert_eq!(files(&store(&home)), before);
}

#[test]
fn a_store_in_use_can_be_looked_at_and_its_coordinator_changes_it() {
    let cluster = Cluster::start();
    let home = &cluster.home;
    let _worker = cluster.start_worker("w1", &["--cpus", "4"]);
    home.write("w.toml", WORKFLOW);
    succeed(home, &["submit", "w.toml", "--wait"]);
    let exported = home.json(&["checkpoint", "export", "results.godwit"]);
    assert_eq!(exported["results"], TASKS);
    let verified = home.json(&["checkpoint", "verify"]);
    assert_eq!(verified["whole"], true, "{verified}");
    assert_eq!(home.json(&["checkpoint", "list"])["store"], verified["store"]);
    assert_eq!(home.json(&["checkpoint", "now"])["saved"], 0);
    assert_eq!(home.json(&["checkpoint", "prune", "--group", "make"])["pruned"], 5);
    assert!(home.json(&["checkpoint", "import", "results.godwit"])["imported"].as_u64() >= Some(5));
    // All of that went through the coordinator, or past it without a trace.
    assert_eq!(home.json(&["coordinator", "status"])["epoch"], 1);
}

#[test]
fn what_is_not_saved_can_be_saved() {
    let cluster = Cluster::start();
    let _worker = cluster.start_worker("w1", &["--cpus", "4"]);
    let workflow = cluster.submit(&["--checkpoint", "manual", "--array", "0-9", "--", "true"]);
    assert_eq!(cluster.wait(&workflow).code, 0);
    let status = cluster.status(&workflow);
    assert_eq!((&status["checkpoint"], &status["unsaved"]), (&"manual".into(), &10.into()), "{status}");
    let text = succeed(&cluster.home, &["status", &workflow]);
    let sentence = "10 outcomes are not saved yet; checkpoint mode manual, see 'godwit checkpoint now'";
    assert!(text.contains(sentence), "{text}");
    assert_eq!(succeed(&cluster.home, &["checkpoint", "now", &workflow]), "saved 10 outcomes\n");
    assert_eq!(cluster.status(&workflow)["unsaved"], 0);
    assert_eq!(cluster.home.json(&["checkpoint", "list"])["total"]["contents"]["outcomes"], 10);
}
