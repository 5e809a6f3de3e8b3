//! Memoization, captured values and checkpoint modes, badly written.

use super::bad::{A, check};

#[test]
fn modes() {
    let with = |line: &str| format!("{line}\n{A}");
    check(&[
        (
            &with("checkpoint = 'sometimes'"),
            "w.toml:1: checkpoint: found \"sometimes\", expected \"task_exit\", \"periodic\", \"workflow_exit\", \
             \"dfk_exit\", \"manual\" or \"off\"",
        ),
        (
            &with("checkpoint = 'manual'\ncheckpoint_period = '5s'"),
            "w.toml:2: checkpoint_period: it belongs to checkpoint = \"periodic\", and the mode is \"manual\"; leave \
             one of them out",
        ),
        (
            &with("checkpoint_period = '1ms'"),
            "w.toml:1: checkpoint_period: found 1ms, expected at least 100ms",
        ),
        (&with("checkpoint_period = '2d'"), "w.toml:1: checkpoint_period: found 2d, expected at most 1d"),
        (&with("checkpont = 'off'"), "w.toml:1: unknown key 'checkpont'; did you mean 'checkpoint'?"),
    ]);
}

/// One task, changed.
fn check_task(cases: &[(&str, &str)]) {
    let texts: Vec<(String, String)> =
        cases.iter().map(|(lines, fault)| (format!("{A}{lines}"), format!("w.toml:{fault}"))).collect();
    let cases: Vec<(&str, &str)> =
        texts.iter().map(|(text, expected)| (text.as_str(), expected.as_str())).collect();
    check(&cases);
}

#[test]
fn caching() {
    let long = format!("cache_version = '{}'", "x".repeat(129));
    check_task(&[
        ("cache = 'yes'", "4: task 'a': cache: found \"yes\", expected \"auto\", true or false"),
        ("memoize = true", "4: task 'a': unknown key 'memoize'; did you mean 'cache'?"),
        (
            "cache_version = [1]",
            "4: task 'a': cache_version: found a list, expected text, a number or a truth value",
        ),
        (&long, "4: task 'a': cache_version: it has 129 characters, more than the limit of 128"),
        (
            "cache_arguments = 'name'",
            "4: task 'a': cache_arguments: found \"name\", expected \"content\" or \"text\"",
        ),
        (
            "cache_ignore = 'stdin'",
            "4: task 'a': cache_ignore: found \"stdin\", expected a list of what the key leaves out such as \
             [\"env.DATE\", \"stdin\"]",
        ),
        (
            "env.DATE = 1\ncache_ignore = [\n 'a',\n 'env.DAT']",
            "7: task 'a': cache_ignore[1]: 'env.DAT' is nothing that the task has; it takes env.NAME, stdin, words of \
             the command and paths of inputs, as they are written; did you mean 'env.DATE'?",
        ),
        (
            "cache_ignore = ['stdin']",
            "4: task 'a': cache_ignore[0]: 'stdin' is nothing that the task has; it takes env.NAME, stdin, words of the \
             command and paths of inputs, as they are written",
        ),
        ("capture = 'stderr'", "4: task 'a': capture: found \"stderr\", expected \"no\" or \"stdout\""),
    ]);
    check(&[(
        &format!("[defaults]\ncache_ignore = ['env.B']\n{A}"),
        "w.toml:2: defaults.cache_ignore[0]: 'env.B' is nothing that any task has; it takes env.NAME, stdin, words of the \
         command and paths of inputs, as they are written",
    )]);
}

/// A task `a` with these lines, and a task `b` with those.
fn pair(first: &str, second: &str) -> String {
    format!("{A}{first}\n[[task]]\nname = 'b'\n{second}\n")
}

#[test]
fn values_of_other_tasks() {
    let single = |second: &str| pair("capture = 'stdout'", second);
    let array = |second: &str| pair("capture = 'stdout'\narray = 3", second);
    check(&[
        (
            "[[task]]\nname = 'seed'\nshell = 'a'\n\n[[task]]\nname = 'b'\nshell = 'b {result.sede}'",
            "w.toml:7: task 'b': shell: {result.sede} is the value of a task that is not there; did you mean 'seed'?",
        ),
        (
            &pair("", "needs = ['a']\nshell = 'b {result.a}'"),
            "w.toml:8: task 'b': shell: 'a' has no value; write capture = \"stdout\" in task 'a'",
        ),
        (
            &single("needs = ['7/x']\ncommand = ['b', '{result.a}']"),
            "w.toml:8: task 'b': command: {result.a} is the value of a task that it does not need; write \
             needs = [\"7/x\", \"a\"]",
        ),
        (
            &single("capture = 'stdout'\nshell = 'b {result.b}'"),
            "w.toml:8: task 'b': shell: {result.b} is its own value, which is known only when it has run",
        ),
        (
            &array("array = 3\nneeds = ['a']\nshell = 'b {result.a}'"),
            "w.toml:10: task 'b': shell: {result.a} is not one value, since 'a' is an array and 'a' alone waits for all \
             of it; write needs = [\"a[=]\"]",
        ),
        (
            &array("needs = ['a']\nshell = 'b'\nstdin = '{result.a}'"),
            "w.toml:10: task 'b': stdin: {result.a} is not one value, since 'a' has 3 and this task has 1; only a single \
             task, or an array of the same size, has one value for each",
        ),
        (
            &array("array = 3\nshell = 'b'\nenv = { X = '{result.a}' }"),
            "w.toml:10: task 'b': env: {result.a} is the value of a task that it does not need; write needs = [\"a[=]\"]",
        ),
    ]);
    for key in ["cwd", "stdin_file", "stdout", "stderr"] {
        check(&[(
            &single(&format!("needs = ['a']\nshell = 'b'\n{key} = 'x/{{result.a}}'")),
            &format!(
                "w.toml:9: task 'b': {key}: {{result.a}} cannot stand in a path, since paths are part of what the \
                 workflow is before it runs; put it into the command, stdin or env"
            ),
        )]);
    }
}
