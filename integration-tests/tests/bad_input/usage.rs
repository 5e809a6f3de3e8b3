//! Wrong words on the command line: judged before anything is looked for.

use crate::check::Scene;
use godwit_integration_tests::Home;

#[track_caller]
fn check(line: &str, sentence: &str) {
    let home = Home::new();
    Scene::of(&home).refused(line, 2, sentence);
    assert!(!home.path("home").exists(), "nothing was made");
}

#[test]
fn commands() {
    check(
        "lisst",
        "unrecognized subcommand 'lisst'; a similar subcommand exists: 'list'; see 'godwit --help'",
    );
    check("submit", "the following required arguments were not provided: <FILE>; see 'godwit submit --help'");
    check(
        "submit w.toml -- true",
        "the argument '[FILE]' cannot be used with '[COMMAND]...'; see 'godwit submit --help'",
    );
    check(
        "wait",
        "the following required arguments were not provided: <WORKFLOW>...; see 'godwit wait --help'",
    );
    check(
        "--cluster a/b list",
        "'a/b' cannot be the name of a cluster; use letters, digits, '-', '_' and '.', not '.' first",
    );
}

#[test]
fn values() {
    check(
        "submit --array 5-1 -- true",
        "invalid value '5-1' for '--array <INDICES>': '5-1' counts down from 5 to 1; write the smaller index \
         first; see 'godwit --help'",
    );
    check(
        "submit --array x -- true",
        "invalid value 'x' for '--array <INDICES>': 'x' is not a list of indices; write it like 0-999, 1-10:3 or \
         1,3,5-9; see 'godwit --help'",
    );
    check(
        "submit --memory lots -- true",
        "invalid value 'lots' for '--memory <SIZE>': 'lots' is not a size; write it like 512MiB, 2GB or 4096 \
         (bytes); see 'godwit --help'",
    );
    check(
        "submit --time-limit soon -- true",
        "invalid value 'soon' for '--time-limit <DURATION>': 'soon' is not a duration; write it like 10s, 5m, \
         1h30m, 250ms or 00:10:00; see 'godwit --help'",
    );
    check(
        "submit --retries -1 -- true",
        "invalid value '-1' for '--retries <N>': -1 is not in 0..=4294967295; see 'godwit --help'",
    );
    check(
        "list --output xml",
        "invalid value 'xml' for '--output <table|json|quiet>'; [possible values: table, json, quiet]; see \
         'godwit --help'",
    );
    check(
        "worker start --resource licence",
        "invalid value 'licence' for '--resource <NAME=N>': 'licence' is not a resource; write it like \
         licence=4; see 'godwit --help'",
    );
}

#[test]
fn earlier_results_and_checkpoints() {
    check(
        "submit --checkpoint daily -- true",
        "invalid value 'daily' for '--checkpoint <MODE>': 'daily' is no checkpoint mode; there are task_exit, \
         periodic, workflow_exit (or dfk_exit), manual and off; see 'godwit --help'",
    );
    check(
        "submit --checkpoint off --checkpoint-period 5s -- true",
        "--checkpoint-period belongs to the mode periodic, and the mode is off; add --checkpoint periodic, or leave \
         the period out",
    );
    check(
        "submit --checkpoint-period 1ms -- true",
        "cannot submit the workflow: --checkpoint-period: found 1ms, expected at least 100ms",
    );
    check(
        "submit --reuse none --reuse all -- true",
        "--reuse none excludes any other --reuse; keep one of them",
    );
    check(
        "submit --reuse lsat -- true",
        "cannot reuse the results of 'lsat': it is neither all, last, none, the URL of a store, nor a file or folder \
         that is there; did you mean 'last'?",
    );
    check(
        "submit --rerun flase -- false",
        "cannot run 'flase' again: the workflow has no such task; did you mean 'false'?",
    );
    check(
        "submit --cache sometimes -- true",
        "invalid value 'sometimes' for '--cache <WHEN>'; [possible values: auto, always, never]; see 'godwit --help'",
    );
}

#[test]
fn selectors() {
    check(
        "status 7/align[",
        "invalid value '7/align[' for '[WORKFLOW]': '7/align[' has a bracket without its other half; write it \
         like 7, 7/align, 7/align[12] or 7/align[3-9]; see 'godwit --help'",
    );
    check(
        "cancel align",
        "invalid value 'align' for '<WORKFLOW[/TASK]>...': 'align' does not begin with the number of a workflow; \
         write it like 7, 7/align, 7/align[12] or 7/align[3-9]; see 'godwit --help'",
    );
    check(
        "logs 7/a[1-3]",
        "invalid value '7/a[1-3]' for '<TASK>': '7/a[1-3]' is several tasks but one is needed; write it like \
         7/align[12]; see 'godwit --help'",
    );
    check(
        "submit --after x -- true",
        "invalid value 'x' for '--after <WORKFLOW[/GROUP]>': 'x' is not an earlier submission; write it like 7 \
         or 7/split; see 'godwit --help'",
    );
    check(
        "worker drain x3",
        "invalid value 'x3' for '<WORKER>...': 'x3' is not a worker; workers are called w1, w2, …; see \
         'godwit --help'",
    );
}
