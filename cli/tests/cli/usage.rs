//! Wrong usage and wrong input: exit code 2, one sentence in our own voice.

use crate::godwit::Place;

#[track_caller]
fn check(arguments: &[&str], code: i32, part: &str) {
    let place = Place::new();
    place.file("empty.toml", "");
    let printed = place.run(arguments).exited(code);
    assert!(printed.err.starts_with("godwit: "), "{}", printed.err);
    assert!(printed.err.contains(part), "{}", printed.err);
    assert_eq!(printed.err.matches("godwit: ").count(), 1, "{}", printed.err);
    assert_eq!(printed.out, "");
}

#[test]
fn wrong_words() {
    check(&["runn"], 2, "unrecognized subcommand 'runn'");
    check(&["run"], 2, "required arguments were not provided");
    check(&["run", "--cpu", "4", "a.toml"], 2, "unexpected argument '--cpu' found");
    check(&["list", "--output", "xml"], 2, "invalid value 'xml'");
    check(&["completions", "tcsh"], 2, "invalid value 'tcsh'");
}

#[test]
fn wrong_values() {
    check(&["run", "a.toml", "--cpus", "-1"], 2, "'-1'");
    check(&["run", "a.toml", "--cpus", "0"], 2, "at least 0.01 is needed");
    check(&["run", "a.toml", "--memory", "lots"], 2, "'lots' is not a size; write it like 512MiB");
    check(&["run", "a.toml", "--workers", "0"], 2, "'0'");
    check(&["worker", "start", "--time-limit", "soon"], 2, "'soon' is not a duration; write it like 10s");
    check(
        &["worker", "start", "--resource", "licence"],
        2,
        "'licence' is not a resource; write it like licence=4",
    );
    check(&["worker", "drain", "x1"], 2, "'x1' is not a worker; workers are called w1, w2, …");
    check(&["status", "seven"], 2, "does not begin with the number of a workflow");
    check(&["cancel", "7/align[9-3]"], 2, "is empty; write the smaller index first");
    check(&["explain", "7/align[1-3]"], 2, "is several tasks but one is needed");
    check(&["forget", "0"], 2, "'0' is not the number of a workflow");
    check(&["--cluster", "../other", "list"], 2, "cannot be the name of a cluster");
}

#[test]
fn wrong_submissions() {
    check(&["submit"], 2, "required arguments were not provided");
    check(&["submit", "a.toml", "--", "true"], 2, "cannot be used with");
    check(&["submit", "a.toml", "--cpus", "4"], 2, "cannot be used with");
    check(&["submit", "--array", "9-0", "--", "true"], 2, "counts down from 9 to 0");
    check(&["submit", "--array", "0-9", "--items", "a", "--", "true"], 2, "cannot be used with");
    check(&["submit", "--array", "0-9", "--follow", "--", "true"], 2, "cannot be used with");
    check(&["submit", "--array", "0-9", "--", "echo", "{idx}"], 2, "unknown placeholder '{idx}'");
    check(
        &["submit", "--gpus", "1.5", "--", "true"],
        2,
        "--gpus: found 1.5, expected a whole number, or a fraction of one",
    );
    check(&["submit", "--env", "=x", "--", "true"], 2, "a variable needs a name");
    check(&["submit", "--retries", "-1", "--", "true"], 2, "'-1'");
}

#[test]
fn wrong_files() {
    check(
        &["run", "missing.toml"],
        2,
        "cannot read the workflow file missing.toml: no such file or directory",
    );
    check(&["submit", "."], 2, "cannot read the workflow file .: is a directory");
    check(&["run", "empty.toml"], 2, "empty.toml");
    check(
        &["--config", "missing.toml", "config", "show"],
        2,
        "cannot read the settings in missing.toml: no such file",
    );
}

#[test]
fn settings_are_judged() {
    let place = Place::new();
    let mut command = place.command(&["config", "show"]);
    let printed = command.env("GODWIT__WORKER__CPU", "4").output().expect("the binary starts");
    let err = String::from_utf8(printed.stderr).expect("text");
    let expected = "godwit: unknown setting 'worker.cpu' of the variable GODWIT__WORKER__CPU; \
                    did you mean 'worker.cpus'?\n";
    assert_eq!(err, expected);
    assert_eq!(printed.status.code(), Some(2));
}

#[test]
fn settings_are_shown_with_their_origin() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("home")).expect("a folder");
    place.file("home/godwit.toml", "[worker]\ncpus = 3\n");
    let list = place.run(&["config", "show", "--output", "json"]).exited(0).json();
    let cpus = list.as_array().expect("a list").iter().find(|setting| setting["key"] == "worker.cpus");
    let cpus = cpus.expect("a known setting");
    assert_eq!(cpus["value"], 3.0);
    assert!(cpus["from"].as_str().expect("a file").ends_with("home/godwit.toml"));
}

#[test]
fn nobody_answers() {
    check(&["list"], 3, "no coordinator is running for cluster 'default' (there is no access directory ");
    check(&["--cluster", "lab", "list"], 3, "start one with 'godwit coordinator start --cluster lab'");
    check(&["coordinator", "stop"], 3, "no coordinator is running");
}
