//! When outcomes are saved: each mode, and what asks for it earlier.

use super::flow::flow;
use super::world::{World, selector};
use crate::event::Event;
use crate::record::Record;
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::ids::WorkflowId;
use godwit_common::message::client::{Request, Response};
use godwit_common::outcome::End;
use godwit_common::workflow::Workflow;
use std::time::Duration;

fn saved(text: &str, mode: CheckpointMode) -> Workflow {
    super::flow::saved(mode, Duration::from_secs(5), text)
}

/// A world with a worker and a workflow of four tasks, two of which have ended.
fn half_way(mode: CheckpointMode) -> (World, WorkflowId) {
    let mut world = World::with_workers(&[2]);
    let id = world.submit(saved("a:4", mode));
    world.step(|_| End::Succeeded);
    assert_eq!(world.counts(id), [0, 0, 2, 2, 0, 0, 0]);
    (world, id)
}

fn successes(world: &World) -> usize {
    world.records(|record| matches!(record, Record::Done { .. }))
}

/// Outcomes in the log and unsaved ones, after something happened to a workflow that is half way.
fn check(what: &str, happens: impl Fn(&mut World, WorkflowId), expected: [[u64; 2]; 5]) {
    for (mode, expected) in CheckpointMode::ALL.into_iter().zip(expected) {
        let (mut world, id) = half_way(mode);
        happens(&mut world, id);
        let unsaved = world.view(id).unsaved;
        assert_eq!([successes(&world) as u64, unsaved], expected, "{mode}: {what}");
        world.check_replay();
    }
}

#[test]
fn outcomes_are_saved_when_the_mode_says_so() {
    let at_rest = [[2, 0], [0, 2], [0, 2], [0, 2], [0, 2]];
    check("nothing", |_, _| {}, at_rest);
    let soon = |world: &mut World, _| world.pass(Duration::from_secs(4));
    check("a short time", soon, at_rest);
    let later = |world: &mut World, _| world.pass(Duration::from_secs(6));
    check("the period", later, [[2, 0], [2, 0], [0, 2], [0, 2], [0, 2]]);
    let end = |world: &mut World, _| world.run_well();
    check("the end", end, [[4, 0], [4, 0], [4, 0], [0, 4], [0, 4]]);
    let ask = |world: &mut World, _| drop(world.answer(Request::Checkpoint(None)));
    check("a request", ask, [[2, 0], [2, 0], [2, 0], [2, 0], [0, 2]]);
    let drain = |world: &mut World, _| world.tell(Event::Drain);
    check("draining", drain, [[2, 0], [2, 0], [2, 0], [0, 2], [0, 2]]);
    let drained = |world: &mut World, _| {
        world.tell(Event::Drain);
        world.run_well();
    };
    check("what ends while it drains", drained, [[4, 0], [4, 0], [4, 0], [0, 4], [0, 4]]);
    let stop_tasks = |world: &mut World, _| world.tell(Event::StopTasks);
    check("stopped tasks", stop_tasks, [[2, 0], [2, 0], [2, 0], [0, 2], [0, 2]]);
    let stop = |world: &mut World, _| {
        world.ask(Request::StopCoordinator);
    };
    check("the end of the coordinator", stop, [[2, 0], [2, 0], [2, 0], [0, 2], [0, 2]]);
    let cancel = |world: &mut World, _| drop(world.answer(Request::Cancel(selector("1"))));
    check("a cancel", cancel, [[2, 0], [2, 0], [2, 0], [2, 0], [0, 4]]);
    let need = |world: &mut World, _| {
        world.ask(Request::Submit(Box::new(flow("b < 1/"))));
    };
    check("a workflow that needs it", need, [[2, 0], [2, 0], [2, 0], [2, 0], [0, 2]]);
}

#[test]
fn the_coordinator_leaves_when_what_it_saved_last_is_durable() {
    let (mut world, _) = half_way(CheckpointMode::WorkflowExit);
    world.prompt = false;
    let stop = world.ask(Request::StopCoordinator);
    assert!(!world.exited && !world.finished.contains(&stop));
    world.sync();
    assert!(world.exited && world.finished.contains(&stop));
}

#[test]
fn a_request_to_save_is_answered_when_it_is_done() {
    let (mut world, id) = half_way(CheckpointMode::Manual);
    world.prompt = false;
    let request = world.ask(Request::Checkpoint(Some(id)));
    assert_eq!(world.responses.get(&request), None);
    world.sync();
    assert_eq!(world.responses[&request], [Response::Changed(2)]);
    world.prompt = true;
    assert_eq!(world.answer(Request::Checkpoint(Some(id))), Response::Changed(0));
    assert!(world.refusal(Request::Checkpoint(Some(WorkflowId(9)))).contains("does not exist"));
}

#[test]
fn what_is_not_saved_is_run_again_and_budgets_stay_used() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(saved("a; b < a ~ retries=1", CheckpointMode::Manual));
    world.step(|_| End::Succeeded);
    world.step(|_| super::worker::exit(1));
    world.restart();
    assert_eq!(world.counts(id), [1, 1, 0, 0, 0, 0, 0]);
    world.connect(0);
    world.talk();
    world.run(|task| if task.task.group.group == 0 { End::Succeeded } else { super::worker::exit(1) });
    assert_eq!(world.counts(id), [0, 0, 0, 1, 1, 0, 0], "its second failure was the last");
}

#[test]
fn a_workflow_that_is_off_leaves_its_number_and_nothing_else() {
    let mut world = World::with_workers(&[1]);
    let first = world.submit(saved("a ~ retries=1", CheckpointMode::Off));
    world.run(|id| if id.attempt.number == 1 { super::worker::exit(1) } else { End::Succeeded });
    assert_eq!((world.view(first).unsaved, world.counts(first)[3]), (1, 1));
    assert_eq!(world.records(|record| record.workflow().is_some()), 1);
    let sentence = world.refusal(Request::Checkpoint(Some(first)));
    assert!(sentence.contains("its checkpoint mode is off"), "{sentence}");
    let sentence = world.refusal(Request::Submit(Box::new(flow("b < 1/a"))));
    assert!(sentence.contains("it needs workflow 1"), "{sentence}");
    let second = world.submit(saved("b < 1/a", CheckpointMode::Off));
    world.run_well();
    assert_eq!(world.answer(Request::Forget(second)), Response::Done);
    world.restart();
    assert!(world.core.state.workflows.is_empty());
    assert_eq!(world.submit(flow("c")), WorkflowId(3));
}

#[test]
fn what_a_saved_outcome_rests_on_is_saved_before() {
    let mut world = World::with_workers(&[1]);
    let first = world.submit(saved("a:3", CheckpointMode::Manual));
    let second = world.submit(saved("b:3 < 1/a[=]", CheckpointMode::Periodic));
    let third = world.submit(flow("c:3 < 2/b[=]"));
    world.run_well();
    assert_eq!([first, second, third].map(|id| world.view(id).unsaved), [0, 0, 0]);
    world.check_replay();
}

#[test]
fn the_cluster_s_mode_is_that_of_the_submission_for_good() {
    let settings = godwit_common::settings::CoordinatorSettings {
        checkpoint: CheckpointMode::Manual,
        ..Default::default()
    };
    let mut world = World::with(settings);
    let id = world.submit(flow("a"));
    assert_eq!(world.view(id).checkpoint, CheckpointMode::Manual);
    world.core.settings.checkpoint = CheckpointMode::TaskExit;
    world.restart();
    assert_eq!(world.view(id).checkpoint, CheckpointMode::Manual);
}

#[test]
fn outcomes_of_one_report_are_one_record() {
    let mut world = World::with_workers(&[50]);
    let id = world.submit(flow("a:50"));
    let before = world.log.len();
    world.step(|_| End::Succeeded);
    assert_eq!((world.counts(id)[3], world.log.len() - before), (50, 1));
    world.check_replay();
}

#[test]
fn what_is_not_saved_is_said() {
    let (mut world, id) = half_way(CheckpointMode::Manual);
    let reasons = world.explain("1/a[0]").reasons;
    assert!(reasons.iter().any(|reason| reason.starts_with("2 outcomes of its workflow")), "{reasons:?}");
    assert!(world.view(id).warnings.is_empty());
    world.run_well();
    let said = "4 outcomes are not saved; 'godwit checkpoint now 1' saves them";
    assert_eq!(world.view(id).warnings, [said]);
    world.ask(Request::Checkpoint(None));
    assert!(world.view(id).warnings.is_empty());
    let (mut world, _) = half_way(CheckpointMode::Off);
    let reasons = world.explain("1/a[0]").reasons;
    assert!(reasons.iter().any(|reason| reason.contains("mode is off")), "{reasons:?}");
}
