//! `godwit run`: to its end, to a failure, again, and until somebody ends it.

use crate::godwit::{Place, Printed};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader};
use std::process::Child;

#[test]
fn a_workflow_succeeds() {
    let place = Place::new();
    place.file("w.toml", "name = \"w\"\n[[task]]\nname = \"a\"\narray = \"0-9\"\ncommand = [\"true\"]\n");
    let view = place.run(&["run", "w.toml", "--output", "json"]).exited(0).json();
    assert_eq!(view["workflow"], 1);
    assert_eq!(view["state"], "succeeded");
    assert_eq!(view["counts"]["succeeded"], 10);
    assert_eq!(view["attempts"], 10);
}

#[test]
fn a_failure_is_told_and_only_what_is_missing_runs_again() {
    let place = Place::new();
    let text = "name = \"w\"\n\
                [[task]]\nname = \"good\"\nshell = \"echo x >> good.log\"\n\
                [[task]]\nname = \"bad\"\nneeds = [\"good\"]\nshell = \"echo boom >&2; test -e fixed\"\n";
    place.file("w.toml", text);
    let printed = place.run(&["run", "w.toml"]).exited(1);
    let headline = printed.out.lines().next().expect("a summary");
    assert!(
        headline.starts_with("w failed after ") && headline.ends_with(": 1 succeeded, 1 failed"),
        "{headline}"
    );
    assert!(printed.out.contains("  bad: exit code 1 ("), "{}", printed.out);
    assert!(printed.out.contains("    │ boom\n"), "{}", printed.out);
    assert!(printed.out.contains("godwit run w.toml\n"), "{}", printed.out);
    assert!(printed.out.contains("godwit logs --run w.toml '1/bad'"), "{}", printed.out);
    assert!(!printed.out.contains('\u{1b}') && !printed.err.contains(['\u{1b}', '\r']), "{printed:?}");
    place.file("fixed", "");
    let printed = place.run(&["run", "w.toml"]).exited(0);
    assert!(
        printed.err.contains("godwit: going on with workflow 1: 1 of 2 tasks are done\n"),
        "{}",
        printed.err
    );
    assert_eq!(std::fs::read_to_string(place.path().join("good.log")).expect("a log"), "x\n");
}

#[test]
fn a_run_can_be_looked_at_when_it_has_ended() {
    let place = Place::new();
    let text = "name = \"w\"\n[[task]]\nname = \"a\"\nshell = \"echo out; echo err >&2; exit 3\"\n";
    let file = place.file("w.toml", text);
    assert!(place.run(&["list", "--run", "w.toml"]).exited(2).err.contains("there was no run in "));
    place.run(&["run", "w.toml"]).exited(1);
    assert_eq!(place.run(&["logs", "--run", "w.toml", "1/a"]).exited(0).out, "out\n");
    let file = file.to_str().expect("text");
    assert_eq!(place.run(&["logs", "--run", file, "1/a", "--stderr"]).exited(0).out, "err\n");
    assert!(place.run(&["explain", "--run", ".", "1/a"]).exited(0).out.contains("exit code 3"));
    assert_eq!(place.run(&["list", "--run", ".", "--output", "quiet"]).exited(0).out, "1\n");
    let view = place.run(&["status", "--run", ".", "1", "--output", "json"]).exited(0).json();
    assert_eq!(view["failures"][0]["task"], "a");
    assert_eq!(view["failures"][0]["worker"], "w1");
}

#[test]
fn nothing_but_errors_in_quiet() {
    let place = Place::new();
    place.file("good.toml", "name = \"w\"\n[[task]]\nname = \"a\"\ncommand = [\"true\"]\n");
    place.file("bad.toml", "name = \"w\"\n[[task]]\nname = \"a\"\ncommand = [\"false\"]\n");
    let good = place.run(&["run", "good.toml", "--output", "quiet"]).exited(0);
    assert_eq!((good.out.as_str(), good.err.as_str()), ("", ""));
    let bad = place.run(&["run", "bad.toml", "--output", "quiet"]).exited(1);
    assert_eq!(bad.err, "godwit: 1 task of workflow 'w' did not succeed\n");
}

#[test]
fn what_cannot_run_here_ends_the_run() {
    let place = Place::new();
    let text = "name = \"w\"\n[[task]]\nname = \"easy\"\ncommand = [\"true\"]\n\
                [[task]]\nname = \"hard\"\ncommand = [\"true\"]\ncpus = 100000\n";
    place.file("w.toml", text);
    let printed = place.run(&["run", "w.toml", "--cpus", "2"]).exited(1);
    let sentence = "godwit: the rest cannot run on this machine: 'hard' asks for cpus = 100000 (2 here); ";
    assert!(printed.err.contains(sentence), "{}", printed.err);
    assert!(printed.out.starts_with("w has not ended after "), "{}", printed.out);
}

/// Tasks that say that they run and then wait until they may end.
const WAITERS: &str = "name = \"w\"\n[[task]]\nname = \"a\"\narray = \"0-3\"\n\
                       shell = \"echo >> started; until test -e go; do sleep 0.02; done\"\n";

fn started(place: &Place) {
    while !place.path().join("started").exists() {
        std::thread::yield_now();
    }
}

fn send(child: &Child, signal: Signal) {
    kill(Pid::from_raw(child.id().try_into().expect("a process id")), signal).expect("a process");
}

fn end(child: Child) -> Printed {
    child.wait_with_output().expect("an end").into()
}

#[test]
fn the_first_interrupt_lets_tasks_end() {
    let place = Place::new();
    place.file("w.toml", WAITERS);
    let mut child = place.start(&["run", "w.toml", "--cpus", "1"]);
    started(&place);
    send(&child, Signal::SIGINT);
    let err = child.stderr.take().expect("a pipe");
    let mut lines = BufReader::new(err).lines().map(|line| line.expect("text"));
    assert!(lines.any(|line| line.contains("finishing what is running, starting nothing new")));
    place.file("go", "");
    let printed = end(child).exited(130);
    assert!(printed.out.contains(": 1 succeeded, 3 ready"), "{}", printed.out);
    let view = place.run(&["run", "w.toml", "--cpus", "1", "--output", "json"]).exited(0).json();
    assert_eq!(view["workflow"], 1);
    assert_eq!(view["attempts"], 4);
}

#[test]
fn a_termination_stops_tasks() {
    let place = Place::new();
    place.file("w.toml", WAITERS);
    let child = place.start(&["run", "w.toml", "--cpus", "1"]);
    started(&place);
    send(&child, Signal::SIGTERM);
    let printed = end(child).exited(130);
    assert!(
        printed.err.contains("godwit: stopping what is running; it runs again next time\n"),
        "{}",
        printed.err
    );
    assert!(printed.out.contains("To go on where it stopped: godwit run w.toml\n"), "{}", printed.out);
}

#[test]
fn one_run_at_a_time() {
    let place = Place::new();
    place.file("w.toml", WAITERS);
    let child = place.start(&["run", "w.toml", "--cpus", "1"]);
    started(&place);
    let second = place.run(&["run", "w.toml"]).exited(2);
    assert!(
        second.err.starts_with(&format!("godwit: another run (process {}) is going on with ", child.id()))
    );
    place.file("go", "");
    end(child).exited(0);
}
