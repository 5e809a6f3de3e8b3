//! Outputs are looked at before a result serves.

use super::Lab;
use crate::tests::world::selector;
use godwit_common::message::client::Request;
use std::time::Duration;

#[test]
fn an_output_that_is_gone_or_changed_is_made_again() {
    for change in [|lab: &Lab| lab.disk.remove("/w/x"), |lab: &Lab| lab.disk.write("/w/x", "scribble")] {
        let mut lab = Lab::new(&[1]);
        assert_eq!(lab.run("x ~ out=x; y < x ~ in=x out=y"), (2, 0));
        change(&lab);
        assert_eq!(lab.run("x ~ out=x; y < x ~ in=x out=y"), (1, 1), "y reads the same x");
        let reasons = lab.world.explain("2/x").reasons;
        assert!(
            reasons.iter().any(|reason| reason.contains("1/x computed the same, but /w/x was changed")),
            "{reasons:?}"
        );
    }
}

#[test]
fn without_a_worker_nobody_can_look() {
    let mut lab = Lab::new(&[1]);
    lab.run("x ~ out=x");
    lab.world.kill(0);
    let id = lab.submit("x ~ out=x");
    let reasons = lab.world.explain("2/x").reasons;
    assert!(reasons[0].contains("1/x computed the same") && reasons[0].contains("no worker"), "{reasons:?}");
    lab.join(1);
    assert_eq!(lab.finish(id), (0, 1));
}

#[test]
fn a_worker_that_is_lost_while_it_looks_is_replaced() {
    let mut lab = Lab::new(&[1, 1]);
    lab.run("x:4 ~ out=x{index}");
    let id = lab.submit("x:4 ~ out=x{index}");
    let asked: Vec<usize> = lab.world.workers.iter().map(|worker| worker.checked.len()).collect();
    assert_eq!(asked, [2, 2]);
    let reasons = lab.world.explain("2/x[0]").reasons;
    assert!(reasons[0].contains("looks whether its outputs are still there"), "{reasons:?}");
    lab.world.kill(0);
    assert_eq!(lab.world.workers[1].checked.len(), 4);
    assert_eq!(lab.finish(id), (0, 4));
}

#[test]
fn a_late_answer_is_none() {
    let mut lab = Lab::new(&[1, 1]);
    lab.run("x ~ out=x");
    let id = lab.submit("x ~ out=x");
    let late = std::mem::take(&mut lab.world.workers[0].checked);
    lab.world.cut(0);
    lab.disk.remove("/w/x");
    lab.world.workers[1].checked.clear();
    lab.world.cut(1);
    lab.world.connect(0);
    lab.world.greet(0);
    // The worker is asked again, and the old answer comes first.
    lab.world.workers[0].checked.splice(0..0, late);
    assert_eq!(lab.finish(id), (1, 0));
}

#[test]
fn a_task_that_is_cancelled_needs_no_answer() {
    let mut lab = Lab::new(&[1]);
    lab.run("x:3 ~ out=x{index}");
    let id = lab.submit("x:3 ~ out=x{index}");
    lab.world.answer(Request::Cancel(selector("2/x[1]")));
    lab.world.talk();
    assert_eq!(lab.world.counts(id), [0, 0, 0, 2, 0, 1, 0]);
    lab.world.answer(Request::Retry(id));
    lab.world.run_well();
    assert_eq!(lab.world.view(id).reused, 3);
    lab.world.check_replay();
}

#[test]
fn no_answer_is_waited_for_in_a_busy_loop() {
    let mut lab = Lab::new(&[1]);
    lab.run("x:3 ~ out=x{index}");
    let id = lab.submit("x:3 ~ out=x{index}");
    lab.world.pass(Duration::from_secs(60));
    assert_eq!(lab.finish(id), (0, 3));
}
