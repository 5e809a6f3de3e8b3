//! Random runs: whatever happens in whatever order, the invariants hold, a replay gives the same state, and when the
//! faults stop everything finishes. And floods of foreign messages, which must not end the process.

use super::flow::{flow, saved, stop_after};
use super::worker::{capacity, exit};
use super::world::{World, task};
use crate::event::{Event, LinkId, RequestId};
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::ids::{Attempt, AttemptId, Epoch, TaskId, Token, WorkerId, WorkflowId};
use godwit_common::message::client::{Request, Selector, TaskReference};
use godwit_common::message::worker::{FromWorker, Live, OutputStream, Report, WorkerHello};
use godwit_common::outcome::{Cause, End, Ended, Failure, SpoolOutput, Usage};
use godwit_common::resources::{Capacity, Hundredths};
use godwit_common::time::Time;
use godwit_common::workflow::Workflow;
use proptest::prelude::*;
use std::time::Duration;

const FLOWS: [&str; 8] = [
    "a:6 ~ retries=1",
    "a:4; b:4 < a[=] ~ retries=2 delay=1; c < b",
    "a; b < a; c < a; d < b c",
    "a:3 ~ cpus=2 priority=5; b:3 ~ cpus=1",
    "a:5 < 1/ ~ losses=1",
    "a:40; b:40 < a[=]",
    "a:2 < 1/a ~ time=60; b < a",
    "a:3 ~ gpu_or_cpus=2; b:6 < 2/a ~ losses=0",
];

#[derive(Clone, Debug)]
enum Step {
    Submit(usize, CheckpointMode),
    StopAfter(u32),
    Resume(usize),
    Join(u32, u32),
    Cut(usize),
    Connect(usize),
    Kill(usize),
    Leave(usize),
    Drain(usize),
    Ended(usize),
    End(usize, usize, u8),
    Talk,
    Sync,
    Pass(u64),
    Cancel(u32, Option<u32>),
    Retry(u32),
    Forget(u32),
    Look(u32),
    Restart,
    Checkpoint(Option<u32>),
    Trouble(bool),
}

/// Half of all workflows have the mode that promises most.
fn mode() -> impl Strategy<Value = CheckpointMode> {
    let any = (0..CheckpointMode::ALL.len()).prop_map(|which| CheckpointMode::ALL[which]);
    prop_oneof![Just(CheckpointMode::TaskExit), any]
}

fn step() -> impl Strategy<Value = Step> {
    let worker = 0usize..6;
    prop_oneof![
        4 => (0..FLOWS.len(), mode()).prop_map(|(which, mode)| Step::Submit(which, mode)),
        1 => (0u32..3).prop_map(Step::StopAfter),
        1 => (0..FLOWS.len()).prop_map(Step::Resume),
        3 => (1u32..4, 0u32..2).prop_map(|(cpus, gpus)| Step::Join(cpus, gpus)),
        2 => worker.clone().prop_map(Step::Cut),
        3 => worker.clone().prop_map(Step::Connect),
        1 => worker.clone().prop_map(Step::Kill),
        1 => worker.clone().prop_map(Step::Leave),
        1 => worker.clone().prop_map(Step::Drain),
        1 => worker.clone().prop_map(Step::Ended),
        20 => (worker, any::<usize>(), 0u8..8).prop_map(|(worker, which, how)| Step::End(worker, which, how)),
        20 => Just(Step::Talk),
        8 => Just(Step::Sync),
        6 => (0u64..3_000).prop_map(Step::Pass),
        2 => (1u32..6, proptest::option::of(0u32..5)).prop_map(|(id, index)| Step::Cancel(id, index)),
        2 => (1u32..6).prop_map(Step::Retry),
        1 => (1u32..6).prop_map(Step::Forget),
        3 => (1u32..6).prop_map(Step::Look),
        1 => Just(Step::Restart),
        2 => proptest::option::of(1u32..6).prop_map(Step::Checkpoint),
        1 => any::<bool>().prop_map(Step::Trouble),
    ]
}

fn end_of(how: u8) -> End {
    match how {
        0 => exit(1),
        1 => End::Failed(Failure { cause: Cause::OutOfMemory, stderr_tail: vec![b'x'; 10_000] }),
        _ => End::Succeeded,
    }
}

fn take(world: &mut World, step: &Step) {
    let known = |world: &World, worker: usize| worker.min(world.workers.len().saturating_sub(1));
    match *step {
        Step::Submit(which, mode) => {
            submit(world, saved(mode, Duration::from_secs(2), FLOWS[which]));
        }
        Step::StopAfter(most) => submit(world, stop_after(most, "a:8; b < a")),
        Step::Resume(which) => {
            let mut workflow = flow(FLOWS[which]);
            workflow.submission = Token(world.log.len() as u128 + 1_000_000);
            world.ask(Request::Resume(Box::new(workflow)));
        }
        Step::Join(cpus, gpus) if world.workers.len() < 6 => drop(Some(world.join(capacity(cpus, gpus)))),
        Step::Join(..) => {}
        _ if world.workers.is_empty() => {}
        Step::Cut(worker) => world.cut(known(world, worker)),
        Step::Connect(worker) => world.connect(known(world, worker)),
        Step::Kill(worker) => world.kill(known(world, worker)),
        Step::Leave(worker) => leave(world, known(world, worker)),
        Step::Drain(worker) => {
            let id = WorkerId(u32::try_from(worker).unwrap() + 1);
            world.ask(Request::DrainWorker(id));
        }
        Step::Ended(worker) => world.tell(Event::WorkerEnded(WorkerId(u32::try_from(worker).unwrap() + 1))),
        Step::End(worker, which, how) => {
            let worker = known(world, worker);
            let running = world.running(worker);
            if !running.is_empty() {
                world.workers[worker].end(running[which % running.len()], end_of(how));
            }
        }
        Step::Talk => world.talk(),
        Step::Sync => world.sync(),
        Step::Pass(millis) => world.pass(Duration::from_millis(millis)),
        Step::Cancel(id, index) => {
            let group = index.map(|_| "a".to_owned());
            let indices = index.map(|index| (index, index + 1));
            let workflow = WorkflowId(id);
            world.ask(Request::Cancel(Selector { workflow, group, indices }));
        }
        Step::Retry(id) => drop(Some(world.ask(Request::Retry(WorkflowId(id))))),
        Step::Forget(id) => drop(Some(world.ask(Request::Forget(WorkflowId(id))))),
        Step::Look(id) => look(world, WorkflowId(id)),
        Step::Restart => world.restart(),
        Step::Checkpoint(id) => drop(Some(world.ask(Request::Checkpoint(id.map(WorkflowId))))),
        Step::Trouble(on) => {
            let trouble = on.then(|| "the disk is full".to_owned());
            let pending_bytes = if on { 100 << 20 } else { 0 };
            world.tell(Event::Store { pending_bytes, trouble });
        }
    }
}

fn submit(world: &mut World, mut workflow: Workflow) {
    workflow.submission = Token(world.log.len() as u128 * 2 + 1);
    world.ask(Request::Submit(Box::new(workflow)));
}

fn leave(world: &mut World, worker: usize) {
    if let Some(link) = world.link(worker) {
        let message = FromWorker::Leaving("its time is up".to_owned());
        world.tell(Event::WorkerMessage { link, message });
        world.kill(worker);
    }
}

fn look(world: &mut World, workflow: WorkflowId) {
    world.ask(Request::Watch(workflow));
    world.ask(Request::Status(workflow));
    for index in 0..3 {
        let task = TaskReference { workflow, group: Some("a".to_owned()), index: Some(index) };
        world.ask(Request::Explain(task.clone()));
        let stream = OutputStream::Stdout;
        world.ask(Request::Logs { task, stream, follow: true });
    }
}

/// The faults stop: the store works, workers are there, and everything runs well.
fn finish(world: &mut World) {
    world.prompt = true;
    let trouble = None;
    world.tell(Event::Store { pending_bytes: 0, trouble });
    world.sync();
    for worker in 0..world.workers.len() {
        if world.workers[worker].drained || world.workers[worker].quit {
            world.kill(worker);
        }
    }
    world.join(capacity(4, 1));
    for worker in 0..world.workers.len() {
        if world.link(worker).is_none() {
            world.connect(worker);
        }
    }
    for _ in 0..100 {
        world.pass(Duration::from_secs(5));
        world.run_well();
    }
    for (id, workflow) in &world.core.state.workflows {
        assert_eq!(workflow.pending(), 0, "workflow {id} finishes: {:?}", world.view(*id));
    }
    assert!(world.workers.iter().all(|worker| worker.running.is_empty()), "nothing is left running");
    assert!(world.core.grants.is_empty());
}

/// These cases are long ones.
fn fewer() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig { cases: default.cases.div_ceil(2), ..default }
}

proptest! {
    #![proptest_config(fewer())]

    #[test]
    fn whatever_happens_the_invariants_hold(prompt: bool, steps in proptest::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        world.prompt = prompt;
        for step in steps {
            let telling = matches!(step, Step::Sync | Step::Restart | Step::Retry(_));
            take(&mut world, &step);
            if telling {
                world.check_replay();
            }
        }
        finish(&mut world);
        world.check_replay();
        world.ask(Request::Checkpoint(None));
        world.check_replay();
    }
}

fn attempt() -> impl Strategy<Value = AttemptId> {
    let number = prop_oneof![0u32..4, Just(u32::MAX)];
    (0u32..4, number.clone(), number.clone(), 0u32..3, number).prop_map(
        |(workflow, group, position, epoch, number)| AttemptId {
            task: task(WorkflowId(workflow), group, position),
            attempt: Attempt { epoch: Epoch(epoch), number },
        },
    )
}

fn any_end() -> impl Strategy<Value = End> {
    let cause = prop_oneof![
        any::<i32>().prop_map(Cause::Exit),
        Just(Cause::Timeout(Duration::MAX)),
        any::<u32>().prop_map(Cause::NodeLosses),
        (0usize..20_000).prop_map(|length| Cause::MissingOutput("ä".repeat(length))),
    ];
    let failed = (cause, 0usize..10_000)
        .prop_map(|(cause, length)| End::Failed(Failure { cause, stderr_tail: vec![0; length] }));
    prop_oneof![Just(End::Succeeded), Just(End::Stopped), failed]
}

fn ended() -> impl Strategy<Value = Ended> {
    let usage = proptest::option::of(any::<u64>().prop_map(|wall| Usage {
        started: Time(wall),
        wall: Duration::from_secs(wall),
        cpu: Duration::MAX,
        memory_max: u64::MAX,
        output: SpoolOutput::default(),
    }));
    (attempt(), any_end(), usage).prop_map(|(id, end, usage)| Ended { id, end, usage, produced: None })
}

fn message() -> impl Strategy<Value = FromWorker> {
    let report = (proptest::collection::vec(attempt(), 0..4), proptest::collection::vec(ended(), 0..4));
    prop_oneof![
        6 => report.prop_map(|(started, ended)| FromWorker::Report(Report { started, ended, more: false })),
        1 => Just(FromWorker::Heartbeat),
        1 => Just(FromWorker::Draining("x".repeat(9999))),
        1 => Just(FromWorker::Leaving(String::new())),
        1 => hello().prop_map(|hello| FromWorker::Hello(Box::new(hello))),
    ]
}

fn hello() -> impl Strategy<Value = WorkerHello> {
    let live = (attempt(), any::<u8>(), proptest::option::of(any::<u64>().prop_map(Time)));
    let live = live.prop_map(|(id, variant, started)| Live { id, variant, started });
    let amount = prop_oneof![0u32..300, Just(u32::MAX)];
    let live = proptest::collection::vec(live, 0..5);
    (0u128..3, amount.clone(), amount, live, any::<bool>()).prop_map(|(life, cpus, gpus, live, draining)| {
        WorkerHello {
            life: Token(life),
            host: "host".to_owned(),
            pid: 1,
            capacity: Capacity { cpus: Hundredths(cpus), memory: u64::MAX, gpus, ..Capacity::default() },
            spool: String::new(),
            ends: None,
            group: None,
            live,
            draining,
        }
    })
}

fn request() -> impl Strategy<Value = Request> {
    let workflow = || (0u32..4).prop_map(WorkflowId);
    let name = proptest::option::of(prop_oneof![Just("a".to_owned()), Just("bb".to_owned())]);
    let number = prop_oneof![0u32..9, Just(u32::MAX)];
    let indices = proptest::option::of((number.clone(), number.clone()));
    let selector = (workflow(), name.clone(), indices).prop_map(|(workflow, group, indices)| Selector {
        workflow,
        group,
        indices,
    });
    let reference = (workflow(), name, proptest::option::of(number.clone()))
        .prop_map(|(workflow, group, index)| TaskReference { workflow, group, index });
    let stream = OutputStream::Stderr;
    prop_oneof![
        Just(Request::List),
        workflow().prop_map(Request::Status),
        workflow().prop_map(Request::Watch),
        workflow().prop_map(Request::Retry),
        workflow().prop_map(Request::Forget),
        selector.clone().prop_map(Request::Cancel),
        (selector, any::<u64>()).prop_map(|(of, skip)| Request::Tasks { of, states: Vec::new(), skip }),
        reference.clone().prop_map(Request::Explain),
        (reference, any::<bool>()).prop_map(move |(task, follow)| Request::Logs { task, stream, follow }),
        Just(Request::Workers),
        number.clone().prop_map(|id| Request::DrainWorker(WorkerId(id))),
        number.prop_map(|id| Request::StopWorker(WorkerId(id))),
        (0..FLOWS.len()).prop_map(|which| Request::Submit(Box::new(flow(FLOWS[which])))),
    ]
}

fn foreign() -> impl Strategy<Value = Event> {
    let link = || (0u64..4).prop_map(LinkId);
    prop_oneof![
        4 => (link(), message()).prop_map(|(link, message)| Event::WorkerMessage { link, message }),
        3 => (link(), hello()).prop_map(|(link, hello)| Event::WorkerHello { link, hello: Box::new(hello) }),
        1 => link().prop_map(|link| Event::WorkerGone { link, reason: String::new() }),
        3 => request().prop_map(|request| Event::Request { id: RequestId(0), request }),
        1 => (0u32..9).prop_map(|id| Event::WorkerEnded(WorkerId(id))),
        1 => Just(Event::Begin(Epoch(9))),
        1 => Just(Event::Wakeup),
    ]
}

proptest! {
    #[test]
    fn foreign_messages_never_end_the_process(events in proptest::collection::vec(foreign(), 1..60)) {
        let mut world = World::with_workers(&[2]);
        world.submit(flow("a:3; b:3 < a[=] ~ retries=1"));
        world.submit(flow("a"));
        let mut counter = 1_000_000;
        for event in events {
            // The shell never uses the number of a request again.
            let event = match event {
                Event::Request { request, .. } => {
                    counter += 1;
                    Event::Request { id: RequestId(counter), request }
                }
                other => other,
            };
            world.now = world.now + Duration::from_millis(10);
            world.tell(event);
        }
        world.check_replay();
    }

    #[test]
    fn the_beginning_is_guarded(events in proptest::collection::vec(foreign(), 1..10)) {
        let mut core = crate::Core::new(Default::default(), Default::default());
        for event in events.into_iter().filter(|event| !matches!(event, Event::Begin(_))) {
            core.handle(Time(1), event, &mut Vec::new());
        }
        prop_assert_eq!(core.next_wakeup(), None);
    }
}

/// The same events give the same actions: there is no hidden chance.
#[test]
fn the_same_events_give_the_same_actions() {
    let trace = || {
        let mut world = World::with_workers(&[3, 2]);
        world.submit(flow("a:30; b:30 < a[=] ~ retries=1 delay=1"));
        world.run(|id: AttemptId| {
            let TaskId { group, position } = id.task;
            if group.group == 0 && position % 7 == 0 { exit(1) } else { End::Succeeded }
        });
        world.log
    };
    assert_eq!(trace(), trace());
}
