//! Memoization as users meet it: a second run starts nothing, and exactly what depends on a change runs again.
//!
//! Which processes were started is taken from a history that they write themselves.

use godwit_integration_tests::{History, Home};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

/// How many times larger the large case is than in everyday use: 10 makes it 1,000 tasks in the first layer.
fn scale() -> usize {
    std::env::var("GODWIT_TEST_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

struct Project {
    home: Home,
    history: History,
}

impl Project {
    fn new() -> Project {
        let home = Home::new();
        let history = History::new(home.as_ref());
        Project { home, history }
    }

    fn write(&self, name: &str, text: &str) {
        self.home.write(name, text);
    }

    /// Runs the workflow, which has to succeed; what it said, and the tasks whose processes were started.
    fn run(&self, options: &[&str]) -> (Value, BTreeSet<String>) {
        let before = self.history.count("start");
        let arguments: Vec<&str> =
            ["run", "workflow.toml", "--cpus", "4"].iter().chain(options).copied().collect();
        let view = self.home.json(&arguments);
        assert_eq!(view["state"], "succeeded", "{view}");
        let after = self.history.count("start").into_iter();
        let new = after.filter(|(task, count)| before.get(task) != Some(count));
        (
            view,
            new.map(|(task, _)| task.split_once('/').expect("a task has a workflow").1.to_owned()).collect(),
        )
    }

    /// Runs the workflow, and exactly these tasks start a process.
    fn check(&self, what: &str, options: &[&str], expected: &[&str]) {
        let (view, started) = self.run(options);
        let expected: BTreeSet<String> = expected.iter().map(|&task| task.to_owned()).collect();
        assert_eq!(started, expected, "{what}: {view}");
        assert_eq!(view["attempts"].as_u64(), Some(expected.len() as u64), "{what}: {view}");
    }
}

/// Two layers of `size` tasks, element by element, and one task over all of them.
fn layers(project: &Project, size: usize) {
    fs::create_dir_all(project.home.work().join("out")).expect("a folder");
    for index in 0..size {
        project.write(&format!("in/{index}.txt"), &format!("{index}\n"));
    }
    let task = |work: &str| project.history.task(work);
    let last = size - 1;
    let text = format!(
        "[[task]]\nname = \"copy\"\narray = \"0-{last}\"\ninputs = [\"in/{{index}}.txt\"]\n\
         outputs = [\"out/{{index}}.copy\"]\nshell = '''{}'''\n\
         [[task]]\nname = \"double\"\narray = \"0-{last}\"\nneeds = [\"copy[=]\"]\n\
         inputs = [\"out/{{index}}.copy\"]\noutputs = [\"out/{{index}}.double\"]\nshell = '''{}'''\n\
         [[task]]\nname = \"total\"\nneeds = [\"double\"]\noutputs = [\"out/total\"]\nshell = '''{}'''\n",
        task("cp in/{index}.txt out/{index}.copy"),
        task("cat out/{index}.copy out/{index}.copy > out/{index}.double"),
        task("cat out/*.double > out/total"),
    );
    project.write("workflow.toml", &text);
}

#[test]
fn a_second_run_starts_nothing_and_a_changed_input_only_what_depends_on_it() {
    let project = Project::new();
    let size = 100 * scale();
    layers(&project, size);
    let (view, started) = project.run(&[]);
    assert_eq!(started.len(), 2 * size + 1, "{view}");
    let (view, started) = project.run(&[]);
    assert_eq!(started.len(), 0, "{view}");
    assert_eq!(
        (view["attempts"].as_u64(), view["reused"].as_u64()),
        (Some(0), Some(2 * size as u64 + 1)),
        "{view}"
    );
    project.write("in/7.txt", "seven\n");
    project.check("a changed input", &[], &["copy[7]", "double[7]", "total"]);
    project.check("nothing changed", &[], &[]);
    project.write("in/7.txt", "7\n");
    // The results of the first run are known still, but its files were overwritten by the second.
    project.check("the input as it was", &[], &["copy[7]", "double[7]", "total"]);
}

#[test]
fn outputs_are_looked_at_where_they_are() {
    let project = Project::new();
    layers(&project, 4);
    project.run(&[]);
    project.write("out/2.copy", "2\n");
    project.check("an output written anew with the same content", &[], &[]);
    project.write("out/2.copy", "somebody was here\n");
    project.check("a changed output", &[], &["copy[2]"]);
    fs::remove_file(project.home.work().join("out/total")).expect("it was there");
    project.check("a lost output", &[], &["total"]);
}

fn single(project: &Project, lines: &str, work: &str) {
    let shell = project.history.task(work);
    project.write("workflow.toml", &format!("[[task]]\nname = \"t\"\n{lines}\nshell = '''{shell}'''\n"));
}

#[test]
fn a_task_that_says_nothing_of_what_it_depends_on_is_not_reused_unless_it_is_told_to_be() {
    let project = Project::new();
    single(&project, "", "true");
    project.run(&[]);
    project.check("cache = auto", &[], &["t"]);
    single(&project, "cache = true", "true");
    project.check("the first run with cache = true", &[], &["t"]);
    project.check("cache = true", &[], &[]);
    single(&project, "cache = true\ncache_version = \"2\"", "true");
    project.check("another version", &[], &["t"]);
    single(&project, "cache = true\ncache_version = \"2\"\ncpus = 2\nretries = 3\npriority = 4", "true");
    project.check("other resources, retries and priority", &[], &[]);
    single(&project, "cache = true\nenv = { A = \"1\" }", "true");
    project.check("another environment", &[], &["t"]);
    single(&project, "cache = true\nenv = { A = \"1\", B = \"2\" }\ncache_ignore = [\"env.B\"]", "true");
    project.check("an ignored variable", &[], &[]);
    single(&project, "cache = false\noutputs = [\"o\"]", "touch o");
    project.check("the first with cache = false", &[], &["t"]);
    project.check("cache = false", &[], &["t"]);
}

#[test]
fn the_command_line_has_the_last_word() {
    let project = Project::new();
    layers(&project, 3);
    project.run(&[]);
    let all = ["copy[0]", "copy[1]", "copy[2]", "double[0]", "double[1]", "double[2]", "total"];
    project.check("--no-cache", &["--no-cache"], &all);
    project.check("--reuse none", &["--reuse", "none"], &all);
    project.check("--rerun", &["--rerun", "double"], &["double[0]", "double[1]", "double[2]"]);
    project.check("--reuse last", &["--reuse", "last"], &[]);
    project.check("--reuse all", &["--reuse", "all"], &[]);
}

#[test]
fn a_changed_script_is_noticed() {
    let project = Project::new();
    project.write("work.sh", "touch o\n");
    let text = "[[task]]\nname = \"t\"\ncommand = [\"sh\", \"work.sh\"]\noutputs = [\"o\"]\n";
    project.write("workflow.toml", text);
    let run = |options: &[&str]| project.run(options).0["attempts"].as_u64();
    assert_eq!(run(&[]), Some(1));
    assert_eq!(run(&[]), Some(0));
    project.write("work.sh", "touch o # changed\n");
    assert_eq!(run(&[]), Some(1));
    project.write("workflow.toml", &format!("{text}cache_arguments = \"text\"\n"));
    assert_eq!(run(&[]), Some(1), "another way to count the words is another key");
    project.write("work.sh", "touch o # changed again\n");
    assert_eq!(run(&[]), Some(0), "only the text of the words counts");
}

#[test]
fn equal_tasks_run_once() {
    let project = Project::new();
    // What names the task itself would make each another computation.
    let work = project.history.task("sleep 0.3; echo 5").replace("$GODWIT_TASK", "1/t");
    let text = format!(
        "[[task]]\nname = \"t\"\nitems = [\"x\", \"x\", \"x\", \"x\"]\ncache = true\ncapture = \"stdout\"\n\
         command = [\"sh\", \"-c\", '''{work}''']\n"
    );
    project.write("workflow.toml", &text);
    let (view, _) = project.run(&[]);
    assert_eq!((view["attempts"].as_u64(), view["reused"].as_u64()), (Some(1), Some(3)), "{view}");
}

#[test]
fn values_flow_into_later_commands_and_into_their_keys() {
    let project = Project::new();
    let text = |value: &str| {
        format!(
            "[[task]]\nname = \"make\"\ncache = true\ncapture = \"stdout\"\nshell = '''{}'''\n\
             [[task]]\nname = \"use\"\nneeds = [\"make\"]\ncache = true\noutputs = [\"o\"]\n\
             env = {{ V = \"{{result.make}}\" }}\nstdin = \"{{result.make}}\"\n\
             shell = '''{}'''\n",
            project.history.task(value),
            project.history.task("echo \"{result.make} $V $(cat)\" > o"),
        )
    };
    project.write("workflow.toml", &text("echo 41"));
    project.check("the first run", &[], &["make", "use"]);
    assert_eq!(fs::read_to_string(project.home.work().join("o")).expect("it was made"), "41 41 41\n");
    project.check("the second run", &[], &[]);
    project.write("workflow.toml", &text("echo 40 + 1 | sed 's/.*/41/'"));
    project.check("another command with the same value", &[], &["make"]);
    project.write("workflow.toml", &text("echo 42"));
    project.check("another value", &[], &["make", "use"]);
    assert_eq!(fs::read_to_string(project.home.work().join("o")).expect("it was made"), "42 42 42\n");
}

#[test]
fn a_large_value_is_an_object_of_its_own() {
    let project = Project::new();
    let make = project.history.task("seq -w 0 19999");
    let text = format!(
        "[[task]]\nname = \"make\"\ncache = true\ncapture = \"stdout\"\nshell = '''{make}'''\n\
         [[task]]\nname = \"use\"\nneeds = [\"make\"]\nstdin = \"{{result.make}}\"\nshell = \"wc -l > lines\"\n"
    );
    project.write("workflow.toml", &text);
    project.run(&[]);
    // The last line has lost its newline.
    let lines = || fs::read_to_string(project.home.work().join("lines")).expect("it was made");
    assert_eq!(lines(), "19999\n");
    let blobs = fs::read_dir(project.home.work().join(".godwit/state/blob")).expect("there are blobs");
    assert_eq!(blobs.count(), 1);
    fs::remove_file(project.home.work().join("lines")).expect("it was made");
    let (view, started) = project.run(&[]);
    assert_eq!((view["attempts"].as_u64(), started.len()), (Some(1), 0), "only 'use' runs: {view}");
    assert_eq!(lines(), "19999\n");
}

#[test]
fn explain_says_whose_result_it_is_and_why_not() {
    let project = Project::new();
    layers(&project, 2);
    project.run(&[]);
    project.run(&[]);
    project.write("in/1.txt", "one\n");
    project.run(&[]);
    let explain = |task: &str| {
        let answer = project.home.run(&["explain", "--run", "workflow.toml", task]);
        assert_eq!(answer.code, 0, "{answer:?}");
        answer.stdout
    };
    assert!(explain("2/copy[0]").contains("1/copy[0]"), "{}", explain("2/copy[0]"));
    assert!(explain("3/copy[1]").contains("in/1.txt"), "{}", explain("3/copy[1]"));
}
