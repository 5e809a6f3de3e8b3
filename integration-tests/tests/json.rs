//! The JSON that users' programs read is the one that docs/json.md describes.

use godwit_integration_tests::{Cluster, source_root};
use serde_json::Value;

/// Every key of `value` and of what is in it.
fn keys(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                found.push(key.clone());
                keys(field, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        _ => {}
    }
}

#[test]
fn every_field_is_documented_and_the_core_of_it_is_as_promised() {
    let cluster = Cluster::start();
    let _worker = cluster.start_worker("w1", &["--cpus", "2"]);
    let workflow = cluster.submit(&["--array", "0-3", "--", "sh", "-c", "exit $(($GODWIT_INDEX / 3))"]);
    assert_eq!(cluster.wait(&workflow).code, 1);
    let status = cluster.status(&workflow);
    assert_eq!(status["state"], "failed");
    assert_eq!(status["counts"]["succeeded"], 3);
    assert_eq!(status["counts"]["failed"], 1);
    assert_eq!(status["attempts"], 4);
    let workers = cluster.home.json(&["worker", "list"]);
    assert_eq!(workers[0]["worker"], "w1");
    assert_eq!(workers[0]["capacity"]["cpus"], 2.0);
    let task = status["failures"][0]["task"].as_str().expect("a failed task has a name");
    let explained = cluster.home.json(&["explain", &format!("{workflow}/{task}")]);
    assert_eq!(explained["history"][0]["end"], "failed");
    let tasks = cluster.home.json(&["status", &workflow, "--tasks"]);
    let coordinator = cluster.home.json(&["coordinator", "status"]);
    assert_eq!(coordinator["epoch"], 1);

    let document =
        std::fs::read_to_string(source_root().join("docs/json.md")).expect("the document is there");
    let mut found = Vec::new();
    for value in [&status, &tasks, &workers, &explained, &coordinator, &cluster.home.json(&["list"])] {
        keys(value, &mut found);
    }
    for command in [
        &["list"][..],
        &["show", "1"],
        &["show", "2"],
        &["verify"],
        &["now"],
        &["export", "results.godwit"],
        &["import", "results.godwit", "--store", "copy"],
        &["prune", "--group", "none", "--dry-run"],
    ] {
        let arguments: Vec<&str> = ["checkpoint"].iter().chain(command).copied().collect();
        keys(&cluster.home.json(&arguments), &mut found);
    }
    for key in found {
        assert!(document.contains(&format!("`{key}`")), "docs/json.md does not know '{key}'");
    }
}
