//! Equal tasks at the same time run once.

use super::Lab;
use crate::tests::worker::exit;
use crate::tests::world::selector;
use godwit_common::ids::WorkflowId;
use godwit_common::memo::Reuse;
use godwit_common::message::client::Request;
use godwit_common::outcome::End;

const TASK: &str = "x ~ cache=always retries=1";

fn three() -> Lab {
    let mut lab = Lab::new(&[4]);
    for _ in 0..3 {
        lab.submit(TASK);
    }
    lab.world.talk();
    assert_eq!(lab.world.running_count(), 1);
    lab
}

fn ended(lab: &Lab) -> [(u64, u64); 3] {
    [1, 2, 3].map(|id| {
        let view = lab.world.view(WorkflowId(id));
        (view.attempts, view.reused)
    })
}

#[test]
fn the_others_take_what_the_first_made() {
    let mut lab = three();
    let reasons = lab.world.explain("2/x").reasons;
    assert!(reasons[0].contains("it waits for 1/x, which computes the same"), "{reasons:?}");
    lab.world.run_well();
    assert_eq!(ended(&lab), [(1, 0), (0, 1), (0, 1)]);
    lab.world.check_replay();
}

#[test]
fn a_retry_keeps_them_waiting_and_a_failure_for_good_lets_the_next_run() {
    let mut lab = three();
    lab.world.step(|_| exit(1));
    assert_eq!(lab.world.running_count(), 1, "the retry");
    lab.world.step(|_| exit(1));
    assert_eq!(lab.world.running_count(), 1, "the next");
    lab.world.run_well();
    assert_eq!(ended(&lab), [(2, 0), (1, 0), (0, 1)]);
}

#[test]
fn a_cancelled_one_lets_the_next_run() {
    let mut lab = three();
    lab.world.answer(Request::Cancel(selector("2/x")));
    lab.world.answer(Request::Cancel(selector("1/x")));
    lab.world.run_well();
    assert_eq!(ended(&lab), [(1, 0), (0, 0), (1, 0)]);
}

#[test]
fn a_success_without_a_key_lets_the_next_run() {
    let mut lab = three();
    let running = lab.world.running(0)[0];
    lab.world.workers[0].disk = None;
    lab.world.workers[0].end(running, End::Succeeded);
    lab.world.workers[0].disk = Some(lab.disk.clone());
    lab.world.run_well();
    assert_eq!(ended(&lab), [(1, 0), (1, 0), (0, 1)]);
}

#[test]
fn a_restart_and_a_lost_worker_do_not_start_it_twice() {
    let mut lab = three();
    lab.world.restart();
    lab.world.connect(0);
    lab.world.talk();
    lab.world.run_well();
    let runs: u64 = ended(&lab).iter().map(|(runs, _)| runs).sum();
    assert!(runs <= 2, "the adopted one, and at most the first that was looked at");
    let mut lab = three();
    lab.world.kill(0);
    lab.join(1);
    lab.world.talk();
    assert_eq!(lab.world.running_count(), 1);
    lab.world.run_well();
    assert_eq!(ended(&lab).map(|(_, reused)| reused), [0, 1, 1]);
}

#[test]
fn whoever_may_not_take_the_result_runs_beside_it() {
    let mut lab = Lab::new(&[4]);
    lab.submit(TASK);
    lab.submit_as(TASK, Reuse::Nothing);
    lab.submit_as(TASK, Reuse::Sources(vec!["x".to_owned()]));
    lab.world.talk();
    assert_eq!(lab.world.running_count(), 3);
    lab.world.run_well();
    assert_eq!(ended(&lab), [(1, 0), (1, 0), (1, 0)]);
}

#[test]
fn equal_tasks_of_one_array_of_single_tasks_run_once() {
    let mut lab = Lab::new(&[4]);
    let mut workflow = lab.workflow("a ~ cache=always", Reuse::All);
    // Items that are equal.
    workflow.groups[0].shape = godwit_common::shape::Shape::Items(vec!["s".to_owned(); 50]);
    let id = lab.world.submit(workflow);
    assert_eq!(lab.finish(id), (1, 49));
}
