//! Running, stopping, giving back, keeping, and connections that come and go.

use super::*;

#[test]
fn as_many_start_as_fit_and_the_rest_in_order() {
    let mut bench = Bench::up(2);
    bench.tell(runs(group(0), 0, 4, 0));
    bench.expect(&["start 0 slot 0", "start 1 slot 1"]);
    bench.start(0).start(1).expect(&["started 0", "started 1"]);
    bench.exit(1, Exit::Succeeded(None));
    bench.expect(&["start 2 slot 1", "1 succeeded"]);
    bench.exit(0, failed(3));
    bench.expect(&["start 3 slot 0", "0 failed: exit code 3"]);
}

#[test]
fn what_ended_is_told_again_until_it_is_kept() {
    let mut bench = Bench::up(1);
    bench.tell(runs(group(0), 0, 3, 0)).start(0).exit(0, Exit::Succeeded(None));
    bench.start(1).done.clear();
    bench.handle(Event::Disconnected("gone".into())).expect(&[]);
    bench.exit(1, Exit::Succeeded(None)).expect(&[]);
    bench.connect();
    bench.expect(&["hello [2, 0, 1]", "start 2 slot 0", "0 succeeded", "1 succeeded"]);
    bench.tell(ToWorker::Kept(vec![attempt(0)]));
    bench.connect();
    bench.expect(&["hello [2, 1]", "1 succeeded"]);
}

#[test]
fn what_started_before_the_welcome_is_told_after_it() {
    let mut bench = Bench::up(1);
    bench.tell(runs(group(0), 0, 1, 0));
    bench.handle(Event::Disconnected("gone".into()));
    bench.start(0).done.clear();
    bench.connect().expect(&["hello [0]", "started 0"]);
}

#[test]
fn a_stopped_attempt_is_stopped_whatever_its_exit() {
    for exit in [Exit::Succeeded(None), failed(143)] {
        let mut bench = Bench::up(1);
        bench.tell(runs(group(0), 0, 2, 0)).start(0).done.clear();
        bench.tell(ToWorker::Stop(vec![attempt(0), attempt(1), attempt(9)]));
        bench.expect(&["term 0", "1 stopped"]);
        bench.tell(ToWorker::Stop(vec![attempt(0)])).expect(&[]);
        bench.wait(GRACE).expect(&["kill 0"]);
        bench.exit(0, exit).expect(&["0 stopped"]);
    }
}

#[test]
fn a_task_over_its_limit_has_failed_whatever_its_exit() {
    for exit in [Exit::Succeeded(None), failed(143)] {
        let mut limited = spec(0, vec![cpus(100)]);
        limited.task.time_limit = Some(Duration::from_secs(60));
        let mut bench = Bench::up_with(1, Settings::default(), limited);
        bench.tell(runs(group(0), 0, 1, 0)).start(0).done.clear();
        bench.handle(Event::Disconnected("gone".into()));
        bench.wait(Duration::from_secs(59)).expect(&[]);
        bench.wait(Duration::from_secs(1)).expect(&["term 0"]);
        bench.wait(GRACE).expect(&["kill 0"]);
        bench.exit(0, exit).connect();
        bench.expect(&["hello [0]", "0 failed: ran longer than its time limit of 1m"]);
    }
}

#[test]
fn tasks_that_ask_for_nothing_are_bounded_too() {
    let mut bench = Bench::up_with(1, Settings::default(), spec(0, vec![cpus(0)]));
    bench.tell(runs(group(0), 0, 5000, 0));
    assert_eq!(bench.looked().len(), crate::limits::RUNNING_MAX);
    bench.exit(7, Exit::Succeeded(None)).expect(&["start 4096 slot 7", "7 succeeded"]);
}

#[test]
fn only_what_has_not_started_is_retracted() {
    let mut bench = Bench::up(1);
    bench.tell(runs(group(0), 0, 3, 0)).done.clear();
    bench.tell(ToWorker::Retract(vec![attempt(0), attempt(1)]));
    bench.expect(&["1 stopped"]);
    bench.exit(0, Exit::Succeeded(None)).expect(&["start 2 slot 0", "0 succeeded"]);
}

#[test]
fn a_smaller_attempt_overtakes_but_not_for_ever() {
    let mut bench = Bench::up_with(2, Settings::default(), spec(0, vec![cpus(100), cpus(200)]));
    bench.tell(runs(group(0), 0, 1, 0));
    bench.tell(runs(group(0), 1, 1, 1)).tell(runs(group(0), 2, 500, 0));
    let mut at = 2;
    while !bench.looked().iter().any(|word| word.starts_with("start 1 ")) {
        bench.exit(if at == 2 { 0 } else { at - 1 }, Exit::Succeeded(None));
        at += 1;
        assert!(at < 200, "the large attempt never starts");
    }
    assert!(at > 60, "nothing overtakes");
}

#[test]
fn a_pinned_task_has_cpus_of_its_own_and_gpus_by_index() {
    let mut pinned = spec(0, vec![Request { gpus: Hundredths(100), ..cpus(200) }]);
    pinned.task.pin = godwit_common::task::Pin::Compact;
    let mut bench = Bench::up_with(4, Settings::default(), pinned);
    bench.tell(runs(group(0), 0, 1, 0));
    let Some(Action::Start(launch)) = bench.done.first() else { panic!("{:?}", bench.done) };
    assert_eq!((&launch.pinned[..], &launch.gpus[..], launch.worker), (&[0, 1][..], &[0][..], WorkerId(3)));
}

#[test]
fn heartbeats_go_out_and_silence_is_noticed() {
    let mut bench = Bench::up(1);
    bench.wait(PERIOD);
    assert_eq!(bench.done, [Action::Send(FromWorker::Heartbeat)]);
    bench.tell(ToWorker::Heartbeat).looked();
    bench.wait(TIMEOUT).expect(&["reconnect: the coordinator was silent for 10s"]);
    bench.handle(Event::Disconnected("closed".into()));
    bench.handle(Event::Connected).expect(&["hello []"]);
    bench.wait(TIMEOUT).expect(&["reconnect: the coordinator did not answer the hello for 10s"]);
}

#[test]
fn orders_that_cannot_be_obeyed_are_judged() {
    let mut bench = Bench::up(1);
    bench.tell(runs(group(5), 0, 1, 0));
    bench.expect(&["0 failed: could not be started: the coordinator did not say what the task is"]);
    for (spec, run, expected) in broken_orders() {
        let mut bench = Bench::up_with(2, Settings::default(), spec);
        bench.tell(run).expect(&[expected]);
    }
    let mut bench = Bench::new(1, Settings::default());
    bench.handle(Event::Connected);
    bench.tell(ToWorker::Drain);
    bench.expect(&["hello []", "reconnect: the coordinator gave orders before its welcome"]);
}

fn broken_orders() -> Vec<(GroupSpec, ToWorker, &'static str)> {
    let one = || runs(group(0), 0, 1, 0);
    let with = |change: fn(&mut GroupSpec)| {
        let mut spec = spec(0, vec![cpus(100)]);
        change(&mut spec);
        spec
    };
    let twice = |spec: &mut GroupSpec| {
        spec.task.requests[0].named = vec![("a".into(), 1), ("a".into(), 1)];
    };
    let fine = || with(|_| {});
    let no_command = with(|spec| spec.task.command = Command::Argv(Vec::new()));
    vec![
        (
            with(|spec| spec.shape = Shape::Items(Vec::new())),
            one(),
            "0 failed: could not be started: the shape of its group is wrong: it has no tasks",
        ),
        (no_command, one(), "0 failed: could not be started: it has no command"),
        (
            with(|spec| spec.shape = Shape::Single),
            runs(group(0), 1, 1, 0),
            "1 failed: could not be started: its group has 1 tasks only",
        ),
        (fine(), runs(group(0), 0, 1, 1), "0 failed: could not be started: it has no variant 1"),
        (
            with(twice),
            one(),
            "0 failed: could not be started: its request is wrong: named resources are not sorted or not unique",
        ),
        (
            with(|spec| spec.task.requests = vec![cpus(300)]),
            one(),
            "0 failed: could not be started: it needs cpus = 3, which this worker does not have",
        ),
        (
            fine(),
            runs(group(0), 0, u32::MAX, 0),
            "reconnect: the coordinator gave more than 65536 tasks ahead",
        ),
    ]
}
