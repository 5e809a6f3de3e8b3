//! Workflows that are accepted and cannot succeed: the task says why, and the run ends.

use crate::check::{Scene, task};
use godwit_integration_tests::{Home, Process};
use serde_json::Value;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

/// A run of one task `a`, on two cpus and 1 GiB, that does not succeed.
#[track_caller]
fn check(lines: &str, sentences: &[&str]) -> Value {
    let home = Home::new();
    home.write("w.toml", &task(lines));
    let answer = Scene::of(&home).check("run w.toml --cpus 2 --memory 1GiB --output json", 1, sentences);
    let view = answer.json();
    assert_eq!(view["counts"]["succeeded"], 0, "{view}");
    view
}

/// The task fails for this reason.
#[track_caller]
fn check_failure(lines: &str, reason: &str) {
    let home = Home::new();
    let view = check(lines, &[&format!("a failed: {reason}")]);
    assert_eq!(view["state"], "failed", "{view}");
    assert_eq!(view["counts"]["failed"], 1, "{view}");
    drop(home);
}

#[test]
fn commands_that_cannot_start() {
    check_failure(
        "command = [\"no-such-program\"]",
        "could not be started: the command 'no-such-program' was not found in PATH",
    );
    check_failure(
        "command = [\"./no-such-program\"]",
        "could not be started: the command './no-such-program' does not exist",
    );
    check_failure(
        "command = [\"./w.toml\"]",
        "could not be started: the command './w.toml' is not executable; run 'chmod +x ./w.toml'",
    );
    check_failure("command = [\"/\"]", "could not be started: the command '/' is a folder");
    check_failure(
        "shell = \"true\"\ncwd = \"/nowhere\"",
        "could not be started: the folder /nowhere does not exist",
    );
    check_failure(
        "shell = \"true\"\nstdin_file = \"/nowhere\"",
        "could not be started: its standard input /nowhere cannot be read: no such file or directory",
    );
}

#[test]
fn outputs_that_are_missing() {
    check_failure("shell = \"true\"\noutputs = [\"made.txt\"]", "declared output made.txt is missing");
}

/// It may be there where the task runs: that is no reason to refuse.
#[test]
fn inputs_that_are_missing_are_told() {
    let home = Home::new();
    home.write("w.toml", &task("shell = \"true\"\ninputs = [\"no.txt\"]"));
    let warning = "warning: 1 declared input is not here, and no task makes it, so that results of the tasks that read \
                   it cannot be reused: [HOME]/work/no.txt of 'a'";
    let answer = Scene::of(&home).check("run w.toml --output json", 0, &[warning]);
    assert_eq!(answer.json()["state"], "succeeded", "{answer:?}");
}

#[test]
fn more_than_the_machine_has() {
    check_impossible("cpus = 5000", "5000", "2");
    check_impossible("memory = \"900TiB\"", "900 TiB", "1 GiB");
}

/// It is said at once, and the run ends by itself.
#[track_caller]
fn check_impossible(line: &str, asked: &str, most: &str) {
    let key = line.split(' ').next().expect("a key");
    let warning =
        format!("warning: 1 task needs {key} = {asked}, and the most that any worker has is {most} (w1)");
    let end = format!(
        "the rest cannot run on this machine: 'a' asks for {key} = {asked} ({most} here); what is done is recorded, \
         so ask for less, or run it again with --listen and start a worker that has it"
    );
    let view = check(&format!("shell = \"true\"\n{line}"), &[&warning, &end]);
    assert_eq!(view["attempts"], 0, "{view}");
}

#[test]
fn an_earlier_submission_that_is_not_there() {
    let home = Home::new();
    home.write("w.toml", &task("shell = \"true\"\nneeds = [\"7/x\"]"));
    let sentence = "the workflow is not accepted: task 'a' needs workflow 7, which does not exist";
    Scene::of(&home).refused("run w.toml", 2, sentence);
}

#[test]
fn two_runs_in_one_folder() {
    let home = Home::new();
    home.write("w.toml", &task("shell = \"touch begun; until test -e go; do sleep 0.05; done\""));
    let mut first = Process::start(&mut home.godwit(&["run", "w.toml"]), &home.path("first"));
    first.expect_output("1 running", LIMIT);
    let scene = Scene::of(&home).masking(first.pid().to_string(), "[PID]");
    scene.refused(
        "run w.toml",
        2,
        "another run (process [PID]) is going on with [HOME]/work/.godwit; wait for it, or stop it with Ctrl-C, and \
         then run this again",
    );
    home.write("go", "");
    assert_eq!(first.wait(LIMIT).code(), Some(0), "{}", first.printed());
}

#[test]
fn addresses_that_cannot_be_had() {
    let home = Home::new();
    home.write("w.toml", &task("shell = \"true\""));
    Scene::of(&home).refused(
        "run w.toml --listen 203.0.113.7:1",
        3,
        "cannot listen on 203.0.113.7:1: this machine has no such address; name another with --listen",
    );
}
