//! A worker's core against a coordinator and processes that are played by the tests.

mod departures;
mod memo;
mod orders;
mod random;

use crate::action::{Action, Signal};
use crate::event::{Event, Exit};
use crate::{Core, CpuPlace, Identity, Settings};
use godwit_common::ids::{Attempt, AttemptId, Epoch, GroupId, TaskId, Token, WorkerId, WorkflowId};
use godwit_common::message::worker::{FromWorker, GroupSpec, Report, Run, ToWorker, Welcome};
use godwit_common::outcome::{Cause, End, Failure, Usage};
use godwit_common::resources::{Capacity, Hundredths, Request};
use godwit_common::shape::{IndexRange, Shape};
use godwit_common::task::{Command, TaskSpec};
use godwit_common::template::Template;
use godwit_common::time::Time;
use std::sync::Arc;
use std::time::Duration;

const PERIOD: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_secs(10);
const GRACE: Duration = Duration::from_secs(3);

/// A core, the time, and what it did that nobody looked at yet.
struct Bench {
    core: Core,
    now: Time,
    done: Vec<Action>,
}

fn identity(cpus: u32) -> Identity {
    Identity {
        life: Token(7),
        host: "node1".into(),
        pid: 4711,
        capacity: Capacity { cpus: Hundredths::whole(cpus), memory: 1000, gpus: 1, ..Capacity::default() },
        spool: "/spool".into(),
        ends: None,
        group: None,
        cpus: (0..cpus).map(|core| CpuPlace { node: 0, core }).collect(),
    }
}

fn group(number: u32) -> GroupId {
    GroupId { workflow: WorkflowId(1), group: number }
}

fn attempt(position: u32) -> AttemptId {
    AttemptId { task: group(0).task(position), attempt: Attempt { epoch: Epoch(1), number: 1 } }
}

fn runs(group: GroupId, first: u32, count: u32, variant: u8) -> ToWorker {
    ToWorker::Run(vec![Run {
        first: TaskId { group, position: first },
        count,
        attempt: attempt(0).attempt,
        variant,
    }])
}

fn spec(number: u32, requests: Vec<Request>) -> GroupSpec {
    let command = Command::Argv(vec![Template::literal("true")]);
    GroupSpec {
        id: group(number),
        name: "g".into(),
        workflow_name: "w".into(),
        shape: Shape::Indices(vec![IndexRange { first: 0, last: 999_999, step: 1 }]),
        task: TaskSpec { requests, kill_grace: GRACE, ..TaskSpec::new(command, "/") },
    }
}

fn cpus(hundredths: u32) -> Request {
    Request { cpus: Hundredths(hundredths), ..Request::default() }
}

fn usage() -> Usage {
    Usage {
        started: Time(1),
        wall: Duration::from_secs(1),
        cpu: Duration::ZERO,
        memory_max: 0,
        output: Default::default(),
    }
}

fn failed(code: i32) -> Exit {
    Exit::Failed(Failure { cause: Cause::Exit(code), stderr_tail: b"oh".to_vec() })
}

impl Bench {
    fn new(cpus: u32, settings: Settings) -> Bench {
        let now = Time(1_000_000_000);
        Bench { core: Core::new(identity(cpus), settings, now), now, done: Vec::new() }
    }

    /// A welcomed worker that knows group 0, whose tasks take one cpu each.
    fn up(cpus_count: u32) -> Bench {
        Bench::up_with(cpus_count, Settings::default(), spec(0, vec![cpus(100)]))
    }

    fn up_with(cpus: u32, settings: Settings, spec: GroupSpec) -> Bench {
        let mut bench = Bench::new(cpus, settings);
        bench.connect();
        bench.tell(ToWorker::Spec(Arc::new(spec)));
        bench.done.clear();
        bench
    }

    fn handle(&mut self, event: Event) -> &mut Bench {
        self.core.handle(self.now, event, &mut self.done);
        self
    }

    fn tell(&mut self, message: ToWorker) -> &mut Bench {
        self.handle(Event::Message(message))
    }

    fn connect(&mut self) -> &mut Bench {
        self.handle(Event::Connected);
        self.tell(ToWorker::Welcome(Welcome {
            worker: WorkerId(3),
            epoch: Epoch(1),
            heartbeat_period: PERIOD,
            heartbeat_timeout: TIMEOUT,
        }))
    }

    /// Lets time pass, waking the core whenever it wants to be woken.
    fn wait(&mut self, span: Duration) -> &mut Bench {
        let until = self.now + span;
        let mut wakeups = 0;
        while let Some(at) = self.core.next_wakeup().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.handle(Event::Wakeup);
            wakeups += 1;
            assert!(wakeups < 10_000, "the core wants to be woken all the time");
        }
        self.now = until;
        self
    }

    fn start(&mut self, position: u32) -> &mut Bench {
        let at = self.now;
        self.handle(Event::Started { id: attempt(position), at })
    }

    fn exit(&mut self, position: u32, exit: Exit) -> &mut Bench {
        self.handle(Event::Exited { id: attempt(position), exit, usage: Some(usage()) })
    }

    /// What was done since the last look, in short words; heartbeats are left out.
    fn looked(&mut self) -> Vec<String> {
        let done = std::mem::take(&mut self.done);
        done.iter().flat_map(words).collect()
    }

    #[track_caller]
    fn expect(&mut self, expected: &[&str]) -> &mut Bench {
        assert_eq!(self.looked(), expected);
        self
    }
}

fn words(action: &Action) -> Vec<String> {
    match action {
        Action::Send(FromWorker::Hello(hello)) => {
            let live: Vec<_> = hello.live.iter().map(|live| live.id.task.position).collect();
            vec![format!("hello {live:?}")]
        }
        Action::Send(FromWorker::Report(report)) => report_words(report),
        Action::Send(FromWorker::Checked(checked)) => vec![format!("checked {}", checked.len())],
        Action::Send(FromWorker::Heartbeat) => Vec::new(),
        Action::Send(FromWorker::Draining(reason)) => vec![format!("draining: {reason}")],
        Action::Send(FromWorker::Leaving(reason)) => vec![format!("leaving: {reason}")],
        Action::Check(checks) => vec![format!("check {}", checks.len())],
        Action::Start(launch) => vec![format!("start {} slot {}", launch.id.task.position, launch.slot)],
        Action::Signal(id, Signal::Terminate) => vec![format!("term {}", id.task.position)],
        Action::Signal(id, Signal::Kill) => vec![format!("kill {}", id.task.position)],
        Action::Reconnect(reason) => vec![format!("reconnect: {reason}")],
        Action::Exit(leave) => vec![format!("exit orderly={}: {}", leave.orderly, leave.reason)],
    }
}

fn report_words(report: &Report) -> Vec<String> {
    let started = report.started.iter();
    let started = started.map(|id| format!("started {}", id.task.position));
    let ended = report.ended.iter().map(|ended| {
        let end = match &ended.end {
            End::Succeeded => "succeeded".to_owned(),
            End::Stopped => "stopped".to_owned(),
            End::Failed(failure) => format!("failed: {}", failure.cause),
        };
        format!("{} {end}", ended.id.task.position)
    });
    started.chain(ended).collect()
}
