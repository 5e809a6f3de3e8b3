//! Bad values of a task's keys, each with the exact sentence that people see.

use super::bad::{A, check};

/// A task `a` whose table goes on with the keys of each case from line 4 on.
fn check_task(cases: &[(&str, &str)]) {
    let whole = |keys: &str| format!("[[task]]\nname = \"a\"\ncommand = [\"run\"]\n{keys}\n");
    let whole: Vec<(String, String)> =
        cases.iter().map(|(keys, expected)| (whole(keys), format!("w.toml:{expected}"))).collect();
    let cases: Vec<(&str, &str)> =
        whole.iter().map(|(text, error)| (text.as_str(), error.as_str())).collect();
    check(&cases);
}

#[test]
fn shapes() {
    check_task(&[
        (
            "array = '0-'",
            "4: task 'a': array: '0-' is not a list of indices; write it like 0-999, 1-10:3 or 1,3,5-9",
        ),
        ("array = 0", "4: task 'a': array: an array of 0 has no tasks; leave the key out for a single task"),
        ("array = -5", "4: task 'a': array: found -5, expected a whole number from 1 to 100000000"),
        (
            "array = 1.5",
            "4: task 'a': array: found 1.5, expected indices such as \"0-999\" or a number of tasks",
        ),
        ("array = '9-1'", "4: task 'a': array: '9-1' counts down from 9 to 1; write the smaller index first"),
        ("array = '1-9:0'", "4: task 'a': array: '1-9:0' has a step of 0; the smallest step is 1"),
        ("array = '1-5,3'", "4: task 'a': array: index 3 stands there twice"),
        (
            "array = '0-4294967295'",
            "4: task 'a': array: it has 4294967296 tasks, more than the limit of 100000000",
        ),
        (
            "array = 100_000_001",
            "4: task 'a': array: found 100000001, expected a whole number from 1 to 100000000",
        ),
        ("items = []", "4: task 'a': items: found an empty list, expected at least one value"),
        (
            "items = 'a'",
            "4: task 'a': items: found \"a\", expected a list of texts or numbers such as [\"a\", \"b\"] or [1, 2]",
        ),
        (
            "items = ['a', ['b']]",
            "4: task 'a': items[1]: found a list, expected text, a number or a truth value",
        ),
        ("items = ['a']\narray = 3", "5: task 'a': there are both 'items' and 'array'; keep one of them"),
        (
            "items_from = 'missing.txt'",
            "4: task 'a': items_from: cannot read /data/missing.txt: No such file or directory (os error 2)",
        ),
        (
            "items_from = 'empty.txt'",
            "4: task 'a': items_from: /data/empty.txt has no items; write one on each line",
        ),
        ("matrix = {}", "4: task 'a': matrix: a matrix has between 1 and 16 axes, this one 0"),
        (
            "matrix = { seed = [] }",
            "4: task 'a': matrix.seed: found an empty list, expected at least one value",
        ),
        (
            "matrix = { seed = 3 }",
            "4: task 'a': matrix.seed: found 3, expected a list of texts or numbers such as [\"a\", \"b\"] or [1, 2]",
        ),
        (
            "matrix = { 'a}' = [1] }",
            "4: task 'a': matrix: the name \"a}\" has a '}', which has a meaning of its own",
        ),
    ]);
}

#[test]
fn needs() {
    let b = |needs: &str| format!("{A}[[task]]\nname = 'b'\nshell = 'b'\nneeds = {needs}\n");
    let array = "[[task]]\nname = 'a'\nshell = 'a'\narray = 3\n\
                 [[task]]\nname = 'b'\nshell = 'b'\narray = 4\nneeds = ['a[=]']\n";
    let cycle = "[[task]]\nname = 'a'\nshell = 'a'\nneeds = ['c']\n\
                 [[task]]\nname = 'b'\nshell = 'b'\nneeds = ['a']\n\
                 [[task]]\nname = 'c'\nshell = 'c'\nneeds = ['b']\n";
    check(&[
        (
            &b("'a'"),
            "w.toml:7: task 'b': needs: found \"a\", expected a list of tasks such as [\"split\", \"align[=]\"]",
        ),
        (&b("['a', 7]"), "w.toml:7: task 'b': needs[1]: found 7, expected text in quotes"),
        (&b("['a', 'c']"), "w.toml:7: task 'b': needs[1]: there is no task 'c'"),
        (&b("[\n  'a',\n  'aa',\n]"), "w.toml:9: task 'b': needs[1]: there is no task 'aa'"),
        (&b("['a', 'a[=]']"), "w.toml:7: task 'b': needs: the same task stands there twice"),
        (
            &b("['7[=]']"),
            "w.toml:7: task 'b': needs[0]: '7[=]' waits element by element, but names no group; write it like 7/split[=]",
        ),
        (
            &b("['0']"),
            "w.toml:7: task 'b': needs[0]: '0' is not an earlier submission; write it like 7 or 7/split",
        ),
        (&b("['b']"), "w.toml:7: task 'b': needs: it needs itself"),
        (
            &b("['a[0]']"),
            "w.toml:7: task 'b': needs[0]: 'a[0]' is one element; write 'a' to wait for all of them, or 'a[=]' to go element by element",
        ),
        (array, "w.toml:9: task 'b': needs: 'a[=]' goes element by element, but 'a' has 3 and 'b' has 4"),
        (cycle, "w.toml:4: task 'a': needs: the tasks need each other: a -> c -> b -> a"),
    ]);
}

#[test]
fn resources() {
    check_task(&[
        ("cpus = 'many'", "4: task 'a': cpus: found \"many\", expected a number such as 2 or 0.5"),
        ("cpus = -1", "4: task 'a': cpus: found -1, expected a number such as 2 or 0.5"),
        ("cpus = nan", "4: task 'a': cpus: found nan, expected a number such as 2 or 0.5"),
        (
            "cpus = 0",
            "4: task 'a': cpus: a task that needs nothing would be started without end; the smallest amount is 0.01",
        ),
        (
            "memory = '5 apples'",
            "4: task 'a': memory: '5 apples' is not a size; write it like 512MiB, 2GB or 4096 (bytes)",
        ),
        (
            "memory = -5",
            "4: task 'a': memory: found -5, expected a size such as \"512MiB\" or a number of bytes",
        ),
        (
            "memory = 99999999999999999999",
            "4: task 'a': memory: found 99999999999999999999, expected a size such as \"512MiB\" or a number of bytes",
        ),
        ("gpus = 1.5", "4: task 'a': gpus: found 1.5, expected a whole number, or a fraction of one"),
        (
            "resources = { licence = 'two' }",
            "4: task 'a': resources.licence: found \"two\", expected a whole number from 0 to 9223372036854775807",
        ),
        (
            "resources = { cpus = 2 }",
            "4: task 'a': resources.cpus: 'cpus' is a key of its own; write it outside of 'resources'",
        ),
        ("resources = 3", "4: task 'a': resources: found 3, expected a table such as { licence = 2 }"),
        (
            "cpus = 2\n[[task.request]]\ncpus = 1",
            "5: task 'a': there are both 'request' and 'cpus'; put it into each request",
        ),
        ("request = []", "4: task 'a': request: found an empty list, expected at least one variant"),
        (
            "[[task.request]]\ncpus = 1\n[[task.request]]\nmem = '1GB'",
            "7: task 'a': request[1]: unknown key 'mem'; did you mean 'memory'?",
        ),
        (
            "[task.request]\ncpus = 1",
            "4: task 'a': request: found a table, expected a list of tables, written [[task.request]]",
        ),
        (
            "[[task.request]]\ncpus = 'x'",
            "5: task 'a': request[0].cpus: found \"x\", expected a number such as 2 or 0.5",
        ),
        ("pin = 'yes'", "4: task 'a': pin: found \"yes\", expected \"no\", \"compact\" or \"spread\""),
    ]);
}

#[test]
fn other_keys() {
    check_task(&[
        (
            "time_limit = \"so\\non\"",
            "4: task 'a': time_limit: 'so\\non' is not a duration; write it like 10s, 5m, 1h30m, 250ms or 00:10:00",
        ),
        (
            "time_limit = 'soon'",
            "4: task 'a': time_limit: 'soon' is not a duration; write it like 10s, 5m, 1h30m, 250ms or 00:10:00",
        ),
        (
            "time_limit = 00:10:00",
            "4: task 'a': time_limit: found the date or time 00:10:00, expected a duration in quotes such as \"90s\" or \"1h30m\"",
        ),
        (
            "time_limit = -1",
            "4: task 'a': time_limit: '-1' is not a duration; write it like 10s, 5m, 1h30m, 250ms or 00:10:00",
        ),
        ("time_limit = '0s'", "4: task 'a': time_limit: no task can end in no time"),
        ("kill_grace = '99999d'", "4: task 'a': kill_grace: '99999d' is longer than 31 years"),
        ("retries = -1", "4: task 'a': retries: found -1, expected a whole number from 0 to 1000000"),
        ("retries = 1.5", "4: task 'a': retries: found 1.5, expected a whole number from 0 to 1000000"),
        ("retries = true", "4: task 'a': retries: found true, expected a whole number from 0 to 1000000"),
        (
            "retry_on = ['exit', 'panic']",
            "4: task 'a': retry_on[1]: found \"panic\", expected \"exit\", \"signal\", \"timeout\", \"oom\" or \"output\"",
        ),
        (
            "priority = 3_000_000_000",
            "4: task 'a': priority: found 3000000000, expected a whole number from -2147483648 to 2147483647",
        ),
        ("env = ['A=1']", "4: task 'a': env: found a list, expected a table such as { LC_ALL = \"C\" }"),
        ("env = { 'A=B' = 1 }", "4: task 'a': env: \"A=B\" is not the name of a variable"),
        ("env.A = {}", "4: task 'a': env.A: found a table, expected text, a number or a truth value"),
        (
            "stdin = 'a'\nstdin_file = 'b'",
            "5: task 'a': there are both 'stdin' and 'stdin_file'; keep one of them",
        ),
        ("cwd = ''", "4: task 'a': cwd: found \"\", expected a path"),
        (
            "inputs = 'a.txt'",
            "4: task 'a': inputs: found \"a.txt\", expected a list of paths such as [\"a.txt\", \"b.txt\"]",
        ),
        ("outputs = ['']", "4: task 'a': outputs[0]: found \"\", expected a path"),
        ("timeout = '5m'", "4: task 'a': unknown key 'timeout'; did you mean 'time_limit'?"),
        ("depends_on = ['b']", "4: task 'a': unknown key 'depends_on'; did you mean 'needs'?"),
        ("memroy = '1GB'", "4: task 'a': unknown key 'memroy'; did you mean 'memory'?"),
        ("command = ['again']", "4:1: not valid TOML: duplicate key"),
    ]);
}
