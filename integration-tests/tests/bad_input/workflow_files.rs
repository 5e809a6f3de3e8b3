//! Workflow files that cannot be: nothing is submitted, nothing is begun, no state folder is made.

use crate::check::{Scene, task};
use godwit_integration_tests::Home;
use nix::unistd::Uid;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

/// Both commands that take a file refuse it with the same sentence.
#[track_caller]
fn check(name: &str, text: &str, sentence: &str) {
    let home = Home::new();
    home.write(name, text);
    for command in ["run", "submit"] {
        Scene::of(&home).refused(&format!("{command} {name}"), 2, sentence);
        assert!(!home.work().join(".godwit").exists(), "{command} {name} left state behind");
        assert!(!home.path("home").exists(), "{command} {name} made an access directory");
    }
}

#[track_caller]
fn check_task(lines: &str, sentence: &str) {
    check("w.toml", &task(lines), &format!("w.toml:{sentence}"));
}

#[test]
fn files_that_cannot_be_read() {
    let home = Home::new();
    let scene = Scene::of(&home);
    let sentence = "cannot read the workflow file no.toml: no such file or directory";
    scene.refused("run no.toml", 2, sentence);
    scene.refused("submit no.toml", 2, sentence);
    std::fs::create_dir(home.work().join("folder.toml")).expect("a folder");
    scene.refused("run folder.toml", 2, "cannot read the workflow file folder.toml: is a directory");
    std::fs::write(home.work().join("bytes.toml"), b"name = \"x\"\n\xff\xfe").expect("a file");
    scene.refused(
        "run bytes.toml",
        2,
        "cannot read the workflow file bytes.toml: it is not text in UTF-8, as line 2 shows",
    );
    let secret = home.write("secret.toml", "");
    std::fs::set_permissions(&secret, Permissions::from_mode(0o000)).expect("a mode");
    let sentence = match Uid::effective().is_root() {
        // Root may read everything, so it reads that the file is empty.
        true => "secret.toml: there are no tasks; a workflow has at least one [[task]]",
        false => "cannot read the workflow file secret.toml: permission denied",
    };
    scene.refused("run secret.toml", 2, sentence);
}

#[test]
fn syntax() {
    check("w.toml", "name = \"x", "w.toml:1:10: not valid TOML: invalid basic string, expected `\"`");
    check("w.toml", "\n[[task]\n", "w.toml:2:8: not valid TOML: unclosed array table, expected `]`");
    check("w.json", "{\"name\": \"x\",\n \"task\": [}", "w.json:2:11: not valid JSON: expected value");
    check("w.toml", "name = \"x\"", "w.toml: there are no tasks; a workflow has at least one [[task]]");
}

#[test]
fn keys() {
    check("w.json", "{\"name\": \"x\",\n \"tsk\": []}", "w.json:2: unknown key 'tsk'; did you mean 'task'?");
    check_task("commnd = [\"true\"]", "3: task 'a': unknown key 'commnd'; did you mean 'command'?");
    let sentence = "3: task 'a': unknown key 'colour'; 'godwit schema' lists those that are known";
    check_task("colour = 1\nshell = \"true\"", sentence);
}

#[test]
fn values_of_the_wrong_type() {
    check_task(
        "command = 7",
        "3: task 'a': command: found 7, expected a list of texts such as [\"a\", \"b\"]",
    );
    let sentence = "4: task 'a': cpus: found \"many\", expected a number such as 2 or 0.5";
    check_task("shell = \"true\"\ncpus = \"many\"", sentence);
    check("w.toml", "task = 3", "w.toml:1: task: found 3, expected a list of tables, written [[task]]");
}

#[test]
fn values_that_cannot_be() {
    let check_value = |line: &str, sentence: &str| {
        check_task(&format!("shell = \"true\"\n{line}"), &format!("4: task 'a': {sentence}"));
    };
    check_value(
        "time_limit = \"10 parsecs\"",
        "time_limit: '10 parsecs' is not a duration; write it like 10s, 5m, 1h30m, 250ms or 00:10:00",
    );
    check_value(
        "memory = \"4 floppies\"",
        "memory: '4 floppies' is not a size; write it like 512MiB, 2GB or 4096 (bytes)",
    );
    check_value("retries = -1", "retries: found -1, expected a whole number from 0 to 1000000");
    check_value(
        "retry_on = [\"boredom\"]",
        "retry_on[0]: found \"boredom\", expected \"exit\", \"signal\", \"timeout\", \"oom\" or \"output\"",
    );
    check_value("stdout = \"a\\u0000b\"", "stdout: it has a NUL character");
    check(
        "w.toml",
        "on_failure = \"explode\"\n",
        "w.toml:1: on_failure: found \"explode\", expected \"continue\" or \"stop\"",
    );
}

#[test]
fn names() {
    let twice = task("shell = \"true\"") + &task("shell = \"true\"");
    check("w.toml", &twice, "w.toml:5: task 'a': name: another task has this name already; names are unique");
    check(
        "w.toml",
        "[[task]]\nname = \"a/b\"\nshell = \"true\"\n",
        "w.toml:2: task 'a/b': name: the name \"a/b\" has a '/', which has a meaning of its own",
    );
    check(
        "w.toml",
        "[[task]]\nshell = \"true\"\n",
        "w.toml:1: task 1: name: missing; every task has a name of its own",
    );
}

#[test]
fn dependencies() {
    let other = |name: &str, lines: &str| format!("[[task]]\nname = \"{name}\"\nshell = \"true\"\n{lines}\n");
    check(
        "w.toml",
        &(task("shell = \"true\"\nneeds = [\"alingn\"]") + &other("align", "")),
        "w.toml:4: task 'a': needs[0]: there is no task 'alingn'; did you mean 'align'?",
    );
    check_task("shell = \"true\"\nneeds = [\"a\"]", "4: task 'a': needs: it needs itself");
    let cycle = task("shell = \"true\"\nneeds = [\"c\"]")
        + &other("b", "needs = [\"a\"]")
        + &other("c", "needs = [\"b\"]");
    check("w.toml", &cycle, "w.toml:4: task 'a': needs: the tasks need each other: a -> c -> b -> a");
    let sizes =
        task("shell = \"true\"\narray = \"0-3\"") + &other("b", "array = \"0-4\"\nneeds = [\"a[=]\"]");
    check(
        "w.toml",
        &sizes,
        "w.toml:9: task 'b': needs: 'a[=]' goes element by element, but 'a' has 4 and 'b' has 5",
    );
}

#[test]
fn arrays() {
    let check_array = |line: &str, sentence: &str| {
        check_task(&format!("shell = \"true\"\n{line}"), &format!("4: task 'a': {sentence}"));
    };
    check_array("items = []", "items: found an empty list, expected at least one value");
    check_array("array = \"\"", "array: '' is not a list of indices; write it like 0-999, 1-10:3 or 1,3,5-9");
    check_array("array = \"9-3\"", "array: '9-3' counts down from 9 to 3; write the smaller index first");
    check_array(
        "array = \"0-4294967295\"",
        "array: it has 4294967296 tasks, more than the limit of 100000000",
    );
    let home = Home::new();
    home.write("w.toml", &task("shell = \"true\"\nitems_from = \"no.txt\""));
    Scene::of(&home).refused(
        "run w.toml",
        2,
        "w.toml:4: task 'a': items_from: cannot read [HOME]/work/no.txt: no such file or directory",
    );
}

#[test]
fn placeholders() {
    check_task(
        "command = [\"echo\", \"{itm}\"]\nitems = [\"x\"]",
        "3: task 'a': command[1]: unknown placeholder '{itm}'; known are {index}, {item}, {matrix.NAME}, {attempt}, \
         {workflow} and {result.NAME}, and '{{' stands for a brace",
    );
    check_task(
        "command = [\"echo\", \"{item}\"]",
        "3: task 'a': command: {item} has no value, since the task has no items",
    );
    check_task(
        "command = [\"echo\", \"{item\"]\nitems = [\"x\"]",
        "3: task 'a': command[1]: a lone '{' at character 1; write '{{' for a brace",
    );
}

#[test]
fn earlier_results() {
    let check_key = |line: &str, sentence: &str| {
        check_task(&format!("shell = \"true\"\n{line}"), &format!("4: task 'a': {sentence}"));
    };
    check_key("cache = \"yes\"", "cache: found \"yes\", expected \"auto\", true or false");
    check_key(
        "cache_ignore = [\"ture\"]",
        "cache_ignore[0]: 'ture' is nothing that the task has; it takes env.NAME, stdin, words of the command and \
         paths of inputs, as they are written; did you mean 'true'?",
    );
    check_key("capture = true", "capture: found true, expected \"no\" or \"stdout\"");
    check_key("env = { X = \"{result.b}\" }", "env: {result.b} is the value of a task that is not there");
    check(
        "w.toml",
        "checkpoint = \"daily\"\n",
        "w.toml:1: checkpoint: found \"daily\", expected \"task_exit\", \"periodic\", \"workflow_exit\", \
         \"dfk_exit\", \"manual\" or \"off\"",
    );
}

#[test]
fn values_that_are_not_there_in_time() {
    let text = task("shell = \"true\"\ncapture = \"stdout\"")
        + "[[task]]\nname = \"b\"\nneeds = [\"c\"]\ncommand = [\"echo\", \"{result.a}\"]\n\
           [[task]]\nname = \"c\"\nshell = \"true\"\n";
    check(
        "w.toml",
        &text,
        "w.toml:8: task 'b': command: {result.a} is the value of a task that it does not need; write \
         needs = [\"c\", \"a\"]",
    );
}

#[test]
fn commands() {
    check_task(
        "",
        "1: task 'a': there is no command; write command = [\"program\", \"argument\"] or shell = \"a | b\"",
    );
    check_task("command = []", "3: task 'a': command: found an empty list, expected at least the program");
    check_task(
        "command = [\"x\"]\nshell = \"y\"",
        "4: task 'a': there are both 'command' and 'shell'; keep one of them",
    );
}
