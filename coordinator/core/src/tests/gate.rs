//! Nothing is revealed before it is durable. (The world checks each answer and each `Kept`.)

use super::flow::flow;
use super::world::World;
use crate::event::Event;
use godwit_common::message::client::{Request, Response};
use godwit_common::message::view::WorkflowState;
use godwit_common::outcome::End;
use std::time::Duration;

/// A world in which one task of a workflow ended and nothing since is durable.
fn unsure() -> World {
    let mut world = World::with_workers(&[1]);
    world.submit(flow("a"));
    world.prompt = false;
    world.run_well();
    world
}

#[test]
fn answers_wait_for_what_they_reveal() {
    use godwit_common::ids::WorkflowId;
    for request in [
        Request::Status(WorkflowId(1)),
        Request::List,
        Request::Watch(WorkflowId(1)),
        Request::Submit(Box::new(flow("b"))),
        Request::Forget(WorkflowId(1)),
        Request::Explain(super::world::reference("1")),
        Request::Cancel(super::world::selector("1")),
    ] {
        let mut world = unsure();
        let text = format!("{request:?}");
        let id = world.ask(request);
        assert_eq!(world.responses.get(&id), None, "{text}");
        world.sync();
        assert_eq!(world.responses[&id].len(), 1, "{text}");
    }
}

#[test]
fn the_coordinator_answers_for_itself_at_once() {
    let mut world = unsure();
    let Response::Coordinator(view) = world.answer(Request::Coordinator) else { panic!("a view") };
    assert_eq!((view.records_pending, view.workers, view.workflows_running), (1, 1, 0));
}

#[test]
fn a_worker_keeps_a_result_until_it_is_durable() {
    let mut world = unsure();
    assert_eq!(world.workers[0].outbox.len(), 1);
    world.cut(0);
    world.connect(0);
    world.talk();
    assert_eq!(world.workers[0].outbox.len(), 1, "told twice, and still not durable");
    world.sync();
    world.talk();
    assert!(world.workers[0].outbox.is_empty());
}

#[test]
fn a_worker_is_welcome_when_its_name_is_durable() {
    let mut world = World::new();
    world.prompt = false;
    let worker = world.join(super::worker::capacity(1, 0));
    assert_eq!(world.workers[worker].id, None);
    world.sync();
    assert!(world.workers[worker].id.is_some());
}

#[test]
fn watching_is_throttled_and_ends_with_the_workflow() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a:50"));
    let watch = world.ask(Request::Watch(id));
    for _ in 0..10 {
        world.step(|_| End::Succeeded);
    }
    assert_eq!(world.responses[&watch].len(), 1, "one at once, and no other at the same time");
    world.pass(Duration::from_millis(250));
    assert_eq!(world.responses[&watch].len(), 2);
    world.pass(Duration::from_secs(9));
    assert_eq!(world.responses[&watch].len(), 2, "nothing changed");
    world.run_well();
    let all = &world.responses[&watch];
    let Some(Response::Workflow(last)) = all.last() else { panic!("a view") };
    assert_eq!((last.state, last.counts.succeeded), (WorkflowState::Succeeded, 50));
    assert!(all.len() <= 4 && world.finished.contains(&watch));
}

#[test]
fn a_slow_store_does_not_pile_up_answers() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a:50"));
    let watch = world.ask(Request::Watch(id));
    world.prompt = false;
    for _ in 0..20 {
        world.step(|_| End::Succeeded);
        world.pass(Duration::from_secs(1));
    }
    assert_eq!(world.responses[&watch].len(), 1);
    world.sync();
    assert_eq!(world.responses[&watch].len(), 3, "one was waiting, and here is the newest");
}

#[test]
fn a_store_in_trouble_is_told_and_readers_do_not_wait() {
    let mut world = unsure();
    let id = super::world::reference("1").workflow;
    let waiting = world.ask(Request::Status(id));
    let trouble = Some("the disk is full".to_owned());
    world.tell(Event::Store { pending_bytes: 10, trouble });
    let Response::Refused(refusal) = &world.responses[&waiting][0] else { panic!("refused") };
    assert!(refusal.sentence.contains("the disk is full"), "{}", refusal.sentence);
    assert!(world.refusal(Request::Status(id)).contains("the disk is full"));
    let Response::Coordinator(view) = world.answer(Request::Coordinator) else { panic!("a view") };
    assert_eq!(view.store_trouble.as_deref(), Some("the disk is full"));
    world.sync();
    assert_eq!(world.responses[&waiting].len(), 1, "not answered twice");
}

#[test]
fn a_store_that_lags_stops_the_placing() {
    let mut world = World::with_workers(&[1]);
    let lag = |bytes| Event::Store { pending_bytes: bytes, trouble: None };
    world.tell(lag(65 << 20));
    world.tell(lag(66 << 20));
    let id = world.submit(flow("a"));
    assert_eq!(world.counts(id), [0, 1, 0, 0, 0, 0, 0]);
    assert!(world.explain("1").reasons[0].contains("wait for the store"));
    assert_eq!(world.notices.iter().filter(|(_, text)| text.contains("wait for the store")).count(), 1);
    world.tell(lag(0));
    assert_eq!(world.counts(id), [0, 0, 1, 0, 0, 0, 0]);
}

#[test]
fn the_coordinator_ends_when_all_is_durable() {
    let mut world = World::with_workers(&[1]);
    let id = world.submit(flow("a:3"));
    world.talk();
    let watch = world.ask(Request::Watch(id));
    world.prompt = false;
    world.step(|_| End::Succeeded);
    let stop = world.ask(Request::StopCoordinator);
    assert!(!world.exited && !world.finished.contains(&stop));
    assert!(world.finished.contains(&watch), "who waits is told");
    assert!(world.refusal(Request::List).contains("about to stop"));
    world.sync();
    assert!(world.exited && world.finished.contains(&stop));
    assert_eq!(world.running_count(), 1, "running tasks stay");
}

/// A watching client once got its last answer, the refusal, before an answer that was still held back.
#[test]
fn nobody_is_answered_after_the_last_answer() {
    for stopped in [false, true] {
        let mut world = World::with_workers(&[1]);
        let id = world.submit(flow("a"));
        world.prompt = false;
        world.submit_later(flow("b"));
        let watch = world.ask(Request::Watch(id));
        if !stopped {
            world.ask(Request::Cancel(super::world::selector("1")));
        }
        if stopped {
            world.ask(Request::StopCoordinator);
        } else {
            let trouble = Some("the disk is full".to_owned());
            world.tell(Event::Store { pending_bytes: 1, trouble });
        }
        world.sync();
        assert_eq!(world.responses[&watch].len(), 1);
    }
}
