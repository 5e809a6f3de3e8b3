//! Settings, their description, and the files in `configs/` say the same.

use super::{Fencing, KEYS, Settings, nearest_key};
use crate::checkpoint::CheckpointMode;
use std::path::Path;

fn settings(text: &str) -> Settings {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_setting_is_described_with_its_true_default() {
    let all = serde_json::to_value(Settings::default()).expect("settings are data");
    let mut paths = Vec::new();
    for (section, table) in all.as_object().expect("sections") {
        for (name, value) in table.as_object().expect("settings") {
            let path = format!("{section}.{name}");
            let key = KEYS.iter().find(|key| key.path == path);
            let key = key.unwrap_or_else(|| panic!("{path} is not in KEYS"));
            let default = key.default.map_or(serde_json::Value::Null, value_of);
            assert_eq!(default, *value, "{path}");
            assert!(key.description.ends_with('.'), "{path}");
            paths.push(path);
        }
    }
    let described: Vec<&str> = KEYS.iter().map(|key| key.path).collect();
    assert_eq!(described, paths);
}

fn value_of(written: &str) -> serde_json::Value {
    let table: serde_json::Value = toml::from_str(&format!("x = {written}")).expect(written);
    table["x"].clone()
}

#[test]
fn the_nearest_key_is_found_with_and_without_its_table() {
    for (path, expected) in [
        ("worker.cpu", Some("worker.cpus")),
        ("coordinator.hartbeat_timeout", Some("coordinator.heartbeat_timeout")),
        ("idle_timeout", Some("worker.idle_timeout")),
        ("workers.memory", Some("worker.memory")),
        ("colour", None),
    ] {
        assert_eq!(nearest_key(path), expected, "{path}");
    }
}

#[test]
fn the_defaults_are_valid() {
    assert_eq!(Settings::default().validate(), Ok(()));
}

fn check_refused(cases: &[(&str, &str)]) {
    for (line, expected) in cases {
        let error = settings(line).validate().expect_err(line);
        assert!(line.starts_with(error.key), "{line}: {error}");
        assert_eq!(error.fault, *expected, "{line}");
    }
}

#[test]
fn coordinator_settings_out_of_bounds_are_refused() {
    check_refused(&[
        ("coordinator.listen = '7077'", "found \"7077\", expected HOST:PORT such as \"0.0.0.0:7077\""),
        ("coordinator.listen = ':7077'", "found \":7077\", expected HOST:PORT such as \"0.0.0.0:7077\""),
        (
            "coordinator.listen = 'host:70777'",
            "found \"host:70777\", expected HOST:PORT such as \"0.0.0.0:7077\"",
        ),
        (
            "coordinator.advertise = 'login1:0'",
            "found \"login1:0\", expected a port that others can connect to, not 0",
        ),
        ("coordinator.store = ''", "found an empty text; leave the key out for the default"),
        ("coordinator.checkpoint_period = '1ms'", "found 1ms, expected at least 100ms"),
        ("coordinator.checkpoint_period = '2d'", "found 2d, expected at most 1d"),
        ("coordinator.heartbeat_period = '1ms'", "found 1ms, expected at least 10ms"),
        (
            "coordinator.heartbeat_timeout = '3s'",
            "found 3s, expected at least twice coordinator.heartbeat_period, which is 2s",
        ),
        ("coordinator.heartbeat_timeout = '2d'", "found 2d, expected at most 1d"),
        ("coordinator.reattach_window = '2h'", "found 2h, expected at most 1h"),
        ("coordinator.prefetch = '10m'", "found 10m, expected at most 1m"),
        (
            "coordinator.quarantine_failures = 0",
            "found 0, expected at least 1; a large number turns quarantine off",
        ),
        ("coordinator.log_lag_bytes_max = 1000", "found 1000, expected at least 65536"),
    ]);
}

#[test]
fn store_settings_out_of_bounds_are_refused() {
    let url = "expected a URL such as \"https://s3.example.org:9000\"";
    let file = "secret_access_key_file";
    check_refused(&[
        ("store.endpoint = 'ftp://x'", &format!("found \"ftp://x\", {url}")),
        ("store.endpoint = 'https:///'", &format!("found \"https:///\", {url}")),
        ("store.endpoint = 'http://x/?y'", &format!("found \"http://x/?y\", {url}")),
        (
            "store.endpoint = 'http://key:hush@x'",
            &format!(
                "found credentials in it, expected none: name the key with store.access_key_id and store.{file}"
            ),
        ),
        ("store.profile = ''", "found an empty text; leave the key out for the default"),
        ("store.access_key_id = 'a'", &format!("found it without store.{file}, expected both or neither")),
        (
            "store.secret_access_key_file = 'a'",
            "found it without store.access_key_id, expected both or neither",
        ),
        ("store.timeout = '1ms'", "found 1ms, expected at least 100ms"),
        ("store.timeout = '1h'", "found 1h, expected at most 10m"),
        ("store.retries = 100", "found 100, expected at most 20"),
        ("store.alive_period = '1ms'", "found 1ms, expected at least 100ms"),
        ("store.standby_timeout = '2d'", "found 2d, expected at most 1d"),
        ("store.standby_timeout = '5s'", "found 5s, expected at least twice store.alive_period, which is 3s"),
    ]);
}

#[test]
fn an_endpoint_may_lack_its_scheme_and_a_mode_has_two_names() {
    let settings = settings(
        "store.endpoint = 'localhost:9000'\nstore.fencing = 'lock-file'\ncoordinator.checkpoint = 'dfk_exit'",
    );
    assert_eq!(settings.validate(), Ok(()));
    assert_eq!(settings.store.fencing, Fencing::LockFile);
    assert_eq!(settings.coordinator.checkpoint, CheckpointMode::WorkflowExit);
}

#[test]
fn worker_settings_out_of_bounds_are_refused() {
    check_refused(&[
        ("worker.cpus = 0.0", "found 0, expected a number such as 4 or 0.5"),
        ("worker.cpus = nan", "found NaN, expected a number such as 4 or 0.5"),
        ("worker.memory = '5 apples'", "'5 apples' is not a size; write it like 512MiB, 2GB or 4096 (bytes)"),
        ("worker.memory = '0'", "found \"0\", expected more than nothing"),
        ("worker.gpus = 2000", "found 2000, expected at most 1024"),
        ("worker.spool = ' '", "found an empty text; leave the key out for the default"),
        ("worker.idle_timeout = '0s'", "found 0s, expected a longer time; leave the key out for none"),
        ("worker.time_limit = '0'", "found 0s, expected a longer time; leave the key out for none"),
    ]);
}

/// A key as it stands in a file of `configs/`: alone, or behind a `#` if it has its default.
struct Line<'a> {
    path: String,
    value: &'a str,
    is_comment: bool,
    above: String,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let (mut section, mut above, mut lines) = ("", Vec::new(), Vec::new());
    for line in text.lines() {
        if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = header;
        } else if let Some(comment) = line.strip_prefix("# ") {
            above.push(comment);
            continue;
        } else if let Some((key, value)) = line.trim_start_matches('#').split_once(" = ") {
            lines.push(Line {
                path: format!("{section}.{key}"),
                value,
                is_comment: line.starts_with('#'),
                above: above.join(" "),
            });
        }
        above.clear();
    }
    lines
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads the files that people are given")]
fn the_files_in_configs_show_every_key_with_its_default() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs");
    for name in ["laptop", "slurm", "pbs", "lsf", "sge", "shared-filesystem", "s3"] {
        let path = folder.join(name).with_extension("toml");
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        check_config(name, &text);
    }
}

fn check_config(name: &str, text: &str) {
    assert_eq!(settings(text).validate(), Ok(()), "{name}");
    let lines = lines(text);
    let paths: Vec<&str> = lines.iter().map(|line| line.path.as_str()).collect();
    let known: Vec<&str> = KEYS.iter().map(|key| key.path).collect();
    assert_eq!(paths, known, "{name}: every key once, in order");
    for (line, key) in lines.iter().zip(KEYS) {
        let default = match key.default {
            Some(default) => format!("Default: {default}"),
            None => "Not set by default".to_owned(),
        };
        let about = format!("{} {default}.", key.description);
        assert!(
            line.above.starts_with(&about),
            "{name}: above {}: {}\nexpected {about}",
            key.path,
            line.above
        );
        if let (true, Some(default)) = (line.is_comment, key.default) {
            assert_eq!(line.value, default, "{name}: {}", key.path);
        }
    }
    let uncommented: Vec<&str> = text.lines().map(uncomment).collect();
    assert_eq!(settings(&uncommented.join("\n")).validate(), Ok(()), "{name} without its '#'");
}

fn uncomment(line: &str) -> &str {
    match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') => setting,
        _ => line,
    }
}
