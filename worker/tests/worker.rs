//! A whole worker against a coordinator of a few lines: many tasks, connections that come and go, output, departures.

mod support;

use godwit_common::message::worker::{OutputStream, SpoolSource, ToWorker};
use godwit_common::outcome::End;
use godwit_worker::Control;
use std::time::{Duration, Instant};
use support::*;

#[tokio::test]
async fn many_short_tasks_run_and_each_end_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    with_worker(options(folder.path()), async |mut place: Place| {
        let mut coordinator = place.welcome().await;
        coordinator.give(0, 200, program(folder.path(), &["true"])).await;
        let mut ids: Vec<_> = coordinator
            .ends(200)
            .await
            .into_iter()
            .map(|ended| {
                assert_eq!(ended.end, End::Succeeded);
                ended.id.task.position
            })
            .collect();
        ids.sort_unstable();
        assert!(ids.into_iter().eq(0..200));
        coordinator.quit().await;
    })
    .await;
    let spools = std::fs::read_dir(folder.path().join("spool")).unwrap().next().unwrap().unwrap().path();
    assert!(std::fs::read_dir(spools).unwrap().count() <= 8, "four slots have eight files");
}

#[tokio::test]
async fn a_worker_comes_back_with_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let go = |index: u32| std::fs::write(folder.path().join(format!("go{index}")), "").unwrap();
    with_worker(options(folder.path()), async |mut place: Place| {
        let mut coordinator = place.welcome().await;
        let (life, pid) = (coordinator.hello.life, coordinator.hello.pid);
        let waiting = "until [ -e go$GODWIT_INDEX ]; do sleep 0.01; done; echo $$ >> ran";
        coordinator.give(0, 2, shell(folder.path(), waiting)).await;
        coordinator.start(attempt(0, 0)).await;
        coordinator.start(attempt(0, 1)).await;
        coordinator.connection.close("restarting").await;
        go(0);
        pids_in(&folder.path().join("ran"), 1).await;
        let mut coordinator = place.welcome().await;
        assert_eq!((coordinator.hello.life, coordinator.hello.pid), (life, pid));
        let mut live = coordinator.hello.live.clone();
        live.sort_by_key(|live| live.id);
        assert_eq!(live.iter().map(|live| live.id).collect::<Vec<_>>(), [attempt(0, 0), attempt(0, 1)]);
        assert!(live[1].started.is_some(), "it still runs");
        assert_eq!(coordinator.end().await.id, attempt(0, 0));
        go(1);
        assert_eq!(coordinator.end().await.id, attempt(0, 1));
        assert_eq!(pids_in(&folder.path().join("ran"), 2).await.len(), 2);
        coordinator.quit().await;
    })
    .await;
}

#[tokio::test]
async fn output_is_served_while_it_comes_and_after() {
    let folder = tempfile::tempdir().unwrap();
    with_worker(options(folder.path()), async |mut place: Place| {
        let mut coordinator = place.welcome().await;
        let talking = "echo one; until [ -e go ]; do sleep 0.01; done; echo two; echo oh >&2";
        coordinator.give(0, 1, shell(folder.path(), talking)).await;
        coordinator.start(attempt(0, 0)).await;
        let running = SpoolSource::Running(attempt(0, 0));
        let followed = coordinator.output(running, OutputStream::Stdout, 1, true);
        let now = async {
            while coordinator.output(running, OutputStream::Stdout, 0, false).await != "one\n" {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            std::fs::write(folder.path().join("go"), "").unwrap();
        };
        let (followed, ()) = tokio::join!(followed, now);
        assert_eq!(followed, "ne\ntwo\n");
        let usage = coordinator.end().await.usage.expect("it ran");
        let ended = SpoolSource::Ended(usage.output);
        assert_eq!(coordinator.output(ended, OutputStream::Stderr, 0, true).await, "oh\n");
        assert_eq!(coordinator.output(running, OutputStream::Stdout, 4, true).await, "two\n");
        let stranger = SpoolSource::Running(attempt(9, 9));
        let answer = coordinator.output(stranger, OutputStream::Stdout, 0, true).await;
        assert_eq!(answer, "<the task does not run on this worker>");
        coordinator.quit().await;
    })
    .await;
}

#[tokio::test]
async fn stopped_attempts_are_stopped_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    with_worker(options(folder.path()), async |mut place: Place| {
        let mut coordinator = place.welcome().await;
        coordinator.give(0, 6, shell(folder.path(), "sleep 1000")).await;
        coordinator.start(attempt(0, 3)).await;
        let stop = [0, 5].map(|position| attempt(0, position)).to_vec();
        coordinator.say(&ToWorker::Stop(stop.clone())).await;
        let mut ended = coordinator.ends(2).await;
        ended.sort_by_key(|ended| ended.id);
        assert!(ended.iter().all(|ended| ended.end == End::Stopped));
        assert_eq!(ended.iter().map(|ended| ended.id).collect::<Vec<_>>(), stop);
        assert_eq!(ended.iter().map(|ended| ended.usage.is_some()).collect::<Vec<_>>(), [true, false]);
        coordinator.start(attempt(0, 4)).await;
        coordinator.quit().await;
    })
    .await;
}

#[tokio::test]
async fn a_terminated_worker_stops_its_tasks_and_leaves_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let (left, ()) = with_worker(options(folder.path()), async |mut place: Place| {
        let mut coordinator = place.welcome().await;
        let deaf = "trap '' TERM; echo $$ >> pids; while :; do sleep 0.05; done";
        coordinator.give(0, 2, shell(folder.path(), deaf)).await;
        let pids = pids_in(&folder.path().join("pids"), 2).await;
        place.control.send(Control::Terminate("preempted".into())).await.unwrap();
        let ended = coordinator.ends(2).await;
        assert!(ended.iter().all(|ended| ended.end == End::Stopped));
        assert!(pids.into_iter().all(|pid| !is_alive(pid)));
        coordinator.see_off().await;
        assert_eq!(coordinator.left.as_deref(), Some("preempted"));
        assert!(coordinator.connection.closed().await.to_string().contains("preempted"));
    })
    .await;
    assert!(left.orderly && left.reason == "preempted", "{left:?}");
    assert!(begun.elapsed() < Duration::from_secs(8));
}

#[tokio::test]
async fn a_worker_whose_coordinator_is_gone_for_good_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let (left, ()) = with_worker(options(folder.path()), async |mut place: Place| {
        let mut coordinator = place.welcome().await;
        coordinator.give(0, 1, shell(folder.path(), "sleep 1000")).await;
        coordinator.start(attempt(0, 0)).await;
    })
    .await;
    let reason = "no connection with this process: the coordinator in this process has ended";
    assert!(!left.orderly && left.reason == reason, "{left:?}");
}
