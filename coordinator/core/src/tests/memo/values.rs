//! Captured values: told to the tasks that ask for them, wherever they are kept.

use super::Lab;
use crate::tests::worker::exit;
use godwit_common::message::view::TaskState;
use std::sync::Arc;

const SMALL: &str = "a:2 ~ capture=stdout cache=always; b:2 < a[=] ~ words={result.a} cache=always capture=stdout; \
                     c < b ~ env=X:{index}";
const LARGE: &str =
    "a ~ capture=stdout words=size=100000; b < a ~ words={result.a} cache=always; c:3 < a ~ stdin={result.a}";

#[test]
fn a_value_comes_before_the_task_that_asks_for_it() {
    // The fake worker makes sure that it does.
    let mut lab = Lab::new(&[4]);
    assert_eq!(lab.run(SMALL), (5, 0));
    assert_eq!(lab.run(SMALL), (1, 4));
}

#[test]
fn a_large_value_is_an_object_of_its_own_and_is_read_when_it_is_needed() {
    let mut lab = Lab::new(&[4]);
    let id = lab.submit(LARGE);
    lab.world.step(|_| godwit_common::outcome::End::Succeeded);
    assert_eq!(lab.world.blobs.len(), 1);
    assert_eq!(lab.world.running_count(), 4, "it is at hand");
    lab.world.restart();
    lab.world.kill(0);
    lab.join(4);
    lab.world.pass(std::time::Duration::from_secs(11));
    assert_eq!(lab.world.wanted.len(), 1, "it is read once");
    let reasons = lab.world.explain("1/b").reasons;
    assert!(reasons[0].contains("value"), "{reasons:?}");
    lab.world.run_well();
    assert_eq!(lab.world.counts(id)[3], 5);
    let told: Vec<&Arc<str>> = lab.world.workers[1].values.values().map(|values| &values[0].1).collect();
    assert!(told.len() == 4 && told.iter().all(|value| value.len() == 100_000));
    lab.world.check_replay();
}

#[test]
fn a_lost_value_fails_those_who_ask_for_it() {
    for damage in [true, false] {
        let mut lab = Lab::new(&[4]);
        let id = lab.submit(LARGE);
        lab.world.step(|_| godwit_common::outcome::End::Succeeded);
        lab.world.restart();
        lab.world.kill(0);
        lab.join(4);
        let digest = *lab.world.blobs.keys().next().unwrap();
        if damage {
            lab.world.blobs.insert(digest, "something else".into());
        } else {
            lab.world.blobs.clear();
        }
        lab.world.pass(std::time::Duration::from_secs(11));
        lab.world.run_well();
        assert_eq!(lab.world.counts(id), [0, 0, 0, 1, 4, 0, 0]);
        let error = lab.world.explain("1/b").task.error.unwrap();
        assert!(
            error.contains("the value of 'a', which it asks for, cannot be read from the store"),
            "{error}"
        );
    }
}

#[test]
fn a_value_that_was_never_told_fails_those_who_ask_for_it() {
    let mut lab = Lab::new(&[4]);
    let id = lab.submit(SMALL);
    lab.world.workers[0].disk = None;
    lab.world.run_well();
    assert_eq!(lab.world.counts(id), [0, 0, 0, 2, 2, 0, 1]);
    let task = lab.world.explain("1/b[0]").task;
    assert_eq!(task.state, TaskState::Failed);
    assert!(task.error.unwrap().contains("--rerun a"));
}

#[test]
fn a_retry_is_told_its_values_again() {
    let mut lab = Lab::new(&[1]);
    let id = lab.submit("a ~ capture=stdout words=size=50000; b < a ~ words={result.a} retries=2");
    lab.world.step(|_| godwit_common::outcome::End::Succeeded);
    lab.world.step(|_| exit(1));
    lab.world.run_well();
    assert_eq!(lab.world.counts(id)[3], 2);
    assert_eq!(lab.world.workers[0].values.len(), 2);
}
