//! Failures that are forgiven, and those that are not.

use super::flow::flow;
use super::worker::exit;
use super::world::{World, task};
use crate::record::Record;
use godwit_common::ids::AttemptId;
use godwit_common::message::view::{AttemptEnd, TaskState};
use godwit_common::outcome::{Cause, End, Failure};
use godwit_common::task::RetryOn;
use std::time::Duration;

fn failing(times: u32) -> impl Fn(AttemptId) -> End + Copy {
    move |id| {
        if id.attempt.number <= times { exit(3) } else { End::Succeeded }
    }
}

#[test]
fn retries_are_counted() {
    for (retries, failures, state, attempts) in [
        (0, 0, TaskState::Succeeded, 1),
        (0, 1, TaskState::Failed, 1),
        (2, 2, TaskState::Succeeded, 3),
        (2, 3, TaskState::Failed, 3),
    ] {
        let mut world = World::with_workers(&[1]);
        let id = world.submit(flow(&format!("a ~ retries={retries}")));
        world.run(failing(failures));
        let view = world.core.task_view(task(id, 0, 0)).unwrap();
        assert_eq!((view.state, view.attempts), (state, attempts), "{retries} {failures}");
        assert_eq!(world.view(id).attempts, u64::from(attempts));
        world.check_replay();
    }
}

#[test]
fn a_retry_waits_for_its_delay() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a ~ retries=2 delay=10"));
    world.step(failing(2));
    assert_eq!(world.counts(id), [1, 0, 0, 0, 0, 0, 0]);
    let reasons = world.explain("1").reasons;
    assert!(reasons[0].starts_with("it failed and is tried again in "), "{reasons:?}");
    world.pass(Duration::from_millis(7_400));
    assert_eq!(world.running_count(), 0, "not before three quarters of the delay");
    world.pass(Duration::from_millis(2_600));
    assert_eq!(world.running_count(), 1);
    world.step(failing(2));
    world.pass(Duration::from_secs(14));
    assert_eq!(world.running_count(), 0, "the second delay is twice as long");
    world.pass(Duration::from_secs(6));
    world.run(failing(2));
    assert_eq!(world.counts(id), [0, 0, 0, 1, 0, 0, 0]);
}

#[test]
fn only_what_retry_on_names_is_retried() {
    let timeout =
        || End::Failed(Failure { cause: Cause::Timeout(Duration::from_secs(1)), stderr_tail: Vec::new() });
    for (on, attempts) in [(vec![RetryOn::Exit], 1), (vec![RetryOn::Timeout], 3)] {
        let mut world = World::with_workers(&[1]);
        let mut workflow = flow("a ~ retries=2");
        workflow.groups[0].task.retry.on = on;
        let id = world.submit(workflow);
        world.run(|_| timeout());
        assert_eq!(world.view(id).attempts, attempts);
        assert_eq!(world.counts(id), [0, 0, 0, 0, 1, 0, 0]);
    }
}

#[test]
fn a_used_budget_stays_used_after_a_restart() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a ~ retries=1"));
    world.step(failing(1));
    world.restart();
    world.connect(0);
    world.pass(Duration::from_secs(20));
    world.run(|_| exit(1));
    assert_eq!(world.counts(id), [0, 0, 0, 0, 1, 0, 0]);
    assert_eq!(world.records(|record| matches!(record, Record::Failed { .. })), 1);
}

#[test]
fn the_history_tells_every_attempt() {
    let mut world = World::with_workers(&[1]);
    world.submit(flow("a ~ retries=30"));
    world.run(failing(20));
    let explanation = world.explain("1/a");
    assert_eq!(explanation.history.len(), crate::limits::HISTORY_MAX);
    assert_eq!(explanation.history.last().unwrap().end, AttemptEnd::Succeeded);
    assert_eq!(explanation.history.last().unwrap().attempt, 21);
    assert_eq!(explanation.name, "1/a");
    assert_eq!(explanation.reasons[0], "it succeeded on w1 (node1) after 1s in attempt 21");
    assert_eq!(explanation.task.error, None);
}

#[test]
fn failures_are_shown_with_their_last_words() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a:2 ~ retries=1"));
    world.run(|_| exit(7));
    let view = world.view(id);
    assert_eq!(view.failures.len(), 2);
    assert_eq!(view.failures[1].task, "a[1]");
    assert_eq!(view.failures[1].error.as_deref(), Some("exit code 7"));
    assert_eq!(view.failures[1].stderr_tail.as_deref(), Some("no luck"));
    let reasons = world.explain("1/a[0]").reasons;
    assert_eq!(reasons, ["it failed: exit code 7", "retries = 1 are used up"]);
}

#[test]
fn what_is_remembered_of_standard_error_is_bounded() {
    let mut world = World::with_workers(&[64]);
    let id = world.submit(flow("a:4000"));
    world.run(|_| End::Failed(Failure { cause: Cause::Exit(1), stderr_tail: vec![b'x'; 4096] }));
    let workflow = world.core.state.workflow(id).unwrap();
    let tails = (0..4000).map(|position| {
        let failure = workflow.groups[0].history(position).unwrap().failure().unwrap();
        failure.stderr_tail.len()
    });
    let sum: usize = tails.sum();
    assert!(sum <= crate::limits::STDERR_TAILS_BYTES_MAX && sum > 1 << 22, "{sum}");
}
