//! Products, values of other tasks, and results whose files are looked at.

use super::*;
use godwit_common::memo::{Check, Checked, Produced};
use godwit_common::message::worker::AttemptValues;

pub(super) fn check(position: u32, number: u64) -> Check {
    Check { task: group(0).task(position), number, outputs: Vec::new() }
}

pub(super) fn checked(position: u32, number: u64) -> Checked {
    Checked { task: group(0).task(position), number, fault: None }
}

pub(super) fn values(position: u32, values: &[(&str, &str)]) -> AttemptValues {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).into()));
    AttemptValues { id: attempt(position), values: values.collect() }
}

fn ask(bench: &mut Bench, position: u32, number: u64) -> &mut Bench {
    bench.tell(ToWorker::Check(vec![check(position, number)]))
}

fn answer(bench: &mut Bench, position: u32, number: u64) -> &mut Bench {
    bench.handle(Event::Checked(vec![checked(position, number)]))
}

/// A worker of one cpu whose tasks ask for the values of `a` and `b`.
fn asking() -> Bench {
    let mut asking = spec(0, vec![cpus(100)]);
    let word = |text| Template::parse(text).expect("a template");
    asking.task.command = Command::Argv(vec![word("true"), word("{result.a}")]);
    asking.task.env = vec![("B".to_owned(), word("{result.b}"))];
    Bench::up_with(1, Settings::default(), asking)
}

fn produced(bench: &mut Bench, exit: Exit) -> Option<Box<Produced>> {
    bench.done.clear();
    bench.exit(0, exit);
    let mut reports = bench.done.iter().filter_map(|action| match action {
        Action::Send(FromWorker::Report(report)) => report.ended.first(),
        _ => None,
    });
    reports.next_back().expect("it is told").produced.clone()
}

fn success() -> Exit {
    Exit::Succeeded(Some(Box::new(Produced { value: Some("5".into()), ..Produced::default() })))
}

#[test]
fn products_are_told_of_a_success_only() {
    let mut bench = Bench::up(1);
    bench.tell(runs(group(0), 0, 1, 0)).start(0);
    assert_eq!(produced(&mut bench, success()).expect("it has some").value.as_deref(), Some("5"));
    let mut bench = Bench::up(1);
    bench.tell(runs(group(0), 0, 1, 0)).start(0).tell(ToWorker::Stop(vec![attempt(0)]));
    assert_eq!(produced(&mut bench, success()), None);
}

#[test]
fn looking_at_files_does_not_count_as_running() {
    let mut limited = spec(0, vec![cpus(100)]);
    limited.task.time_limit = Some(Duration::from_secs(60));
    let mut bench = Bench::up_with(1, Settings::default(), limited);
    bench.tell(runs(group(0), 0, 2, 0)).start(0).expect(&["start 0 slot 0", "started 0"]);
    bench.handle(Event::Gathering(attempt(0)));
    bench.handle(Event::Disconnected("gone".into())).wait(Duration::from_secs(600)).expect(&[]);
    bench.connect().expect(&["hello [0, 1]", "started 0"]);
    bench.exit(0, success()).expect(&["start 1 slot 0", "0 succeeded"]);
}

#[test]
fn whose_files_are_looked_at_can_be_stopped() {
    let mut bench = Bench::up(1);
    bench.tell(runs(group(0), 0, 1, 0)).start(0).handle(Event::Gathering(attempt(0))).done.clear();
    bench.tell(ToWorker::Stop(vec![attempt(0)])).expect(&["term 0"]);
    bench.handle(Event::Gathering(attempt(0)));
    bench.wait(GRACE).expect(&["kill 0"]);
    bench.exit(0, success()).expect(&["0 stopped"]);
}

#[test]
fn values_come_before_the_attempts_that_ask_for_them() {
    let mut bench = asking();
    bench.tell(ToWorker::Values(vec![values(0, &[("a", "1"), ("b", "2")]), values(1, &[("a", "3")])]));
    bench.tell(runs(group(0), 0, 1, 0));
    let Some(Action::Start(launch)) = bench.done.first() else { panic!("not started") };
    assert_eq!(*launch.values, [("a".to_owned(), "1".into()), ("b".to_owned(), "2".into())]);
    bench.done.clear();
    bench.tell(runs(group(0), 1, 1, 0));
    bench.expect(&["1 failed: could not be started: the coordinator did not say what the value of b is"]);
}

#[test]
fn values_of_one_connection_do_not_serve_the_next() {
    let mut bench = asking();
    bench.tell(ToWorker::Values(vec![values(0, &[("a", "1"), ("b", "2")])]));
    bench.tell(runs(group(0), 0, 1, 0)).expect(&["start 0 slot 0"]);
    bench.tell(ToWorker::Values(vec![values(1, &[("a", "1"), ("b", "2")])]));
    bench.connect();
    assert_eq!(bench.core.values.take(&attempt(1)).missing(&["a"].into()).map(|_| ()), Some(()));
    assert!(bench.core.attempts.get(&attempt(0)).is_some_and(|entry| entry.values.len() == 2));
}

#[test]
fn checks_are_answered_without_a_slot_and_while_draining() {
    let mut bench = Bench::up(1);
    bench.tell(runs(group(0), 0, 1, 0)).start(0).done.clear();
    ask(&mut bench, 1, 10).expect(&["check 1"]);
    bench.handle(Event::Drain("enough".into())).expect(&["draining: enough"]);
    ask(&mut bench, 2, 11).expect(&["check 1"]);
    answer(&mut bench, 2, 11).expect(&["checked 1"]);
    answer(&mut bench, 2, 11).expect(&[]);
    answer(&mut bench, 1, 10).expect(&["checked 1"]);
}

#[test]
fn checks_go_with_the_connection() {
    let mut bench = Bench::up(1);
    ask(&mut bench, 1, 10).expect(&["check 1"]);
    bench.handle(Event::Disconnected("gone".into()));
    answer(&mut bench, 1, 10).connect().expect(&["hello []"]);
    ask(&mut bench, 1, 12).expect(&["check 1"]);
    answer(&mut bench, 1, 10).expect(&[]);
    answer(&mut bench, 1, 12).expect(&["checked 1"]);
}

#[test]
fn a_worker_with_checks_is_not_idle() {
    let settings = Settings { idle_timeout: Some(Duration::from_secs(5)), ..Settings::default() };
    let mut bench = Bench::up_with(1, settings, spec(0, vec![cpus(100)]));
    ask(&mut bench, 1, 10).done.clear();
    bench.wait(Duration::from_secs(6)).expect(&[]);
    answer(&mut bench, 1, 10).expect(&["checked 1"]);
    bench.tell(ToWorker::Heartbeat).wait(Duration::from_secs(5));
    assert!(bench.looked().iter().any(|word| word.starts_with("draining")));
}

#[test]
fn more_checks_than_anybody_asks_for_end_the_connection() {
    let mut bench = Bench::up(1);
    let checks = (0..=crate::limits::CHECKS_MAX as u64).map(|number| check(0, number)).collect();
    bench.tell(ToWorker::Check(checks));
    assert!(bench.looked()[0].starts_with("reconnect: the coordinator asked about more than"));
}
