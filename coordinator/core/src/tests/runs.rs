//! Workflows that run to their end: order, barriers, element-wise needs, failures that others are skipped for.

use super::flow::{flow, stop_after};
use super::worker::exit;
use super::world::World;
use godwit_common::ids::AttemptId;
use godwit_common::message::view::WorkflowState;
use godwit_common::outcome::End;

/// Runs a workflow in which the tasks that `fails` names, as (group, position), fail.
fn check(workers: &[u32], text: &str, fails: &[(u32, u32)], state: WorkflowState, counts: [u64; 7]) -> World {
    let mut world = World::with_workers(workers);
    let id = world.submit(flow(text));
    let end = |attempt: AttemptId| {
        let task = (attempt.task.group.group, attempt.task.position);
        if fails.contains(&task) { exit(1) } else { End::Succeeded }
    };
    world.run(end);
    let view = world.view(id);
    assert_eq!((view.state, world.counts(id)), (state, counts), "{text}");
    assert!(view.ended.is_some());
    assert!(world.workers.iter().all(|worker| worker.outbox.is_empty()), "everything is kept");
    assert!(world.workers.iter().all(|worker| worker.specs.is_empty()), "specs are forgotten");
    world.check_replay();
    world
}

#[test]
fn workflows_end_as_their_tasks_do() {
    use WorkflowState::{Failed, Succeeded};
    for (text, fails, state, counts) in [
        ("a", &[][..], Succeeded, [0, 0, 0, 1, 0, 0, 0]),
        ("a:10", &[], Succeeded, [0, 0, 0, 10, 0, 0, 0]),
        ("a:10; b < a", &[], Succeeded, [0, 0, 0, 11, 0, 0, 0]),
        ("a:10; b:10 < a[=]; c < b", &[], Succeeded, [0, 0, 0, 21, 0, 0, 0]),
        ("a; b < a; c < a; d < b c", &[], Succeeded, [0, 0, 0, 4, 0, 0, 0]),
        ("a", &[(0, 0)], Failed, [0, 0, 0, 0, 1, 0, 0]),
        ("a:10; b:5 < a; c < b", &[(0, 3)], Failed, [0, 0, 0, 9, 1, 0, 6]),
        ("a:10; b:10 < a[=]; c < b", &[(0, 3)], Failed, [0, 0, 0, 18, 1, 0, 2]),
        ("a:4; b:4 < a[=]; c:4 < b[=] a", &[(1, 2)], Failed, [0, 0, 0, 10, 1, 0, 1]),
        ("a; b < a; c < a; d < b c", &[(1, 0)], Failed, [0, 0, 0, 2, 1, 0, 1]),
    ] {
        check(&[2], text, fails, state, counts);
        check(&[1, 3, 4], text, fails, state, counts);
    }
}

#[test]
fn a_barrier_holds_until_the_last_task() {
    let mut world = World::with_workers(&[3]);
    let id = world.submit(flow("a:3; b:2 < a"));
    world.talk();
    let first = world.running(0)[0];
    assert_eq!(world.counts(id), [2, 0, 3, 0, 0, 0, 0]);
    for attempt in world.running(0).into_iter().skip(1) {
        world.workers[0].end(attempt, End::Succeeded);
    }
    world.talk();
    assert_eq!(world.counts(id), [2, 0, 1, 2, 0, 0, 0]);
    world.workers[0].end(first, End::Succeeded);
    world.talk();
    assert_eq!(world.counts(id), [0, 0, 2, 3, 0, 0, 0]);
}

#[test]
fn elements_go_on_one_by_one() {
    let mut world = World::with_workers(&[2]);
    let id = world.submit(flow("a:2; b:2 < a[=]"));
    world.talk();
    let second = world.running(0)[1];
    world.workers[0].end(second, End::Succeeded);
    world.talk();
    let running: Vec<(u32, u32)> =
        world.running(0).iter().map(|id| (id.task.group.group, id.task.position)).collect();
    assert_eq!(running, [(0, 0), (1, 1)]);
    assert_eq!(world.counts(id), [1, 0, 2, 1, 0, 0, 0]);
}

#[test]
fn a_long_chain_is_skipped_without_recursion() {
    let chain: Vec<String> = (0..5_000)
        .map(|position| match position {
            0 => "t0".to_owned(),
            _ => format!("t{position} < t{}", position - 1),
        })
        .collect();
    let mut world = World::new();
    let id = world.submit(flow(&chain.join("; ")));
    world.join(super::worker::capacity(1, 0));
    world.run(|_| exit(1));
    assert_eq!(world.counts(id), [0, 0, 0, 0, 1, 0, 4_999]);
}

#[test]
fn too_many_failures_cancel_the_rest() {
    for (most, failed) in [(0, 1), (2, 3)] {
        let mut world = World::with_workers(&[1]);
        let id = world.submit(stop_after(most, "a:10; b < a"));
        world.run(|_| exit(1));
        assert_eq!(world.counts(id), [0, 0, 0, 0, failed, 10 - failed, 1]);
        assert_eq!(world.view(id).state, WorkflowState::Failed);
    }
}

#[test]
fn earlier_workflows_are_waited_for() {
    for (need, fails, counts) in [
        ("1/a", false, [0, 0, 0, 2, 0, 0, 0]),
        ("1/", false, [0, 0, 0, 2, 0, 0, 0]),
        ("1/a[=]", false, [0, 0, 0, 2, 0, 0, 0]),
        ("1/a", true, [0, 0, 0, 0, 0, 0, 2]),
        ("1/", true, [0, 0, 0, 0, 0, 0, 2]),
        ("1/a[=]", true, [0, 0, 0, 1, 0, 0, 1]),
    ] {
        // Submitted before the first ends, and after.
        for late in [false, true] {
            let mut world = World::with_workers(&[2]);
            world.submit(flow("a:2"));
            let end = |id: AttemptId| {
                if fails && id.task.position == 0 { exit(1) } else { End::Succeeded }
            };
            if late {
                world.run(end);
            }
            let second = world.submit(flow(&format!("b:2 < {need}")));
            assert_eq!(world.view(second).counts.running > 0, late && (!fails || need.ends_with(']')));
            world.run(|id| if id.task.workflow() == second { End::Succeeded } else { end(id) });
            assert_eq!(world.counts(second), counts, "{need} fails: {fails} late: {late}");
            world.check_replay();
        }
    }
}
