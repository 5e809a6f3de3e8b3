//! A coordinator of a few lines, and a worker in this process that is connected with it.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use godwit_common::frame::Message;
use godwit_common::ids::{Attempt, AttemptId, Epoch, GroupId, WorkerId, WorkflowId};
use godwit_common::memo::{Check, Checked, OutputState};
use godwit_common::message::worker::{
    FromWorker, GroupSpec, OutputStream, Run, SpoolChunk, SpoolRequest, SpoolSource, ToWorker, Welcome,
    WorkerHello,
};
use godwit_common::outcome::{Cause, End, Ended};
use godwit_common::shape::{IndexRange, Shape};
use godwit_common::task::{Command, TaskSpec};
use godwit_common::template::Template;
use godwit_transport::{Connection, Receiver, Role, Sender};
use godwit_worker::{Children, Control, Embedded, GuardProgram, Leave, WorkerOptions};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Everything in these tests takes far less.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A worker with 4 cpus, 1 GiB and its spools below `folder`.
pub fn options(folder: &Path) -> WorkerOptions {
    let mut options = WorkerOptions::new(folder.join("spool"));
    options.settings.cpus = Some(4.0);
    options.settings.memory = Some("1GiB".to_owned());
    options.settings.gpus = Some(2);
    options.digests = Some(folder.join("digests"));
    options.children = Children::Shared;
    options.guard = GuardProgram { program: helper(), arguments: vec!["guard".into()] };
    options
}

/// The example `worker_process`, which is built with the tests.
pub fn helper() -> PathBuf {
    let own = std::env::current_exe().expect("this program has a file");
    let folder = own.parent().and_then(Path::parent).expect("it is in target/PROFILE/deps");
    let beside = own.parent().map(|folder| folder.join("worker_process"));
    let candidates = [Some(folder.join("examples/worker_process")), beside];
    let found = candidates.into_iter().flatten().find(|path| path.exists());
    found.expect("cargo builds the examples together with the tests")
}

/// The coordinator's end of one connection.
pub struct Coordinator {
    pub hello: WorkerHello,
    pub connection: Connection,
    sender: Sender,
    receiver: Receiver,
    /// Ends that were told and not looked at.
    ended: VecDeque<Ended>,
    pub started: Vec<AttemptId>,
    pub checked: Vec<Checked>,
    pub left: Option<String>,
}

/// Runs a worker while `script` plays the coordinator, and says how the worker left and what the script says.
pub async fn with_worker<F, T>(options: WorkerOptions, script: impl FnOnce(Place) -> F) -> (Leave, T)
where
    F: Future<Output = T>,
{
    let (connections, arriving) = mpsc::channel(16);
    let (control, controlled) = mpsc::channel(4);
    let connect = move || {
        let (ours, theirs) = Connection::pair(Role::Worker);
        connections.try_send(ours).ok().map(|()| theirs)
    };
    let place = Place { arriving, control };
    let both =
        async { tokio::join!(godwit_worker::run(options, Embedded(connect), controlled), script(place)) };
    let (left, said) = tokio::time::timeout(PATIENCE, both).await.expect("it does not hang");
    (left.expect("the worker begins"), said)
}

/// Where workers arrive, and how to tell them something.
pub struct Place {
    arriving: mpsc::Receiver<Connection>,
    pub control: mpsc::Sender<Control>,
}

impl Place {
    /// Waits for the worker and welcomes it.
    pub async fn welcome(&mut self) -> Coordinator {
        welcome(self.arriving.recv().await.expect("a worker comes")).await
    }

    /// Welcomes the worker, lets it run these tasks, each a group of its own, and sends it away.
    pub async fn run_all(mut self, tasks: Vec<TaskSpec>) -> Vec<Ended> {
        let mut coordinator = self.welcome().await;
        let count = u32::try_from(tasks.len()).expect("few");
        for (number, task) in (0..count).zip(tasks) {
            coordinator.give(number, 1, task).await;
        }
        let mut ended = coordinator.ends(count as usize).await;
        ended.sort_by_key(|ended| ended.id);
        coordinator.quit().await;
        ended
    }
}

/// Hears who has come, and welcomes it.
pub async fn welcome(connection: Connection) -> Coordinator {
    let (sender, mut receiver) = connection.accept().await.expect("it opens a stream");
    let hello = receiver.recv().await.expect("it says something");
    let Some(FromWorker::Hello(hello)) = hello else { panic!("not a hello: {hello:?}") };
    let mut coordinator = Coordinator {
        hello: *hello,
        connection,
        sender,
        receiver,
        ended: VecDeque::new(),
        started: Vec::new(),
        checked: Vec::new(),
        left: None,
    };
    let welcome = Welcome {
        worker: WorkerId(3),
        epoch: Epoch(1),
        heartbeat_period: Duration::from_millis(500),
        heartbeat_timeout: Duration::from_secs(20),
    };
    coordinator.say(&ToWorker::Welcome(welcome)).await;
    coordinator
}

impl Coordinator {
    pub async fn say<M: Message>(&mut self, message: &M) {
        self.sender.send(message).await.expect("the worker listens");
    }

    /// Gives the worker the first `count` tasks of a group.
    pub async fn give(&mut self, number: u32, count: u32, task: TaskSpec) {
        let spec = GroupSpec {
            id: group(number),
            name: format!("g{number}"),
            workflow_name: "w".to_owned(),
            shape: if count == 1 { Shape::Single } else { indices(count) },
            task,
        };
        self.say(&ToWorker::Spec(Arc::new(spec))).await;
        let first = group(number).task(0);
        let run = Run { first, count, attempt: attempt(number, 0).attempt, variant: 0 };
        self.say(&ToWorker::Run(vec![run])).await;
    }

    /// The next attempt that ends; it is kept.
    pub async fn end(&mut self) -> Ended {
        loop {
            if let Some(ended) = self.ended.pop_front() {
                self.say(&ToWorker::Kept(vec![ended.id])).await;
                return ended;
            }
            self.listen().await;
        }
    }

    pub async fn ends(&mut self, count: usize) -> Vec<Ended> {
        let mut ends = Vec::new();
        while ends.len() < count {
            ends.push(self.end().await);
        }
        ends
    }

    /// Waits until some process of the task has started.
    pub async fn start(&mut self, id: AttemptId) {
        while !self.started.contains(&id) {
            self.listen().await;
        }
    }

    /// Takes in one message.
    pub async fn listen(&mut self) {
        match self.receiver.recv().await.expect("the worker speaks") {
            Some(FromWorker::Report(report)) => {
                self.started.extend(report.started);
                self.ended.extend(report.ended);
            }
            Some(FromWorker::Checked(checked)) => self.checked.extend(checked),
            Some(FromWorker::Leaving(reason)) => self.left = Some(reason),
            Some(_) => {}
            None => panic!("the worker ended the conversation"),
        }
    }

    /// What the worker says of these files, one check for each list, in their order.
    pub async fn check(&mut self, outputs: Vec<Vec<(String, OutputState)>>) -> Vec<Option<String>> {
        let count = outputs.len();
        let checks = outputs.into_iter().zip(0u32..).map(|(outputs, position)| Check {
            task: group(0).task(position),
            number: u64::from(position) + 100,
            outputs,
        });
        self.say(&ToWorker::Check(checks.collect())).await;
        while self.checked.len() < count {
            self.listen().await;
        }
        let mut checked = std::mem::take(&mut self.checked);
        checked.sort_by_key(|checked| checked.number);
        checked.into_iter().map(|checked| checked.fault).collect()
    }

    /// Sends the worker away and waits for its last word.
    pub async fn quit(mut self) {
        self.say(&ToWorker::Quit).await;
        self.see_off().await;
    }

    pub async fn see_off(&mut self) {
        while self.left.is_none() {
            self.listen().await;
            let ids: Vec<_> = self.ended.drain(..).map(|ended| ended.id).collect();
            if self.left.is_none() && !ids.is_empty() {
                self.say(&ToWorker::Kept(ids)).await;
            }
        }
    }

    /// All the output that the worker sends for one request.
    pub async fn output(&self, source: SpoolSource, stream: OutputStream, skip: u64, follow: bool) -> String {
        let (mut sender, mut receiver) = self.connection.open().await.expect("it is there");
        let request = SpoolRequest { source, stream, skip, follow };
        sender.send(&request).await.expect("the worker listens");
        let mut output = String::new();
        while let Some(chunk) = receiver.recv().await.expect("the worker answers") {
            match chunk {
                SpoolChunk::Data(bytes) => output.push_str(&String::from_utf8_lossy(&bytes)),
                SpoolChunk::Unavailable(reason) => output.push_str(&format!("<{reason}>")),
            }
        }
        output
    }
}

pub fn group(number: u32) -> GroupId {
    GroupId { workflow: WorkflowId(7), group: number }
}

pub fn attempt(number: u32, position: u32) -> AttemptId {
    AttemptId { task: group(number).task(position), attempt: Attempt { epoch: Epoch(1), number: 2 } }
}

fn indices(count: u32) -> Shape {
    Shape::Indices(vec![IndexRange { first: 0, last: count - 1, step: 1 }])
}

/// A task that runs a shell's text in `cwd`.
pub fn shell(cwd: &Path, text: &str) -> TaskSpec {
    let mut task = TaskSpec::new(Command::Shell(Template::literal(text)), &cwd.to_string_lossy());
    task.kill_grace = Duration::from_millis(200);
    task
}

/// A task that runs a program in `cwd`.
pub fn program(cwd: &Path, words: &[&str]) -> TaskSpec {
    let words = words.iter().map(|word| Template::literal(word)).collect();
    TaskSpec::new(Command::Argv(words), &cwd.to_string_lossy())
}

/// How it ended, in words.
pub fn words(ended: &Ended) -> String {
    match &ended.end {
        End::Succeeded => "succeeded".to_owned(),
        End::Stopped => "stopped".to_owned(),
        End::Failed(failure) => match &failure.cause {
            Cause::NotStarted(why) => why.clone(),
            cause => cause.to_string(),
        },
    }
}

/// Whether a process is there and has not ended.
pub fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    !matches!(state, None | Some('Z' | 'X'))
}

/// The process ids in a file, once there are `count` of them.
pub async fn pids_in(file: &Path, count: usize) -> Vec<u32> {
    loop {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let pids: Vec<u32> = text.lines().filter_map(|line| line.trim().parse().ok()).collect();
        if pids.len() >= count && text.ends_with('\n') {
            return pids;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
