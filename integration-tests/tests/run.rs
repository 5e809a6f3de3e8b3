//! `godwit run` as users meet it: the examples, going on after every kind of end, and Ctrl-C.

use godwit_integration_tests::{History, Home, Process, alive, eventually, source_root};
use nix::sys::signal::Signal;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// Copies an example, so that its results do not end up in the source tree.
fn copy_example(home: &Home, name: &str) {
    let source = source_root().join("examples").join(name);
    let status = Command::new("cp").arg("-r").arg(source).arg(home.work()).status();
    assert!(status.expect("cp can be started").success());
}

#[test]
fn the_quickstart_runs_and_a_second_run_has_nothing_to_do() {
    let home = Home::new();
    copy_example(&home, "quickstart");
    let first = home.json(&["run", "quickstart/workflow.toml"]);
    assert_eq!(first["state"], "succeeded", "{first}");
    assert!(first["attempts"].as_u64() >= first["counts"]["succeeded"].as_u64(), "{first}");
}

#[test]
fn the_parameter_sweep_runs() {
    let home = Home::new();
    copy_example(&home, "parameter-sweep");
    let view = home.json(&["run", "parameter-sweep/workflow.toml"]);
    assert_eq!(view["state"], "succeeded", "{view}");
}

/// Two layers of tasks that write a history.
fn layered(home: &Home, history: &History) {
    let work = history.task("sleep 0.02");
    let text = format!(
        "[[task]]\nname = \"a\"\narray = \"0-59\"\nshell = '''{work}'''\n\
         [[task]]\nname = \"b\"\narray = \"0-59\"\nneeds = [\"a[=]\"]\nshell = '''{work}'''\n\
         [[task]]\nname = \"c\"\nneeds = [\"b\"]\nshell = '''{work}'''\n"
    );
    home.write("layers.toml", &text);
}

/// Successes that Godwit has told somebody of: the progress of the killed run.
#[test]
fn killed_at_any_moment_it_goes_on_and_nothing_that_succeeded_runs_again() {
    let home = Home::new();
    let history = History::new(&home.work());
    layered(&home, &history);
    let mut acknowledged = 0;
    for round in 0..8u64 {
        let mut run = Process::start(&mut home.godwit(&["run", "layers.toml"]), &home.path("run"));
        let moment = history.ends() + 3 + usize::try_from(round * 7 % 11).expect("small");
        eventually(LIMIT, "progress", || (history.ends() >= moment || !alive(run.pid())).then_some(()));
        run.kill();
        acknowledged = acknowledged.max(history.ends());
    }
    let view = home.json(&["run", "layers.toml"]);
    assert_eq!(view["counts"]["succeeded"], 121, "{view}");
    let ends = history.count("end");
    assert_eq!(ends.len(), 121);
    // A task may end and be killed before its outcome was recorded; only those that ran at a kill may run twice.
    let twice = ends.values().filter(|count| **count > 1).count();
    assert!(twice <= 8 * 8, "{twice} tasks ended more than once");
    let again = home.json(&["run", "layers.toml"]);
    assert_eq!(again["state"], "succeeded");
}

#[test]
fn the_first_interrupt_lets_running_tasks_end() {
    let home = Home::new();
    let history = History::new(&home.work());
    let work = history.task("sleep 1");
    home.write(
        "slow.toml",
        &format!("[[task]]\nname = \"t\"\narray = \"0-7\"\ncpus = 1\nshell = '''{work}'''\n"),
    );
    let mut run = Process::start(&mut home.godwit(&["run", "slow.toml", "--cpus", "2"]), &home.path("run"));
    eventually(LIMIT, "two tasks", || (history.starts() >= 2).then_some(()));
    run.signal(Signal::SIGINT);
    assert_eq!(run.wait(LIMIT).code(), Some(130), "{}", run.printed());
    assert_eq!(history.starts(), history.ends(), "what ran came to its end");
    assert!(history.starts() < 8);
    let view = home.json(&["run", "slow.toml", "--cpus", "8"]);
    assert_eq!(view["counts"]["succeeded"], 8, "{view}");
    assert_eq!(history.starts(), 8, "nothing ran twice");
}

#[test]
fn the_second_interrupt_stops_them() {
    let home = Home::new();
    home.write("sleep.toml", "[[task]]\nname = \"t\"\nshell = \"echo $$ > pid; sleep 300\"\n");
    let mut run = Process::start(&mut home.godwit(&["run", "sleep.toml"]), &home.path("run"));
    let pid = eventually(LIMIT, "the task", || {
        std::fs::read_to_string(home.work().join("pid")).ok()?.trim().parse::<u32>().ok()
    });
    run.signal(Signal::SIGINT);
    run.expect_output("Ctrl-C", LIMIT);
    run.signal(Signal::SIGINT);
    assert_eq!(run.wait(LIMIT).code(), Some(130), "{}", run.printed());
    assert!(!alive(pid));
}

#[test]
fn failures_are_summed_up_with_their_last_words() {
    let home = Home::new();
    home.write("bad.toml", "[[task]]\nname = \"t\"\nshell = \"echo lost my keys >&2; exit 3\"\n");
    let answer = home.run(&["run", "bad.toml"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    let all = format!("{}{}", answer.stdout, answer.stderr);
    assert!(all.contains("exit code 3") && all.contains("lost my keys"), "{all}");
    assert!(!all.contains('\u{1b}'), "no control characters without a terminal");
    assert!(Path::new(&home.work().join(".godwit")).is_dir());
}

#[test]
fn a_run_with_a_store_of_its_own_says_how_to_find_it_again() {
    let home = Home::new();
    home.write("bad.toml", "[[task]]\nname = \"t\"\nshell = \"echo my keys; exit 3\"\n");
    let answer = home.run(&["run", "bad.toml", "--store", "elsewhere"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.stdout.contains("godwit run bad.toml --store elsewhere\n"), "{}", answer.stdout);
    let logs = "godwit logs --run bad.toml --store elsewhere '1/t'";
    assert!(answer.stdout.contains(logs), "{}", answer.stdout);
    let logs = home.run(&["logs", "--run", "bad.toml", "--store", "elsewhere", "1/t"]);
    assert_eq!((logs.code, logs.stdout.as_str()), (0, "my keys\n"), "{logs:?}");
}
