//! Bad files and bad tables, each with the exact sentence that people see.

use super::toml_error;

/// Every case that differs is shown, so that a changed sentence is seen wherever it stands.
pub(super) fn check(cases: &[(&str, &str)]) {
    let differs = |(text, expected): &(&str, &str)| {
        let error = toml_error(text);
        (error != *expected).then(|| format!("{text}\nexpected {expected:?}\n   found {error:?}\n"))
    };
    let differences: Vec<String> = cases.iter().filter_map(differs).collect();
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

/// The smallest task.
pub(super) const A: &str = "[[task]]\nname = \"a\"\nshell = \"a\"\n";

#[test]
fn syntax() {
    check(&[
        ("name = \n", "w.toml:1:8: not valid TOML: string values must be quoted, expected literal string"),
        ("name = \"a\nb = 1\n", "w.toml:1:10: not valid TOML: invalid basic string, expected `\"`"),
        ("[[task]\nname = 'a'\n", "w.toml:1:8: not valid TOML: unclosed array table, expected `]`"),
        ("name = 'a'\nname = 'b'\n", "w.toml:2:1: not valid TOML: duplicate key"),
        ("[[task]]\nname = 'a'\nfoo\n", "w.toml:3:4: not valid TOML: key with no value, expected `=`"),
        ("a = 2024-13-45\n", "w.toml:1:5: not valid TOML: invalid date, expected month between 01 and 12"),
    ]);
}

#[test]
fn top_level() {
    let with = |line: &str| format!("{line}\n{A}");
    check(&[
        ("", "w.toml: there are no tasks; a workflow has at least one [[task]]"),
        ("task = []", "w.toml: there are no tasks; a workflow has at least one [[task]]"),
        (
            "[task]\nname = 'a'\n",
            "w.toml:1: task: found a table, expected a list of tables, written [[task]]",
        ),
        ("task = [7]", "w.toml:1: task 1: found 7, expected a table with at least a name and a command"),
        (&with("nmae = 'a'"), "w.toml:1: unknown key 'nmae'; did you mean 'name'?"),
        (
            &with("colour = 'red'"),
            "w.toml:1: unknown key 'colour'; 'godwit schema' lists those that are known",
        ),
        (&with("name = 7"), "w.toml:1: name: found 7, expected text in quotes"),
        (&with("name = ' a'"), "w.toml:1: name: the name \" a\" starts or ends with white space"),
        (&with("name = \"a\\u0007\""), "w.toml:1: name: the name \"a\\u{7}\" has a control character"),
        (
            &with("on_failure = 'panic'"),
            "w.toml:1: on_failure: found \"panic\", expected \"continue\" or \"stop\"",
        ),
        (
            &with("max_failures = -1"),
            "w.toml:1: max_failures: found -1, expected a whole number from 0 to 4294967295",
        ),
        (
            &with("on_failure = 'stop'\nmax_failures = 3"),
            "w.toml:2: there are both 'on_failure' and 'max_failures'; keep one of them",
        ),
        (&with("defaults = 3"), "w.toml:1: defaults: found 3, expected a table, written [defaults]"),
        (
            &with("[defaults]\ncommand = ['a']"),
            "w.toml:2: defaults: 'command' belongs to each task, not to [defaults]",
        ),
        (
            &with("[defaults]\nretrys = 3"),
            "w.toml:2: defaults: unknown key 'retrys'; did you mean 'retries'?",
        ),
        (
            &with("[defaults]\ntime_limit = 'soon'"),
            "w.toml:2: defaults.time_limit: 'soon' is not a duration; write it like 10s, 5m, 1h30m, 250ms or 00:10:00",
        ),
        (
            &with("[defaults]\nenv = { A = [1] }"),
            "w.toml:2: defaults.env.A: found a list, expected text, a number or a truth value",
        ),
        (&with("[[tasks]]\nname = 'b'"), "w.toml:1: unknown key 'tasks'; did you mean 'task'?"),
    ]);
}

#[test]
fn names_and_commands() {
    check(&[
        ("[[task]]\ncommand = ['a']\n", "w.toml:1: task 1: name: missing; every task has a name of its own"),
        ("[[task]]\nname = 7\ncommand = ['a']\n", "w.toml:2: task 1: name: found 7, expected text in quotes"),
        ("[[task]]\nname = ''\ncommand = ['a']\n", "w.toml:2: task '': name: the name is empty"),
        (
            "[[task]]\nname = 'a/b'\ncommand = ['a']\n",
            "w.toml:2: task 'a/b': name: the name \"a/b\" has a '/', which has a meaning of its own",
        ),
        (
            "[[task]]\nname = 'a[1]'\ncommand = ['a']\n",
            "w.toml:2: task 'a[1]': name: the name \"a[1]\" has a '[', which has a meaning of its own",
        ),
        (
            "[[task]]\nname = 'a'\n",
            "w.toml:1: task 'a': there is no command; write command = [\"program\", \"argument\"] or shell = \"a | b\"",
        ),
        (
            "[[task]]\nname = 'a'\ncommand = ['a']\nshell = 'a'\n",
            "w.toml:4: task 'a': there are both 'command' and 'shell'; keep one of them",
        ),
        (
            "[[task]]\nname = 'a'\ncommand = 'echo hello'\n",
            "w.toml:3: task 'a': command: found \"echo hello\", expected a list such as [\"program\", \"argument\"]; for a line of shell write shell = \"…\" instead",
        ),
        (
            "[[task]]\nname = 'a'\ncommand = []\n",
            "w.toml:3: task 'a': command: found an empty list, expected at least the program",
        ),
        (
            "[[task]]\nname = 'a'\ncommand = ['']\n",
            "w.toml:3: task 'a': command: there is no program to start",
        ),
        (
            "[[task]]\nname = 'a'\ncommand = [\n  'a',\n  7,\n]\n",
            "w.toml:5: task 'a': command[1]: found 7, expected text in quotes",
        ),
        ("[[task]]\nname = 'a'\nshell = ' '\n", "w.toml:3: task 'a': shell: there is nothing to run"),
        (
            &format!("{A}{A}"),
            "w.toml:5: task 'a': name: another task has this name already; names are unique",
        ),
        (
            &format!("[[task]]\nname = '{}'\nshell = 'a'", "x".repeat(129)),
            "w.toml:2: task 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx': name: the name has 129 characters, more than the limit of 128",
        ),
    ]);
}

#[test]
fn placeholders() {
    check(&[
        (
            "[[task]]\nname = 'x'\ncommand = ['a', '{item}']\n",
            "w.toml:3: task 'x': command: {item} has no value, since the task has no items",
        ),
        (
            "[[task]]\nname = 'x'\ncommand = ['a', '{itme}']\n",
            "w.toml:3: task 'x': command[1]: unknown placeholder '{itme}'; known are {index}, {item}, {matrix.NAME}, {attempt}, {workflow} and {result.NAME}, and '{{' stands for a brace",
        ),
        (
            "[[task]]\nname = 'x'\nshell = 'echo ${HOME'\n",
            "w.toml:3: task 'x': shell: a lone '{' at character 7; write '{{' for a brace",
        ),
        (
            "[[task]]\nname = 'x'\nshell = 'echo }'\n",
            "w.toml:3: task 'x': shell: a lone '}' at character 6; write '}}' for a brace",
        ),
        (
            "[[task]]\nname = 'x'\nshell = 'a'\nstdout = '{matrix.seed}'\n",
            "w.toml:4: task 'x': stdout: {matrix.seed} has no value, since the task has no matrix",
        ),
        (
            "[[task]]\nname = 'x'\nshell = '{matrix.sead}'\nmatrix = { seed = [1], size = [2] }\n",
            "w.toml:3: task 'x': shell: {matrix.sead} has no value, since the axes of the matrix are seed, size",
        ),
    ]);
}
