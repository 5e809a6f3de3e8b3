//! The JSON Schema says the same as the reader.

use super::super::keys::{SHARED, TASK};
use super::super::resources::RESOURCES;
use super::super::table::names;
use super::super::top::TOP;
use super::super::{Format, schema};
use super::checker::fits;
use super::read;
use serde_json::{Value, json};

/// Values of every structure. Wherever text fits, "1" does.
fn samples() -> Vec<Value> {
    let samples = json!([
        "1", 0, 1, -1, 1.5, true, null,
        [], ["1"], [1], [["1"]], [{}], [{ "cpus": 1 }], [{ "A": 1 }],
        {}, { "A": 1 }, { "A": "1" }, { "A": -1 }, { "A": [] }, { "A": [1] }, { "A": {} }, { "cpus": 1 },
    ]);
    match samples {
        Value::Array(samples) => samples,
        _ => Vec::new(),
    }
}

/// What is wrong for other reasons than its structure.
fn is_against_another_rule(key: &str, sample: &Value) -> bool {
    match key {
        "cpus" | "time_limit" => *sample == json!(0),
        "gpus" => *sample == json!(1.5),
        "checkpoint_period" => *sample == json!(0),
        "cache_ignore" => *sample == json!(["1"]),
        _ => false,
    }
}

fn check(key: &str, sample: &Value, file: &Value) {
    let fits = fits(&schema(), file);
    let read = read(&file.to_string(), Format::Json);
    if fits.is_ok() != read.is_ok() && !is_against_another_rule(key, sample) {
        panic!("{file}\nschema: {fits:?}\nreader: {read:?}");
    }
}

#[test]
fn the_schema_accepts_what_the_reader_accepts() {
    for sample in samples() {
        for key in names(TASK).chain(names(SHARED)).chain(names(RESOURCES)) {
            let mut task = json!({ "name": "a" });
            if key != "shell" {
                task["command"] = json!(["run"]);
            }
            task[key] = sample.clone();
            check(key, &sample, &json!({ "task": [task] }));
        }
        for key in names(SHARED).chain(names(RESOURCES)) {
            let task = json!({ "name": "a", "shell": "run" });
            check(key, &sample, &json!({ "defaults": { key: sample.clone() }, "task": [task] }));
        }
        for key in names(TOP) {
            let mut file = json!({ "task": [{ "name": "a", "shell": "run" }] });
            file[key] = sample.clone();
            check(key, &sample, &file);
        }
    }
}

#[test]
fn the_schema_refuses_contradictions_and_unknown_keys() {
    for file in [
        json!({}),
        json!({ "task": [] }),
        json!({ "task": [{ "name": "a" }] }),
        json!({ "task": [{ "name": "a", "shell": "a", "colour": "red" }] }),
        json!({ "task": [{ "name": "a", "shell": "a", "command": ["a"] }] }),
        json!({ "task": [{ "name": "a", "shell": "a", "array": 2, "items": ["a"] }] }),
        json!({ "task": [{ "name": "a", "shell": "a", "cpus": 2, "request": [{ "cpus": 1 }] }] }),
        json!({ "task": [{ "name": "a", "shell": "a", "stdin": "a", "stdin_file": "a" }] }),
        json!({ "on_failure": "stop", "max_failures": 2, "task": [{ "name": "a", "shell": "a" }] }),
        json!({ "defaults": { "name": "a" }, "task": [{ "name": "a", "shell": "a" }] }),
    ] {
        assert!(fits(&schema(), &file).is_err(), "{file}");
        assert!(read(&file.to_string(), Format::Json).is_err(), "{file}");
    }
}

#[test]
fn the_file_with_every_key_fits() {
    let json: Value = serde_json::from_str(include_str!("full.json")).expect("a good file");
    assert_eq!(fits(&schema(), &json), Ok(()));
}
