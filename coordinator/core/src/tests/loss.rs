//! Workers that are lost, come back, leave, are silent, or are bad.

use super::flow::flow;
use super::worker::{capacity, exit};
use super::world::{World, task};
use crate::event::Event;
use crate::record::Record;
use godwit_common::ids::WorkerId;
use godwit_common::message::client::Request;
use godwit_common::message::view::{TaskState, WorkerState};
use godwit_common::message::worker::FromWorker;
use godwit_common::outcome::End;
use std::time::Duration;

fn losses(world: &World) -> usize {
    world.records(|record| matches!(record, Record::NodeLost { .. }))
}

#[test]
fn tasks_of_a_killed_worker_go_elsewhere_at_once() {
    let mut world = World::with_workers(&[2, 2]);
    let id = world.submit(flow("a:4"));
    world.talk();
    world.kill(0);
    assert_eq!(world.counts(id), [0, 2, 2, 0, 0, 0, 0]);
    world.run_well();
    assert_eq!(world.counts(id), [0, 0, 0, 4, 0, 0, 0]);
    assert_eq!(losses(&world), 2, "a loss counts when the task is started again");
    assert_eq!(world.view(id).attempts, 6);
    world.check_replay();
}

#[test]
fn a_task_that_kills_its_workers_is_stopped_and_named() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a ~ losses=2"));
    for lost in 0..3 {
        assert_eq!(world.state_of(task(id, 0, 0)), TaskState::Running, "{lost}");
        world.kill(lost);
        world.join(capacity(1, 0));
    }
    assert_eq!(world.counts(id), [0, 0, 0, 0, 1, 0, 0]);
    let view = world.view(id).failures[0].clone();
    assert_eq!(
        view.error.as_deref(),
        Some("3 workers were lost while it ran; it may be what brings them down")
    );
    assert_eq!(world.explain("1").reasons[1], "node_losses_max = 2 allows no further loss of a worker");
    world.check_replay();
}

#[test]
fn a_worker_that_comes_back_goes_on_with_what_it_has() {
    let mut world = World::with_workers(&[2]);
    let id = world.submit(flow("a:3"));
    world.talk();
    let running = world.running(0);
    for _ in 0..10 {
        world.cut(0);
        assert_eq!(world.counts(id), [0, 3, 0, 0, 0, 0, 0]);
        world.connect(0);
        world.talk();
        assert_eq!(world.running(0), running, "the same attempts go on");
        assert_eq!(world.counts(id), [0, 1, 2, 0, 0, 0, 0]);
    }
    world.run_well();
    assert_eq!((losses(&world), world.view(id).attempts), (0, 3), "nothing was lost");
    assert_eq!(world.workers[0].id, Some(WorkerId(1)), "it keeps its name");
}

#[test]
fn what_went_elsewhere_meanwhile_is_stopped_on_return() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a"));
    world.talk();
    world.cut(0);
    world.join(capacity(1, 0));
    world.talk();
    assert_eq!(world.running(1).len(), 1);
    world.connect(0);
    world.talk();
    assert_eq!((world.running(0).len(), world.running(1).len()), (0, 1));
    world.run_well();
    assert_eq!(world.counts(id), [0, 0, 0, 1, 0, 0, 0]);
    assert_eq!(world.records(|record| matches!(record, Record::Done { .. })), 1);
}

#[test]
fn a_result_from_the_time_without_connection_counts() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a"));
    world.talk();
    let attempt = world.running(0)[0];
    world.cut(0);
    world.workers[0].end(attempt, End::Succeeded);
    world.connect(0);
    assert_eq!(world.running_count(), 0, "it is not started again before the worker has told");
    world.talk();
    assert_eq!((world.counts(id), world.view(id).attempts), ([0, 0, 0, 1, 0, 0, 0], 1));
}

#[test]
fn a_failure_from_the_time_without_connection_is_no_loss() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a ~ retries=1"));
    world.talk();
    let attempt = world.running(0)[0];
    world.cut(0);
    world.workers[0].end(attempt, exit(1));
    world.connect(0);
    world.talk();
    world.run_well();
    assert_eq!((world.counts(id)[3], losses(&world)), (1, 0));
}

#[test]
fn the_newest_connection_of_a_worker_counts() {
    let mut world = World::with_workers(&[2]);
    let id = world.submit(flow("a:2"));
    world.talk();
    let [first, second] = world.running(0)[..] else { panic!("two run") };
    world.workers[0].end(first, End::Succeeded);
    let old = world.link(0).unwrap();
    world.connect(0);
    world.talk();
    assert_eq!(world.counts(id), [0, 0, 1, 1, 0, 0, 0]);
    world.tell(Event::WorkerGone { link: old, reason: String::new() });
    assert_eq!(world.running(0), [second]);
    world.run_well();
    assert_eq!((losses(&world), world.view(id).attempts), (0, 2));
}

#[test]
fn a_silent_worker_is_lost_and_given_up_later() {
    let mut world = World::with_workers(&[1, 1]);
    world.submit(flow("a:2"));
    world.talk();
    let silent = world.link(0).unwrap();
    let speaking = world.link(1).unwrap();
    for _ in 0..11 {
        world.now = world.now + Duration::from_secs(1);
        world.tell(Event::WorkerMessage { link: speaking, message: FromWorker::Heartbeat });
    }
    assert!(world.link(0) != Some(silent), "its connection is closed");
    let states = |world: &World| world.workers_view().iter().map(|view| view.state).collect::<Vec<_>>();
    assert_eq!(states(&world), [WorkerState::Lost, WorkerState::Connected]);
    world.pass(Duration::from_secs(21 * 60));
    assert_eq!(states(&world), [WorkerState::Left, WorkerState::Connected]);
    world.connect(0);
    assert_eq!(world.workers[0].id, Some(WorkerId(3)), "whoever was given up gets a new name");
}

#[test]
fn leaving_blames_nobody() {
    let mut world = World::with_workers(&[2]);
    let id = world.submit(flow("a:2 ~ losses=0"));
    world.talk();
    let link = world.link(0).unwrap();
    let message = FromWorker::Leaving("its time is up".to_owned());
    world.tell(Event::WorkerMessage { link, message });
    assert_eq!((world.counts(id), losses(&world)), ([0, 2, 0, 0, 0, 0, 0], 0));
    let left = &world.workers_view()[0];
    assert_eq!((left.state, left.reason.as_deref()), (WorkerState::Left, Some("its time is up")));
    world.check_replay();
}

#[test]
fn a_draining_worker_finishes_and_gets_nothing_new() {
    let mut world = World::with_workers(&[1, 1]);
    let id = world.submit(flow("a:4"));
    world.talk();
    world.answer(Request::DrainWorker(WorkerId(1)));
    assert!(world.workers[0].drained);
    world.step(|_| End::Succeeded);
    assert_eq!((world.running(0).len(), world.running(1).len()), (0, 1));
    world.run_well();
    assert_eq!(world.counts(id), [0, 0, 0, 4, 0, 0, 0]);
    assert_eq!(world.workers_view()[0].state, WorkerState::Draining);
}

#[test]
fn a_worker_on_which_everything_fails_is_quarantined() {
    let mut world = World::with_workers(&[1, 1]);
    let id = world.submit(flow("a:200 ~ retries=3 delay=1"));
    for _ in 0..300 {
        world.talk();
        for worker in 0..2 {
            for attempt in world.running(worker) {
                world.workers[worker].end(attempt, if worker == 0 { exit(1) } else { End::Succeeded });
            }
        }
        world.talk();
        world.pass(Duration::from_millis(100));
    }
    assert_eq!(world.counts(id), [0, 0, 0, 200, 0, 0, 0]);
    let view = &world.workers_view()[0];
    assert_eq!(view.state, WorkerState::Quarantined);
    assert!(view.reason.as_deref().unwrap().starts_with("10 tasks in a row failed on it"), "{view:?}");
    assert!(world.notices.iter().any(|(_, text)| text.contains("worker w1 on node1 is quarantined")));
}

#[test]
fn a_worker_is_not_blamed_for_tasks_that_fail_everywhere() {
    let mut world = World::with_workers(&[4, 4]);
    world.submit(flow("a:20; b:200"));
    world.run(|id| if id.task.group.group == 0 { End::Succeeded } else { exit(1) });
    let states: Vec<_> = world.workers_view().iter().map(|view| view.state).collect();
    assert_eq!(states, [WorkerState::Connected; 2]);
}

#[test]
fn a_worker_that_the_batch_system_ended_is_given_up_at_once() {
    let mut world = World::with_workers(&[1, 1]);
    let id = world.submit(flow("a:2"));
    world.talk();
    world.tell(Event::WorkerEnded(WorkerId(1)));
    assert_eq!(world.workers_view()[0].state, WorkerState::Left);
    world.run_well();
    assert_eq!(world.counts(id), [0, 0, 0, 2, 0, 0, 0]);
}

#[test]
fn a_coordinator_that_slept_does_not_blame_its_workers() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a"));
    world.talk();
    let link = world.link(0);
    world.now = world.now + Duration::from_secs(3600);
    world.tell(Event::Wakeup);
    assert_eq!(world.link(0), link);
    for _ in 0..11 {
        world.now = world.now + Duration::from_secs(1);
        world.tell(Event::Wakeup);
    }
    assert_eq!(world.link(0), None, "but it is lost if it stays silent");
    assert_eq!(world.counts(id), [0, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn a_known_worker_is_welcome_though_the_store_is_stuck() {
    let mut world = World::with_workers(&[1]);
    world.prompt = false;
    world.submit_later(flow("a"));
    world.cut(0);
    world.connect(0);
    world.talk();
    assert_eq!(world.running_count(), 1);
}
