//! The coordinator dies and another one takes over: nothing acknowledged is lost, what runs goes on.

use super::flow::{flow, stop_after};
use super::worker::{capacity, exit};
use super::world::World;
use crate::record::Record;
use godwit_common::ids::{Token, WorkerId};
use godwit_common::message::client::{Request, Response};
use godwit_common::message::view::WorkerState;
use godwit_common::outcome::End;
use std::time::Duration;

#[test]
fn running_tasks_are_adopted() {
    let mut world = World::with_workers(&[2, 2]);
    let id = world.submit(flow("a:6; b < a"));
    world.step(|_| End::Succeeded);
    let running = [world.running(0), world.running(1)];
    world.restart();
    assert_eq!(world.counts(id), [1, 2, 0, 4, 0, 0, 0], "what had ended stays ended");
    world.connect(0);
    world.connect(1);
    world.talk();
    assert_eq!([world.running(0), world.running(1)], running, "the same attempts go on");
    world.run_well();
    assert_eq!((world.counts(id), world.view(id).attempts), ([0, 0, 0, 7, 0, 0, 0], 7));
    world.check_replay();
}

#[test]
fn results_from_the_time_between_are_taken() {
    let mut world = World::with_workers(&[2]);
    let id = world.submit(flow("a:2 ~ retries=1"));
    world.talk();
    let [first, second] = world.running(0)[..] else { panic!("two run") };
    world.workers[0].end(first, End::Succeeded);
    world.workers[0].end(second, exit(1));
    world.restart();
    world.connect(0);
    assert_eq!(world.running_count(), 0);
    world.talk();
    assert_eq!(world.counts(id), [0, 0, 1, 1, 0, 0, 0]);
    assert_eq!(world.running(0)[0].attempt.number, 2, "the failure counts");
    world.run_well();
    assert_eq!(world.view(id).attempts, 3);
}

#[test]
fn nothing_is_placed_before_the_workers_are_back_or_the_window_is_over() {
    let mut world = World::with_workers(&[1, 1]);
    let id = world.submit(flow("a:2"));
    world.talk();
    world.restart();
    world.connect(0);
    world.talk();
    world.join(capacity(4, 0));
    assert_eq!(world.counts(id), [0, 1, 1, 0, 0, 0, 0], "the other task may be running");
    let reasons = world.explain("1/a[1]").reasons;
    assert!(reasons[0].contains("waits up to 10s more for 1 worker"), "{reasons:?}");
    assert_eq!(world.workers_view()[1].state, WorkerState::Expected);
    world.pass(Duration::from_secs(11));
    assert_eq!(world.counts(id), [0, 0, 2, 0, 0, 0, 0]);
    assert_eq!(world.workers_view()[1].state, WorkerState::Left);
    world.connect(1);
    world.talk();
    assert_eq!(world.running(1).len(), 0, "its attempt is not wanted any more");
    assert_eq!(world.workers[1].id, Some(WorkerId(4)));
    world.run_well();
    assert_eq!(world.records(|record| matches!(record, Record::Done { .. })), 2);
    world.check_replay();
}

#[test]
fn a_late_worker_s_attempt_is_adopted_if_nobody_else_has_the_task() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a"));
    world.talk();
    world.restart();
    world.pass(Duration::from_secs(11));
    assert_eq!(world.workers_view()[0].state, WorkerState::Left);
    world.connect(0);
    world.talk();
    assert_eq!(world.counts(id), [0, 0, 1, 0, 0, 0, 0]);
    world.run_well();
    assert_eq!(world.view(id).attempts, 1);
}

#[test]
fn attempts_of_a_stranger_are_not_ours() {
    let mut world = World::with_workers(&[2]);
    world.submit(flow("a:3"));
    world.talk();
    // Another store, in which the worker is not known but has such tasks too.
    let mut stranger = World::new();
    stranger.restart();
    let id = stranger.submit(flow("a:3"));
    let running = world.running(0);
    stranger.workers.append(&mut world.workers);
    stranger.workers[0].end(running[0], End::Succeeded);
    stranger.connect(0);
    stranger.talk();
    assert_eq!(stranger.counts(id)[3], 0, "its results are of other tasks");
    assert_eq!(stranger.stopped, [running[1]], "what it runs is stopped");
    assert!(stranger.workers[0].outbox.is_empty());
    assert_eq!(stranger.counts(id)[2], 2);
}

#[test]
fn what_was_not_durable_is_run_again() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a; b < a"));
    world.prompt = false;
    world.step(|_| End::Succeeded);
    assert_eq!(world.running_count(), 1, "the next may start before");
    assert!(!world.workers[0].outbox.is_empty(), "the worker keeps what is not durable");
    world.restart();
    world.prompt = true;
    assert_eq!(world.counts(id), [1, 1, 0, 0, 0, 0, 0]);
    world.connect(0);
    world.talk();
    // The first result was told again; with it the running attempt at the second would have been wanted.
    world.run_well();
    assert_eq!(world.counts(id), [0, 0, 0, 2, 0, 0, 0]);
}

#[test]
fn a_submission_sent_twice_is_accepted_once_even_across_a_restart() {
    let mut world = World::new();
    let mut workflow = flow("a");
    workflow.submission = Token(77);
    let submit = || Request::Submit(Box::new(workflow.clone()));
    let first = world.answer(submit());
    assert_eq!(world.answer(submit()), first);
    world.restart();
    assert_eq!(world.answer(submit()), first);
    assert!(matches!(first, Response::Submitted { resumed: false, .. }));
}

#[test]
fn a_log_that_does_not_fit_is_refused_by_name() {
    let mut world = World::with_workers(&[1]);
    world.submit(flow("a"));
    world.run_well();
    let done = world.log.last().unwrap().clone();
    let mut log = world.log.clone();
    log.push(done);
    let mut core = crate::Core::new(Default::default(), Default::default());
    let error = log.iter().find_map(|record| core.replay(record).err()).unwrap();
    assert_eq!(
        error.to_string(),
        "cannot replay record 4, Done of task 1.0[0]: it has ended already; the store was damaged or written by another program: \
         restore it from a copy"
    );
    let begun = world.core.replay(&log[0]).unwrap_err();
    assert!(begun.to_string().contains("the reign has begun already"));
}

#[test]
fn outcomes_that_were_owed_are_settled_at_the_beginning() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a; b < a; c < b"));
    world.run(|_| exit(1));
    // The crash came after the failure and before what follows from it.
    world.cut_log_after(|record| matches!(record, Record::Done { .. }));
    world.restart();
    assert_eq!(world.counts(id), [0, 0, 0, 0, 1, 0, 2]);
}

#[test]
fn the_failure_rule_is_applied_at_the_beginning_if_the_crash_came_before() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(stop_after(0, "a:3"));
    world.step(|_| exit(1));
    world.cut_log_after(|record| matches!(record, Record::Done { .. }));
    world.restart();
    assert_eq!(world.counts(id), [0, 0, 0, 0, 1, 2, 0]);
}

#[test]
fn nothing_is_started_again_before_all_of_a_long_list_was_told() {
    let mut world = World::with_workers(&[1500]);
    let id = world.submit(flow("a:1500"));
    world.talk();
    world.restart();
    for attempt in world.running(0) {
        world.workers[0].end(attempt, End::Succeeded);
    }
    world.connect(0);
    world.greet(0);
    assert_eq!(world.counts(id), [0, 500, 0, 1000, 0, 0, 0]);
    world.greet(0);
    assert_eq!((world.counts(id)[3], world.view(id).attempts), (1500, 1500));
}

#[test]
fn a_stranger_may_forget_its_results_though_the_store_is_stuck() {
    let mut world = World::with_workers(&[1]);
    world.submit(flow("a"));
    world.talk();
    let mut stranger = World::new();
    stranger.workers.append(&mut world.workers);
    let running = stranger.running(0);
    stranger.workers[0].end(running[0], End::Succeeded);
    stranger.prompt = false;
    stranger.connect(0);
    stranger.sync();
    stranger.submit_later(flow("b"));
    stranger.talk();
    assert!(stranger.workers[0].outbox.is_empty());
}
