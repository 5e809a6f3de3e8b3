//! What is refused of workflows that did not come from a file of ours.

use crate::checkpoint::CheckpointMode;
use crate::ids::{Token, WorkflowId};
use crate::memo::{ContentDigest, FileDigest, Reuse, Stamp};
use crate::resources::{Hundredths, Request};
use crate::shape::{Axis, IndexRange, Shape};
use crate::task::{Capture, Command, RetryOn, Stdin, TaskSpec};
use crate::template::Template;
use crate::workflow::{Dependency, Group, Need, Target, Workflow};
use proptest::prelude::*;
use std::time::Duration;

fn group(name: &str, needs: &[u32]) -> Group {
    let need = |position: &u32| Need { on: Target::Group(*position), by: Dependency::Barrier };
    Group {
        name: name.to_owned(),
        shape: Shape::Single,
        needs: needs.iter().map(need).collect(),
        task: TaskSpec::new(Command::Argv(vec![Template::literal("true")]), "/"),
    }
}

fn workflow(groups: Vec<Group>) -> Workflow {
    Workflow::new("w".to_owned(), groups, Token(1))
}

fn fault(groups: Vec<Group>) -> String {
    let invalid = workflow(groups).validate().expect_err("a fault");
    invalid.to_string()
}

/// One group, changed.
fn check(change: impl FnOnce(&mut Group), expected: &str) {
    let mut one = group("a", &[]);
    change(&mut one);
    assert_eq!(fault(vec![one]), expected);
}

fn range(first: u32, last: u32, step: u32) -> IndexRange {
    IndexRange { first, last, step }
}

#[test]
fn names_stand_in_lines_and_paths() {
    for (name, expected) in [
        ("", "task '': name: the name is empty"),
        ("a\nb", "task 'a\\nb': name: the name \"a\\nb\" has a control character"),
        (" a", "task ' a': name: the name \" a\" starts or ends with white space"),
        ("a{", "task 'a{': name: the name \"a{\" has a '{', which has a meaning of its own"),
    ] {
        check(|group| name.clone_into(&mut group.name), expected);
    }
    let mut nameless = workflow(vec![group("a", &[])]);
    nameless.name = "x".repeat(129);
    let fault = nameless.validate().expect_err("too long").to_string();
    assert_eq!(fault, "name: the name has 129 characters, more than the limit of 128");
}

#[test]
fn counts_are_limited() {
    assert_eq!(fault(Vec::new()), "there are no tasks");
    let huge =
        |name: &str| Group { shape: Shape::Indices(vec![range(0, 99_999_999, 1)]), ..group(name, &[]) };
    assert_eq!(
        fault(vec![huge("a"), huge("b"), huge("c")]),
        "there are 300000000 tasks, more than the limit of 200000000"
    );
    assert_eq!(
        fault(vec![group("a", &[]), group("b", &[]), group("a", &[])]),
        "task 'a': name: another task has this name already; names are unique"
    );
}

#[test]
fn shapes_tell_their_tasks_apart() {
    let axis = |name: &str, value: &str| Axis { name: name.to_owned(), values: vec![value.to_owned()] };
    for (shape, expected) in [
        (Shape::Indices(vec![]), "array: it has no tasks"),
        (Shape::Indices(vec![range(0, 9, 0)]), "array: an index range has step 0"),
        (Shape::Indices(vec![range(0, 9, 1), range(9, 3, 1)]), "array: the range from 9 to 3 is empty"),
        (Shape::Indices(vec![range(4, 8, 2), range(0, 9, 3)]), "array: index 6 stands there twice"),
        (Shape::Items(vec!["a".into(), "\0".into()]), "items: item 1 has a NUL character"),
        (Shape::Matrix(vec![axis("a", "1"), axis("a", "2")]), "matrix: there are two axes 'a'"),
        (Shape::Matrix(vec![axis("a", "\0")]), "matrix: value 0 of 'a' has a NUL character"),
        (Shape::Matrix(vec![axis("", "1")]), "matrix: the name is empty"),
    ] {
        check(|group| group.shape = shape, &format!("task 'a': {expected}"));
    }
    let nested = (0..3_000).map(|first| range(first, 90_000, 3_000)).collect();
    assert_eq!(
        fault(vec![Group { shape: Shape::Indices(nested), ..group("a", &[]) }]),
        "task 'a': array: too many of its ranges lie inside each other"
    );
}

#[test]
fn commands_and_paths_can_be_used() {
    let literal = Template::literal;
    check(
        |group| group.task.command = Command::Argv(vec![]),
        "task 'a': command: there is no program to start",
    );
    check(
        |group| group.task.command = Command::Shell(literal("\0")),
        "task 'a': shell: it has a NUL character",
    );
    check(|group| group.task.cwd = literal("work"), "task 'a': cwd: 'work' is not an absolute path");
    check(|group| group.task.cwd = literal(""), "task 'a': cwd: it has an empty path");
    check(
        |group| group.task.outputs = vec![literal("b"), literal("")],
        "task 'a': outputs: it has an empty path",
    );
    check(
        |group| group.task.stdin = Stdin::Text(literal(&"x".repeat((1 << 20) + 1))),
        "task 'a': stdin: it is longer than 1048576 bytes; put it into a file and write stdin_file",
    );
    check(
        |group| group.task.stdout = Some(Template::parse("{item}").expect("a template")),
        "task 'a': stdout: {item} has no value, since the task has no items",
    );
}

#[test]
fn variables_can_be_set() {
    let variable = |name: &str| (name.to_owned(), Template::literal("x"));
    for (names, expected) in [
        (vec![""], "env: a variable has an empty name"),
        (vec!["A=B"], "env: \"A=B\" is not the name of a variable"),
        (vec!["A\0"], "env: \"A\\0\" is not the name of a variable"),
        (vec!["A", "B", "A"], "env: 'A' stands there twice"),
    ] {
        let env = names.into_iter().map(variable).collect();
        check(|group| group.task.env = env, &format!("task 'a': {expected}"));
    }
}

#[test]
fn requests_ask_for_something() {
    let request = |named: &[(&str, u64)]| Request {
        named: named.iter().map(|(name, amount)| ((*name).to_owned(), *amount)).collect(),
        ..Request::default()
    };
    let nothing = Request { cpus: Hundredths(0), ..Request::default() };
    let half = Request { gpus: Hundredths(150), ..Request::default() };
    for (requests, expected) in [
        (vec![], "request: there are 0 variants, expected 1 to 16"),
        (vec![request(&[]); 17], "request: there are 17 variants, expected 1 to 16"),
        (
            vec![nothing],
            "cpus: a task that needs nothing would be started without end; the smallest amount is 0.01",
        ),
        (vec![half], "gpus: found 1.5, expected a whole number, or a fraction of one"),
        (vec![request(&[("b", 1), ("a", 1)])], "resources: named resources are not sorted or not unique"),
        (vec![request(&[("a", 0)])], "resources: 0 of 'a' is asked for"),
        (vec![request(&[("", 1)])], "resources: the name is empty"),
    ] {
        check(|group| group.task.requests = requests, &format!("task 'a': {expected}"));
    }
}

#[test]
fn times_and_retries_are_limited() {
    let long = Duration::from_secs(1_000_000_001);
    check(
        |group| group.task.time_limit = Some(Duration::ZERO),
        "task 'a': time_limit: no task can end in no time",
    );
    check(|group| group.task.kill_grace = long, "task 'a': kill_grace: it is longer than 31 years");
    check(|group| group.task.retry.delay_max = long, "task 'a': retry_delay_max: it is longer than 31 years");
    check(
        |group| group.task.retry.retries = u32::MAX,
        "task 'a': retries: 4294967295 is more than the limit of 1000000",
    );
    check(
        |group| group.task.retry.on = vec![RetryOn::Oom, RetryOn::Exit],
        "task 'a': retry_on: the failures are not sorted or not unique",
    );
}

#[test]
fn what_keys_leave_out_is_something_of_the_task() {
    for (ignore, expected) in [
        (vec!["true", "env.A"], "cache_ignore: what is left out is not sorted or not unique"),
        (vec!["true", "true"], "cache_ignore: what is left out is not sorted or not unique"),
        (vec!["env.A", "true"], "cache_ignore: 'env.A' is nothing that the task has"),
    ] {
        let ignore = ignore.into_iter().map(str::to_owned).collect();
        check(|group| group.task.caching.ignore = ignore, &format!("task 'a': {expected}"));
    }
    check(
        |group| group.task.caching.version = "a\n".to_owned(),
        "task 'a': cache_version: it has a control character",
    );
}

#[test]
fn a_value_is_there_before_who_asks_for_it() {
    let mut groups = vec![group("a", &[]), group("b", &[])];
    groups[1].task.env = vec![("A".to_owned(), Template::parse("{result.a}").expect("a template"))];
    assert_eq!(
        fault(groups.clone()),
        "task 'b': env: 'a' has no value; write capture = \"stdout\" in task 'a'"
    );
    groups[0].task.capture = Capture::Stdout;
    assert_eq!(
        fault(groups.clone()),
        "task 'b': env: {result.a} is the value of a task that it does not need; write needs = [\"a\"]"
    );
    groups[1].needs = group("b", &[0]).needs;
    assert_eq!(workflow(groups.clone()).validate(), Ok(()));
    groups[1].task.inputs = vec![Template::parse("x/{result.a}").expect("a template")];
    assert!(
        fault(groups).starts_with("task 'b': inputs: {result.a} cannot stand in a path, since paths are")
    );
}

/// A workflow, changed.
fn check_workflow(change: impl FnOnce(&mut Workflow), expected: &str) {
    let mut one = workflow(vec![group("a", &[]), group("b", &[])]);
    change(&mut one);
    assert_eq!(one.validate().expect_err(expected).to_string(), expected);
}

#[test]
fn a_submission_says_what_can_be() {
    check_workflow(|workflow| workflow.folder = "x".to_owned(), "folder: 'x' is not an absolute path");
    check_workflow(
        |workflow| workflow.folder = "/x".repeat(2049),
        "folder: a path has 4098 bytes, more than the limit of 4096",
    );
    check_workflow(|workflow| workflow.rerun = vec![2], "rerun: it names group 2 of 2");
    check_workflow(|workflow| workflow.rerun = vec![1, 0], "rerun: the groups are not sorted or not unique");
    check_workflow(
        |workflow| workflow.checkpoint_period = Some(Duration::from_millis(1)),
        "checkpoint_period: found 1ms, expected at least 100ms",
    );
    check_workflow(
        |workflow| {
            workflow.checkpoint = Some(CheckpointMode::Off);
            workflow.checkpoint_period = Some(Duration::from_secs(1));
        },
        "checkpoint_period: it belongs to checkpoint = \"periodic\", and the mode is \"off\"; leave one of them out",
    );
    for (sources, expected) in [
        (vec![], "reuse: there are 0 sources, expected 1 to 64"),
        (vec![""], "reuse: a source has 0 characters, expected 1 to 4096"),
        (vec!["a\u{7}"], "reuse: the source \"a\\u{7}\" has a control character"),
    ] {
        let sources = sources.into_iter().map(str::to_owned).collect();
        check_workflow(|workflow| workflow.reuse = Reuse::Sources(sources), expected);
    }
}

#[test]
fn files_are_named_once_and_in_order() {
    let file = |path: &str| FileDigest {
        path: path.to_owned(),
        digest: ContentDigest([0; 32]),
        stamp: Stamp { size: 0, modified: 0 },
    };
    for (paths, expected) in [
        (vec!["/b", "/a"], "files: the files are not sorted by path or not unique"),
        (vec!["/a", "/a"], "files: the files are not sorted by path or not unique"),
        (vec!["a"], "files: 'a' is not an absolute path"),
        (vec!["/a\0"], "files: it has a NUL character"),
    ] {
        check_workflow(|workflow| workflow.files = paths.into_iter().map(file).collect(), expected);
    }
    let mut good = workflow(vec![group("a", &[])]);
    good.files = vec![file("/a"), file("/b")];
    assert_eq!(good.validate(), Ok(()));
    let many = vec![file("/a"); 400_001];
    check_workflow(
        |workflow| workflow.files = many,
        "files: there are 400001 files, more than the limit of 400000",
    );
}

#[test]
fn needs_lead_somewhere() {
    let earlier = |workflow, group: Option<&str>, by| Need {
        on: Target::Earlier { workflow: WorkflowId(workflow), group: group.map(str::to_owned) },
        by,
    };
    let (barrier, elementwise) = (Dependency::Barrier, Dependency::Elementwise);
    for (needs, expected) in [
        (vec![earlier(0, None, barrier)], "there is no workflow 0; workflows are counted from 1"),
        (vec![earlier(7, None, elementwise)], "a whole workflow cannot be waited for element by element"),
        (
            vec![earlier(7, Some("b"), barrier), earlier(7, Some("b"), elementwise)],
            "the same task stands there twice",
        ),
        (group("x", &[1]).needs, "it needs group 1 of 1"),
        (group("x", &[0]).needs, "it needs itself"),
    ] {
        check(|group| group.needs = needs, &format!("task 'a': needs: {expected}"));
    }
    let mut good = group("a", &[]);
    good.needs = vec![earlier(7, None, barrier), earlier(7, Some("b"), elementwise)];
    assert_eq!(workflow(vec![good]).validate(), Ok(()));
}

#[test]
fn a_cycle_is_named_by_its_members_alone() {
    let groups =
        vec![group("a", &[1]), group("b", &[3]), group("c", &[]), group("d", &[2, 4]), group("e", &[1])];
    assert_eq!(fault(groups), "task 'b': needs: the tasks need each other: b -> d -> e -> b");
}

#[test]
fn a_long_cycle_is_cut_and_a_deep_chain_is_no_problem() {
    let count = 100_000;
    let mut groups: Vec<Group> = (0..count)
        .map(|position: u32| {
            let needs: Vec<u32> = position.checked_sub(1).into_iter().collect();
            group(&format!("g{position}"), &needs)
        })
        .collect();
    assert_eq!(workflow(groups.clone()).validate(), Ok(()));
    groups[0] = group("g0", &[count - 1]);
    assert_eq!(
        fault(groups),
        "task 'g0': needs: the tasks need each other: g0 -> g99999 -> g99998 -> g99997 -> g99996 -> g99995 -> \
         (99988 more) -> g6 -> g5 -> g4 -> g3 -> g2 -> g1 -> g0"
    );
}

/// Whether following needs from `start` leads back to it.
fn reaches_itself(groups: &[Group], start: usize) -> bool {
    let mut seen = vec![false; groups.len()];
    let mut todo = vec![start];
    while let Some(at) = todo.pop() {
        for need in &groups[at].needs {
            let Target::Group(target) = need.on else { continue };
            let target = target as usize;
            if target == start {
                return true;
            }
            if !std::mem::replace(&mut seen[target], true) {
                todo.push(target);
            }
        }
    }
    false
}

proptest! {
    #[test]
    fn cycles_are_found_where_there_are_any(
        needs in proptest::collection::vec(proptest::collection::btree_set(0u32..8, 0..3), 8),
    ) {
        let needs = needs.into_iter().map(|needs| needs.into_iter().collect::<Vec<_>>());
        let groups: Vec<Group> = (0u32..).zip(needs).map(|(position, needs)| group(&format!("g{position}"), &needs)).collect();
        let cyclic = (0..groups.len()).any(|start| reaches_itself(&groups, start));
        prop_assert_eq!(workflow(groups).validate().is_err(), cyclic);
    }

    #[test]
    fn foreign_bytes_are_judged_without_panic(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        more in proptest::collection::vec(any::<u8>(), 0..8),
    ) {
        let mut groups = vec![group("a", &[]), group("b", &[0])];
        groups[1].shape = Shape::Indices(vec![range(0, 9, 2), range(1, 9, 2)]);
        let mut bytes = postcard::to_stdvec(&workflow(groups)).expect("a workflow has a form");
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.splice(at..at, more);
        if let Ok(foreign) = postcard::from_bytes::<Workflow>(&bytes) {
            drop(foreign.validate().map_err(|invalid| invalid.to_string()));
        }
    }
}
