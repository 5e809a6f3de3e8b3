//! Tasks without processes: a real coordinator on a real store with a worker in this process that says of everything
//! at once that it succeeded. What is left is what scheduling and making outcomes durable cost.
//!
//! ```text
//! null_tasks STORE TASKS [MODE] [VALUE_BYTES]
//! ```
//!
//! Prints one line of JSON. `scripts/measure-checkpoints` calls it. The values are different for every task and do not
//! compress.

use godwit_common::checkpoint::CheckpointMode;
use godwit_common::ids::Token;
use godwit_common::memo::Produced;
use godwit_common::message::client::{Request, Response};
use godwit_common::message::worker::{FromWorker, Report, Run, ToWorker, WorkerHello};
use godwit_common::outcome::{End, Ended, Span, SpoolOutput, Usage};
use godwit_common::resources::{Capacity, Hundredths};
use godwit_common::settings::{CoordinatorSettings, StoreSettings};
use godwit_common::shape::{IndexRange, Shape};
use godwit_common::task::{CachePolicy, Capture, Command, TaskSpec};
use godwit_common::template::Template;
use godwit_common::time::Time;
use godwit_common::workflow::{Group, Workflow};
use godwit_coordinator::{Coordinator, Options, Store, start};
use godwit_transport::{Connection, Receiver, Role, Sender};
use std::error::Error;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

struct Case {
    store: String,
    tasks: u32,
    mode: CheckpointMode,
    value_bytes: usize,
}

fn case() -> Result<Case, Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let usage = "usage: null_tasks STORE TASKS [MODE] [VALUE_BYTES]";
    Ok(Case {
        store: words.next().ok_or(usage)?,
        tasks: words.next().ok_or(usage)?.parse()?,
        mode: words.next().map_or(Ok(CheckpointMode::TaskExit), |word| word.parse())?,
        value_bytes: words.next().map_or(Ok(0), |word| word.parse())?,
    })
}

fn workflow(case: &Case) -> Workflow {
    let shape = Shape::Indices(vec![IndexRange { first: 0, last: case.tasks - 1, step: 1 }]);
    let words = ["true", "{index}"].map(|word| Template::parse(word).expect("a template"));
    let mut task = TaskSpec::new(Command::Argv(words.to_vec()), "/");
    if case.value_bytes > 0 {
        task.caching.policy = CachePolicy::Always;
        task.capture = Capture::Stdout;
    }
    let group = Group { name: "t".to_owned(), shape, needs: Vec::new(), task };
    let mut workflow =
        Workflow::new("null".to_owned(), vec![group], Token(rand(u64::from(std::process::id())).into()));
    workflow.checkpoint = Some(case.mode);
    workflow
}

/// A step of splitmix64: enough for values that do not compress.
fn rand(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn value(position: u32, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 16);
    let mut word = u64::from(position);
    while text.len() < bytes {
        word = rand(word);
        text.push_str(&format!("{word:016x}"));
    }
    text.truncate(bytes);
    text
}

fn ended(case: &Case, run: Run, out: &mut Vec<Ended>) {
    for id in run.attempts() {
        let position = id.task.position;
        let usage = Usage {
            started: Time(1_800_000_000_000_000 + u64::from(position) * 700),
            wall: Duration::from_micros(900 + u64::from(position % 97)),
            cpu: Duration::from_micros(600 + u64::from(position % 31)),
            memory_max: 1 << 20,
            output: SpoolOutput {
                slot: position % 8,
                stdout: Span { offset: u64::from(position), length: 0 },
                stderr: Span::default(),
            },
        };
        let produced = (case.value_bytes > 0).then(|| {
            let value = Some(value(position, case.value_bytes).into());
            Box::new(Produced { value, ..Produced::default() })
        });
        out.push(Ended { id, end: End::Succeeded, usage: Some(usage), produced });
    }
}

async fn worker(coordinator: &Coordinator) -> Result<(Connection, Sender, Receiver), Box<dyn Error>> {
    let connection = coordinator.connect(Role::Worker);
    let (mut sender, receiver) = connection.open().await?;
    let hello = WorkerHello {
        life: Token(3),
        host: "here".to_owned(),
        pid: 1,
        capacity: Capacity { cpus: Hundredths::whole(2_000), memory: 1 << 40, ..Capacity::default() },
        spool: "/nowhere".to_owned(),
        ends: None,
        group: None,
        live: Vec::new(),
        draining: false,
    };
    sender.send(&FromWorker::Hello(Box::new(hello))).await?;
    Ok((connection, sender, receiver))
}

async fn work(case: &Case, sender: &mut Sender, receiver: &mut Receiver) -> Result<(), Box<dyn Error>> {
    let mut kept = 0;
    while kept < case.tasks as usize {
        match receiver.recv::<ToWorker>().await?.ok_or("the coordinator hung up")? {
            ToWorker::Run(runs) => {
                let mut report = Report::default();
                runs.into_iter().for_each(|run| ended(case, run, &mut report.ended));
                sender.send(&FromWorker::Report(report)).await?;
            }
            ToWorker::Kept(ids) => kept += ids.len(),
            _ => {}
        }
    }
    Ok(())
}

async fn submit(coordinator: &Coordinator, workflow: Workflow) -> Result<(), Box<dyn Error>> {
    let client = coordinator.connect(Role::Client);
    let (mut sender, mut receiver) = client.open().await?;
    sender.send(&Request::Submit(Box::new(workflow))).await?;
    match receiver.recv::<Response>().await? {
        Some(Response::Submitted { .. }) => Ok(()),
        other => Err(format!("not submitted: {other:?}").into()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let case = case()?;
    let store = Store::open(&case.store, &StoreSettings::default())?;
    let (notices, _) = mpsc::channel(16);
    let settings = CoordinatorSettings { reattach_window: Duration::ZERO, ..CoordinatorSettings::default() };
    let coordinator =
        start(Options { settings, store, network: None, notices, accept_loss_after: None }).await?;
    let (_connection, mut sender, mut receiver) = worker(&coordinator).await?;
    let begin = Instant::now();
    submit(&coordinator, workflow(&case)).await?;
    work(&case, &mut sender, &mut receiver).await?;
    let ran = begin.elapsed();
    coordinator.handle().stop().await;
    coordinator.wait().await?;
    let rate = f64::from(case.tasks) / ran.as_secs_f64();
    let all = begin.elapsed().as_secs_f64();
    println!(
        "{{\"tasks\": {}, \"mode\": \"{}\", \"seconds\": {:.3}, \"with_end\": {all:.3}, \"tasks_per_second\": {rate:.0}}}",
        case.tasks,
        case.mode,
        ran.as_secs_f64()
    );
    Ok(())
}
