//! Who is given what: order, variants, spreading, giving ahead and taking back, room for large tasks.

use super::flow::flow;
use super::worker::capacity;
use super::world::{World, task};
use godwit_common::ids::{AttemptId, WorkflowId};
use godwit_common::message::client::Request;
use godwit_common::message::view::TaskState;
use godwit_common::outcome::End;
use godwit_common::time::Time;
use std::time::Duration;

/// The order in which a single cpu is given to the tasks of these workflows, as `workflow.group[position]`.
fn order(flows: &[&str]) -> Vec<String> {
    let mut world = World::new();
    for text in flows {
        world.submit(flow(text));
    }
    world.join(capacity(1, 0));
    let mut order = Vec::new();
    loop {
        world.talk();
        let Some(id) = world.running(0).first().copied() else {
            return order;
        };
        order.push(format!("{}.{}[{}]", id.task.workflow(), id.task.group.group, id.task.position));
        world.workers[0].end(id, End::Succeeded);
    }
}

#[test]
fn higher_priority_goes_first_then_earlier_submission() {
    for (flows, expected) in [
        (&["a:2", "a:2"][..], "1.0[0] 1.0[1] 2.0[0] 2.0[1]"),
        (&["a", "a ~ priority=1", "a ~ priority=-1"], "2.0[0] 1.0[0] 3.0[0]"),
        (&["a; b ~ priority=9; c"], "1.1[0] 1.0[0] 1.2[0]"),
        (&["a ~ time=1", "a", "a ~ time=1"], "1.0[0] 2.0[0] 3.0[0]"),
    ] {
        assert_eq!(order(flows).join(" "), expected);
    }
}

#[test]
fn tasks_are_spread_over_the_workers() {
    for (cpus, tasks, expected) in [
        (&[4, 4, 4][..], 3, &[1, 1, 1][..]),
        (&[4, 4, 4], 6, &[2, 2, 2]),
        (&[4, 4, 4], 30, &[4, 4, 4]),
        (&[2, 8], 4, &[0, 4]),
        (&[2, 8], 9, &[1, 8]),
    ] {
        let mut world = World::with_workers(cpus);
        world.submit(flow(&format!("a:{tasks}")));
        let counts: Vec<usize> = (0..cpus.len()).map(|worker| world.running(worker).len()).collect();
        assert_eq!(counts.iter().sum::<usize>(), expected.iter().sum::<usize>());
        let busiest = counts.iter().max().unwrap() - counts.iter().min().unwrap();
        let most = expected.iter().max().unwrap() - expected.iter().min().unwrap();
        assert!(busiest <= most, "{cpus:?} {tasks}: {counts:?}");
    }
}

#[test]
fn variants_are_taken_in_order_of_preference() {
    let mut world = World::new();
    world.join(capacity(8, 0));
    world.join(capacity(2, 1));
    let id = world.submit(flow("a:3 ~ gpu_or_cpus=4"));
    assert_eq!((world.running(0).len(), world.running(1).len()), (2, 1));
    assert_eq!(world.counts(id), [0, 0, 3, 0, 0, 0, 0]);
}

#[test]
fn a_task_is_not_placed_where_its_time_would_run_out() {
    let mut world = World::new();
    world.join(capacity(2, 0));
    world.workers[0].ends = Some(world.now + Duration::from_secs(100));
    world.cut(0);
    world.connect(0);
    world.talk();
    let id = world.submit(flow("long ~ time=200; short ~ time=50"));
    assert_eq!(world.state_of(task(id, 0, 0)), TaskState::Ready);
    assert_eq!(world.state_of(task(id, 1, 0)), TaskState::Running);
    let reasons = world.explain("1/long").reasons;
    assert!(reasons[0].contains("3m20s of a worker's time"), "{reasons:?}");
    assert!(world.view(id).warnings[0].starts_with("1 task needs 3m20s of a worker's time"));
    world.join(capacity(1, 0));
    assert_eq!(world.state_of(task(id, 0, 0)), TaskState::Running);
}

/// Lets one attempt on the worker end after `wall`.
fn end_one(world: &mut World, worker: usize, wall: Duration) -> AttemptId {
    let id = world.running(worker)[0];
    world.workers[worker].wall = wall;
    world.workers[worker].end(id, End::Succeeded);
    world.talk();
    id
}

#[test]
fn short_tasks_are_given_ahead_once_they_are_known_to_be_short() {
    for (millis, ahead) in [(1, 40), (5, 8), (10, 4), (25, 0), (60_000, 0)] {
        let mut world = World::with_workers(&[2]);
        world.submit(flow("a:1000"));
        world.talk();
        assert_eq!(world.workers[0].waiting.len(), 0, "nothing is known yet");
        end_one(&mut world, 0, Duration::from_millis(millis));
        assert_eq!(world.workers[0].waiting.len(), ahead, "{millis} ms");
        assert_eq!(world.workers[0].running.len(), 2);
        assert_eq!(world.workers_view()[0].queued as usize, ahead);
    }
}

#[test]
fn what_waits_is_taken_back_for_an_idle_worker() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a:21"));
    world.talk();
    end_one(&mut world, 0, Duration::from_millis(1));
    let waiting = world.workers[0].waiting.len();
    assert!(waiting >= 19, "{waiting}");
    world.join(capacity(4, 0));
    world.talk();
    assert_eq!(world.running(1).len(), 4, "{:?}", world.counts(id));
    world.run_well();
    assert_eq!(world.view(id).attempts, 21, "giving back is no attempt");
}

#[test]
fn what_waits_behind_a_long_task_is_taken_back() {
    let mut world = World::with_workers(&[1]);
    world.submit(flow("a:10"));
    world.talk();
    end_one(&mut world, 0, Duration::from_millis(1));
    assert_eq!(world.workers[0].waiting.len(), 8);
    world.pass(Duration::from_secs(2));
    world.talk();
    assert_eq!(world.workers[0].waiting.len(), 0, "the one that runs turned out to be long");
    let urgent = world.submit(flow("b ~ cpus=1 priority=3"));
    end_one(&mut world, 0, Duration::from_millis(1));
    assert_eq!(world.state_of(task(urgent, 0, 0)), TaskState::Running);
}

#[test]
fn a_large_task_is_not_starved_by_small_ones() {
    let mut world = World::with_workers(&[4, 4]);
    world.submit(flow("small:8"));
    let large = world.submit(flow("large ~ cpus=4"));
    world.submit(flow("small:100 ~ cpus=1"));
    world.talk();
    let mut rounds = 0;
    while world.state_of(task(large, 0, 0)) != TaskState::Running {
        rounds += 1;
        assert!(rounds < 60, "starved");
        let worker = rounds % 2;
        if let Some(id) = world.running(worker).first().copied() {
            world.workers[worker].end(id, End::Succeeded);
        }
        world.talk();
        world.pass(Duration::from_secs(1));
    }
    assert!(rounds > 5, "small ones go on at first");
    world.run_well();
}

#[test]
fn draining_lets_run_and_starts_nothing() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a:30"));
    world.talk();
    end_one(&mut world, 0, Duration::from_millis(1));
    assert!(!world.workers[0].waiting.is_empty());
    world.tell(crate::Event::Drain);
    world.talk();
    assert_eq!((world.counts(id)[1], world.counts(id)[2]), (28, 1), "what waited came back");
    world.step(|_| End::Succeeded);
    assert_eq!(world.counts(id), [0, 28, 0, 2, 0, 0, 0]);
    assert!(world.explain("1/a[9]").reasons[0].contains("starts nothing new"));
}

#[test]
fn stopped_tasks_go_back_to_the_queue() {
    let mut world = World::with_workers(&[2]);
    let id = world.submit(flow("a:3 ~ losses=0"));
    world.talk();
    world.tell(crate::Event::Drain);
    world.tell(crate::Event::StopTasks);
    world.talk();
    assert_eq!(world.counts(id), [0, 3, 0, 0, 0, 0, 0]);
    assert_eq!(world.view(id).attempts, 2, "two processes were started");
    world.restart();
    world.connect(0);
    world.talk();
    world.run_well();
    assert_eq!(world.counts(id), [0, 0, 0, 3, 0, 0, 0]);
}

#[test]
fn a_free_worker_is_used_though_a_class_that_fits_nowhere_comes_first() {
    let mut world = World::with_workers(&[2]);
    let stuck = world.submit(flow("a ~ cpus=64 priority=9; g ~ gpus=1"));
    let id = world.submit(flow("b:2"));
    assert_eq!(world.counts(id), [0, 0, 2, 0, 0, 0, 0]);
    world.pass(Duration::from_secs(60));
    world.run_well();
    let next = world.submit(flow("c:2"));
    assert_eq!(world.counts(next), [0, 0, 2, 0, 0, 0, 0]);
    let warnings = world.view(stuck).warnings;
    assert_eq!(
        warnings,
        [
            "1 task needs gpus = 1, and no worker has any",
            "1 task needs cpus = 64, and the most that any worker has is 2 (w1)",
        ]
    );
    assert_eq!(
        world.explain("1/a").reasons,
        ["no worker can run it: it needs cpus = 64, and the most that any worker has is 2 (w1)"]
    );
}

#[test]
fn fifty_requests_and_ten_priorities_all_finish() {
    let mut world = World::with_workers(&[8, 8, 8, 8]);
    let mut lines = Vec::new();
    for request in 1..=5 {
        for priority in 0..10 {
            lines.push(format!("t{request}_{priority}:20 ~ cpus={request} priority={priority}"));
        }
    }
    let id = world.submit(flow(&lines.join("; ")));
    world.run_well();
    assert_eq!(world.counts(id)[3], 1000);
}

#[test]
fn nothing_is_given_to_a_worker_that_just_came_back_before_it_has_spoken() {
    let mut world = World::with_workers(&[1]);
    world.cut(0);
    world.connect(0);
    let id = world.submit(flow("a"));
    assert_eq!(world.counts(id), [0, 1, 0, 0, 0, 0, 0]);
    let reasons = world.explain("1").reasons;
    assert!(reasons[0].contains("have just come back"), "{reasons:?}");
    world.pass(Duration::from_secs(3));
    assert_eq!(world.counts(id), [0, 0, 1, 0, 0, 0, 0]);
    assert_eq!(world.now, Time(1_000_000_000) + Duration::from_secs(3));
    world.answer(Request::Status(WorkflowId(1)));
}

#[test]
fn tasks_that_ask_for_little_do_not_all_go_to_one_worker() {
    let mut world = World::with_workers(&[1, 1]);
    let id = world.submit(flow("a:30000 ~ memory=1"));
    assert_eq!(world.counts(id), [0, 10_000, 20_000, 0, 0, 0, 0]);
}
