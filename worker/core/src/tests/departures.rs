//! How a worker goes.

use super::*;

#[test]
fn a_terminated_worker_gives_everything_back_and_leaves_when_all_is_reaped() {
    let mut bench = Bench::up(1);
    bench.tell(runs(group(0), 0, 2, 0)).start(0).done.clear();
    bench.handle(Event::Terminate("SIGTERM".into()));
    bench.expect(&["draining: SIGTERM", "term 0", "1 stopped"]);
    bench.tell(runs(group(0), 5, 1, 0)).expect(&["5 stopped"]);
    bench.wait(Duration::from_secs(1)).exit(0, failed(143)).expect(&["0 stopped"]);
    bench.tell(ToWorker::Kept(vec![attempt(0), attempt(1)])).expect(&[]);
    bench.tell(ToWorker::Kept(vec![attempt(5)]));
    bench.expect(&["leaving: SIGTERM", "exit orderly=true: SIGTERM"]);
    bench.handle(Event::Connected).wait(TIMEOUT * 100).expect(&[]);
}

#[test]
fn a_leaving_worker_kills_what_stays_and_goes_at_last() {
    let mut slow = spec(0, vec![cpus(100)]);
    slow.task.kill_grace = Duration::from_secs(3600);
    let mut bench = Bench::up_with(1, Settings::default(), slow);
    bench.tell(runs(group(0), 0, 1, 0)).start(0).done.clear();
    bench.tell(ToWorker::Quit);
    bench.expect(&["draining: the coordinator asked it to", "term 0"]);
    bench.wait(Duration::from_secs(5)).expect(&["kill 0"]);
    let words = ["leaving: the coordinator asked it to", "exit orderly=true: the coordinator asked it to"];
    bench.tell(ToWorker::Heartbeat).wait(Duration::from_secs(5)).expect(&words);
}

#[test]
fn a_second_word_kills_at_once_and_results_are_waited_for_briefly() {
    let mut bench = Bench::up(1);
    bench.tell(runs(group(0), 0, 1, 0)).start(0).done.clear();
    bench.handle(Event::Terminate("SIGINT".into()));
    bench.expect(&["draining: SIGINT", "term 0"]);
    bench.handle(Event::Terminate("SIGINT".into())).expect(&["kill 0"]);
    bench.exit(0, failed(9)).expect(&["0 stopped"]);
    bench.wait(Duration::from_secs(2));
    bench.expect(&["leaving: SIGINT", "exit orderly=true: SIGINT"]);
}

#[test]
fn a_draining_worker_lets_its_tasks_end() {
    let mut bench = Bench::up(1);
    bench.tell(runs(group(0), 0, 2, 0)).start(0).done.clear();
    bench.tell(ToWorker::Drain);
    bench.expect(&["draining: the coordinator asked it to", "1 stopped"]);
    bench.exit(0, Exit::Succeeded(None)).expect(&["0 succeeded"]);
    bench.tell(ToWorker::Kept(vec![attempt(0), attempt(1)]));
    bench.expect(&["leaving: the coordinator asked it to", "exit orderly=true: the coordinator asked it to"]);
}

#[test]
fn an_idle_worker_leaves() {
    let settings = Settings { idle_timeout: Some(Duration::from_secs(4)), ..Settings::default() };
    let mut bench = Bench::up_with(1, settings, spec(0, vec![cpus(100)]));
    bench.wait(Duration::from_secs(3)).tell(runs(group(0), 0, 1, 0));
    bench.wait(Duration::from_secs(9)).exit(0, Exit::Succeeded(None)).tell(ToWorker::Heartbeat);
    bench.wait(Duration::from_secs(9)).looked();
    bench.tell(ToWorker::Kept(vec![attempt(0)])).expect(&[]);
    bench.wait(Duration::from_millis(3999)).expect(&[]);
    let reason = "it had nothing to do for 4s";
    let words =
        [format!("draining: {reason}"), format!("leaving: {reason}"), format!("exit orderly=true: {reason}")];
    assert_eq!(bench.wait(Duration::from_millis(1)).looked(), words);
}

#[test]
fn a_worker_whose_time_is_up_leaves() {
    let leave_at = Some(Time(1_000_000_000) + Duration::from_secs(60));
    let mut bench = Bench::new(1, Settings { leave_at, ..Settings::default() });
    bench.wait(Duration::from_secs(60)).expect(&["exit orderly=true: the worker's time is up"]);
}

#[test]
fn a_worker_without_coordinator_gives_up_with_its_tasks() {
    let mut bench = Bench::up(1);
    bench.tell(runs(group(0), 0, 1, 0)).start(0).done.clear();
    bench.handle(Event::Disconnected("gone".into()));
    bench.wait(Duration::from_secs(800)).handle(Event::Connected);
    bench.handle(Event::Disconnected("refused".into())).expect(&["hello [0]"]);
    bench.wait(Duration::from_secs(100)).expect(&["term 0"]);
    bench.exit(0, failed(143));
    bench.expect(&["exit orderly=false: no coordinator could be reached for 15m"]);
}

#[test]
fn a_refused_worker_leaves_in_disorder() {
    let mut bench = Bench::new(1, Settings::default());
    bench.handle(Event::Connected).looked();
    bench.tell(ToWorker::Refused("two of a kind".into()));
    bench.expect(&["exit orderly=false: the coordinator refused this worker: two of a kind"]);
    let mut bench = Bench::new(1, Settings::default());
    bench.handle(Event::GiveUp("wrong version".into()));
    bench.expect(&["exit orderly=false: wrong version"]);
}
