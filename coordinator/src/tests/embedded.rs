//! A whole coordinator with a client and a worker in this process.

use crate::{Coordinator, Options, Store, start};
use godwit_common::ids::{Token, WorkerId};
use godwit_common::message::view::WorkerState;
use godwit_common::message::worker::{FromWorker, Report, Run, ToWorker, WorkerHello};
use godwit_common::message::{Request, Response};
use godwit_common::outcome::{End, Ended};
use godwit_common::resources::{Capacity, Hundredths};
use godwit_common::settings::{CoordinatorSettings, StoreSettings};
use godwit_common::shape::{IndexRange, Shape};
use godwit_common::task::{Command, TaskSpec};
use godwit_common::template::Template;
use godwit_common::workflow::{Group, Workflow};
use godwit_transport::{Connection, Receiver, Role, Sender};
use std::time::Duration;
use tokio::sync::mpsc;

pub(super) const LIMIT: Duration = Duration::from_secs(20);

fn workflow(tasks: u32) -> Workflow {
    let shape = Shape::Indices(vec![IndexRange { first: 0, last: tasks - 1, step: 1 }]);
    let task = TaskSpec::new(Command::Argv(vec![Template::literal("true")]), "/");
    let group = Group { name: "t".to_owned(), shape, needs: Vec::new(), task };
    Workflow::new("test".to_owned(), vec![group], Token(7))
}

async fn coordinator(store: &Store) -> Coordinator {
    let settings =
        CoordinatorSettings { reattach_window: Duration::from_millis(50), ..CoordinatorSettings::default() };
    let (notices, _) = mpsc::channel(16);
    let store = store.clone();
    let options = Options { settings, store, network: None, notices, accept_loss_after: None };
    start(options).await.expect("it starts")
}

async fn ask(client: &Connection, request: Request) -> (Sender, Receiver) {
    let (mut sender, receiver) = client.open().await.expect("a stream");
    sender.send(&request).await.expect("sent");
    (sender, receiver)
}

pub(super) async fn answer(client: &Connection, request: Request) -> Response {
    let (_sender, mut receiver) = ask(client, request).await;
    receiver.recv().await.expect("an answer").expect("an answer")
}

pub(super) async fn worker(coordinator: &Coordinator) -> (Connection, Sender, Receiver) {
    let connection = coordinator.connect(Role::Worker);
    let (mut sender, receiver) = connection.open().await.expect("a stream");
    let hello = WorkerHello {
        life: Token(3),
        host: "here".to_owned(),
        pid: 1,
        capacity: Capacity { cpus: Hundredths::whole(4), memory: 1 << 30, ..Capacity::default() },
        spool: "/nowhere".to_owned(),
        ends: None,
        group: None,
        live: Vec::new(),
        draining: false,
    };
    sender.send(&FromWorker::Hello(Box::new(hello))).await.expect("sent");
    (connection, sender, receiver)
}

/// Says of every attempt at once that it succeeded, until all outcomes are kept.
pub(super) async fn succeed_at_everything(sender: &mut Sender, receiver: &mut Receiver, tasks: usize) {
    let mut kept = 0;
    while kept < tasks {
        match receiver.recv::<ToWorker>().await.expect("the coordinator speaks").expect("it goes on") {
            ToWorker::Run(runs) => {
                let ids = runs.into_iter().flat_map(Run::attempts);
                let ended =
                    ids.map(|id| Ended { id, end: End::Succeeded, usage: None, produced: None }).collect();
                let report = Report { ended, ..Report::default() };
                sender.send(&FromWorker::Report(report)).await.expect("sent");
            }
            ToWorker::Kept(ids) => kept += ids.len(),
            _ => {}
        }
    }
}

pub(super) async fn submit(client: &Connection, tasks: u32) -> godwit_common::ids::WorkflowId {
    match answer(client, Request::Submit(Box::new(workflow(tasks)))).await {
        Response::Submitted { workflow, resumed: false } => workflow,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_workflow_is_run_and_outlives_its_coordinator() {
    let store = Store::open("memory:", &StoreSettings::default()).expect("memory");
    let first = coordinator(&store).await;
    let client = first.connect(Role::Client);
    let id = submit(&client, 100).await;
    let (_connection, mut sender, mut receiver) = worker(&first).await;
    let work = succeed_at_everything(&mut sender, &mut receiver, 100);
    tokio::time::timeout(LIMIT, work).await.expect("all outcomes are kept");
    first.handle().stop().await;
    first.wait().await.expect("an orderly end");

    let second = coordinator(&store).await;
    assert_eq!(second.epoch().0, 2);
    let client = second.connect(Role::Client);
    let Response::Workflow(view) = answer(&client, Request::Status(id)).await else { panic!("a workflow") };
    assert_eq!(view.counts.succeeded, 100);
    assert_eq!(submit(&client, 100).await, id, "the same submission is the same workflow");
    let Response::Workers(workers) = answer(&client, Request::Workers).await else { panic!("workers") };
    assert_eq!(workers[0].worker, WorkerId(1));
}

#[tokio::test]
async fn a_successor_fences_its_predecessor() {
    let store = Store::open("memory:", &StoreSettings::default()).expect("memory");
    let first = coordinator(&store).await;
    let second = coordinator(&store).await;
    let client = first.connect(Role::Client);
    let (_sender, mut receiver) = ask(&client, Request::Submit(Box::new(workflow(1)))).await;
    let error = tokio::time::timeout(LIMIT, first.wait()).await.expect("it halts").expect_err("it is fenced");
    assert!(error.to_string().contains("this coordinator is fenced: epoch 2"), "{error}");
    assert!(!matches!(receiver.recv::<Response>().await, Ok(Some(_))), "nothing was acknowledged");
    submit(&second.connect(Role::Client), 1).await;
}

#[tokio::test]
async fn a_client_that_goes_away_while_it_asks_harms_nobody() {
    let store = Store::open("memory:", &StoreSettings::default()).expect("memory");
    let coordinator = coordinator(&store).await;
    for _ in 0..50 {
        let client = coordinator.connect(Role::Client);
        drop(ask(&client, Request::Submit(Box::new(workflow(1000)))).await);
    }
    let client = coordinator.connect(Role::Client);
    assert!(matches!(answer(&client, Request::Coordinator).await, Response::Coordinator(_)));
}

#[tokio::test]
async fn the_last_word_of_a_worker_is_heard_though_it_closes_the_connection_at_once() {
    // What is ready first is a matter of chance.
    for _ in 0..20 {
        let store = Store::open("memory:", &StoreSettings::default()).expect("memory");
        let coordinator = coordinator(&store).await;
        let (connection, mut sender, _receiver) = worker(&coordinator).await;
        sender.send(&FromWorker::Leaving("its time is up".to_owned())).await.expect("sent");
        sender.delivered().await.expect("delivered");
        connection.close("its time is up").await;
        let client = coordinator.connect(Role::Client);
        let gone = async {
            loop {
                let Response::Workers(workers) = answer(&client, Request::Workers).await else {
                    panic!("workers")
                };
                match workers.first().map(|worker| worker.state) {
                    None | Some(WorkerState::Connected | WorkerState::Draining) => {
                        tokio::task::yield_now().await;
                    }
                    Some(state) => return state,
                }
            }
        };
        let state = tokio::time::timeout(LIMIT, gone).await.expect("it is gone");
        assert_eq!(state, WorkerState::Left);
    }
}
