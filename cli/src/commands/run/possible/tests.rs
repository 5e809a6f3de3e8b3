//! What is possible, and when it is over.

use super::*;
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::ids::{Token, WorkflowId};
use godwit_common::message::view::{Counts, WorkflowState};
use godwit_common::resources::Hundredths;
use godwit_common::shape::Shape;
use godwit_common::task::{Command, TaskSpec};
use godwit_common::template::Template;
use godwit_common::time::Time;
use godwit_common::workflow::{Dependency, Need};

fn group(name: &str, gpus: u32, needs: &[u32]) -> Group {
    let mut task = TaskSpec::new(Command::Argv(vec![Template::literal("true")]), "/");
    task.requests = vec![Request { gpus: Hundredths::whole(gpus), ..Request::default() }];
    let need = |place: &u32| Need { on: Target::Group(*place), by: Dependency::Barrier };
    Group { name: name.to_owned(), shape: Shape::Single, needs: needs.iter().map(need).collect(), task }
}

/// `last` needs `gpu`, which no laptop has; `first` and `free` can run.
fn workflow() -> Workflow {
    let groups =
        vec![group("last", 0, &[1]), group("gpu", 1, &[2]), group("first", 0, &[]), group("free", 0, &[])];
    Workflow::new("w".to_owned(), groups, Token(0))
}

fn wish(group: Group) -> Wish {
    wishes(&Workflow { groups: vec![group], ..workflow() }).remove(0)
}

fn laptop() -> Capacity {
    Capacity { cpus: Hundredths::whole(2), memory: 8 << 30, ..Capacity::default() }
}

fn view(groups: [Counts; 4]) -> WorkflowView {
    let sum = |part: fn(&Counts) -> u64| groups.iter().map(part).sum();
    let counts = Counts {
        waiting: sum(|counts| counts.waiting),
        ready: sum(|counts| counts.ready),
        running: sum(|counts| counts.running),
        succeeded: sum(|counts| counts.succeeded),
        ..Counts::default()
    };
    let named = ["last", "gpu", "first", "free"].into_iter().zip(groups);
    WorkflowView {
        checkpoint: CheckpointMode::TaskExit,
        unsaved: 0,
        workflow: WorkflowId(1),
        name: "w".to_owned(),
        state: WorkflowState::Running,
        counts,
        reused: 0,
        attempts: 0,
        submitted: Time(0),
        ended: None,
        groups: named.map(|(name, counts)| GroupView { name: name.to_owned(), counts }).collect(),
        running: Vec::new(),
        failures: Vec::new(),
        warnings: Vec::new(),
    }
}

const WAITING: Counts =
    Counts { waiting: 1, ready: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, skipped: 0 };
const READY: Counts = Counts { waiting: 0, ready: 1, ..WAITING };
const RUNNING: Counts = Counts { waiting: 0, running: 1, ..WAITING };
const DONE: Counts = Counts { waiting: 0, succeeded: 1, ..WAITING };

#[track_caller]
fn check(groups: [Counts; 4], others: Others, expected: Option<&str>) {
    let over = Possible::new(&wishes(&workflow()), &[laptop()], others).is_over(&view(groups));
    match (over, expected) {
        (Some(sentence), Some(part)) => assert!(sentence.contains(part), "{sentence}"),
        (over, expected) => assert_eq!(over.as_deref(), expected),
    }
}

#[test]
fn it_is_over_when_only_the_impossible_is_left() {
    let part = "'gpu' asks for gpus = 1 (0 here)";
    check([WAITING, READY, DONE, DONE], Others::CannotCome, Some(part));
    check([WAITING, WAITING, DONE, DONE], Others::CannotCome, Some(part));
}

#[test]
fn it_is_not_over_while_anything_else_can_run() {
    check([READY, READY, DONE, DONE], Others::CannotCome, None);
    check([WAITING, READY, DONE, READY], Others::CannotCome, None);
    check([WAITING, READY, DONE, RUNNING], Others::CannotCome, None);
    check([WAITING, WAITING, WAITING, DONE], Others::CannotCome, None);
    check([WAITING, READY, DONE, DONE], Others::MayCome, None);
    check([DONE, DONE, DONE, DONE], Others::CannotCome, None);
}

#[test]
fn everything_that_is_missing_is_named() {
    let mut greedy = group("greedy", 2, &[]);
    greedy.task.requests[0].cpus = Hundredths::whole(64);
    greedy.task.requests[0].memory = 1 << 40;
    greedy.task.requests[0].named = vec![("licence".to_owned(), 3)];
    assert_eq!(
        impossible(&wish(greedy), &[laptop()]).expect("too much"),
        "'greedy' asks for cpus = 64 (2 here), memory = 1 TiB (8 GiB here), gpus = 2 (0 here), licence = 3 (0 here)"
    );
    assert_eq!(impossible(&wish(group("modest", 0, &[])), &[laptop()]), None);
}
