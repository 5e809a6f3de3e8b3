//! A worker's life: what it needs is made, then events go into the core and actions come out, until the core says exit.

use crate::capacity::capacity;
use crate::checks::{self, Checks};
use crate::clock::Clock;
use crate::connector::Connector;
use crate::detect::{self, Hardware};
use crate::error::Error;
use crate::guard::Guard;
use crate::limits::{
    BATCH_MAX, DESCRIPTORS, EVENTS_MAX, FAREWELL_TIME, GATHERINGS_MAX, STARTS_MAX, WALLTIME_MARGIN,
};
use crate::link::{self, LinkEvent, Outgoing};
use crate::options::WorkerOptions;
use crate::out_of_memory::MemoryKills;
use crate::shell::{Input, Shell};
use crate::{memory, process, procfs, random, signals, spool};
use godwit_common::ids::Token;
use godwit_common::time::Time;
use godwit_files::Digester;
use godwit_worker_core::action::Leave;
use godwit_worker_core::{Action, Core, Event, Identity, Settings};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinHandle, LocalSet, spawn_blocking, spawn_local};
use tokio::time::{sleep_until, timeout};

/// What the one who started a worker can tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// Take nothing new, and leave when the last task has ended, for this reason.
    Drain(String),
    /// Stop everything, give it back and leave, for this reason. Said again, kill.
    Terminate(String),
}

/// Runs a worker until it leaves. It wants a current-thread runtime with I/O and time.
///
/// # Errors
/// If it could not begin: a wrong setting, a spool folder that cannot be made, or a coordinator that will never have
/// it.
pub async fn run(
    options: WorkerOptions,
    connector: impl Connector + 'static,
    control: mpsc::Receiver<Control>,
) -> Result<Leave, Error> {
    LocalSet::new().run_until(begin(options, connector, control)).await
}

async fn begin(
    options: WorkerOptions,
    connector: impl Connector + 'static,
    control: mpsc::Receiver<Control>,
) -> Result<Leave, Error> {
    let clock = Clock::start();
    signals::hear_of_children().map_err(|error| Error::system("hear of ended processes", error))?;
    raise_file_limit();
    let life = random::token()
        .map_err(|error| Error::system("draw a random number", std::io::Error::other(error)))?;
    let spool = make_spool(&options, life)?;
    let folder = spool.clone();
    let hardware = spawn_blocking(move || detect::hardware(&folder)).await;
    let hardware = hardware.map_err(|error| Error::system("look at this machine", error))?;
    let (identity, settings) = describe(&options, &hardware, clock.now(), life, &spool)?;
    let strangers = procfs::children_of_main_thread().into_iter().collect();
    // What tasks leave behind becomes a child of this process, not of the system's first.
    set_child_subreaper(true).map_err(|error| Error::system("adopt the orphans of tasks", error))?;
    let guard = Guard::start(&options, life)?;
    let (inputs, incoming) = mpsc::channel(EVENTS_MAX);
    let shell = Rc::new(Shell {
        clock,
        life,
        spool,
        cpus: hardware.pinnable.iter().map(|cpu| cpu.number).collect(),
        devices: hardware.devices.resized(identity.capacity.gpus),
        children: options.children,
        inputs,
        starts: Semaphore::new(STARTS_MAX),
        gatherings: Semaphore::new(GATHERINGS_MAX),
        digester: Arc::new(Digester::open(options.digests.as_deref())),
        checks: Checks::default(),
        serial: Default::default(),
        slots: Default::default(),
        processes: Default::default(),
        ended: Default::default(),
        mains: Default::default(),
        strangers,
        guard: Rc::new(guard),
        memory_kills: MemoryKills::new(clock.now()),
        is_leaving: Cell::new(false),
    });
    let core = Core::new(identity, settings, clock.now());
    let mut driver = Driver {
        link: None,
        link_task: spawn_local(link::maintain(Rc::clone(&shell), connector)),
        actions: Vec::new(),
        shell: Rc::clone(&shell),
        core,
    };
    let watches =
        [spawn_local(memory::watch(Rc::clone(&shell))), spawn_local(keep_guard(Rc::clone(&shell.guard)))];
    let leave = driver.drive(incoming, control).await;
    driver.farewell(&leave).await;
    watches.iter().for_each(JoinHandle::abort);
    process::hunt(&shell, None);
    shell.guard.dismiss().await;
    shell.checks.abandon();
    let digester = Arc::clone(&shell.digester);
    if let Ok(Err(error)) = spawn_blocking(move || digester.save()).await {
        tracing::debug!(%error, "the digests of files are not remembered");
    }
    leave
}

/// Each running task needs three descriptors. What is raised here is passed on to the tasks, so it stays moderate.
fn raise_file_limit() {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return;
    };
    let wanted = hard.min(DESCRIPTORS);
    if soft < wanted && setrlimit(Resource::RLIMIT_NOFILE, wanted, hard).is_err() {
        tracing::debug!("the limit of open files stays at {soft}");
    }
}

async fn keep_guard(guard: Rc<Guard>) {
    guard.keep().await;
}

/// A folder that no other worker uses.
fn make_spool(options: &WorkerOptions, life: Token) -> Result<PathBuf, Error> {
    let life = life.to_string();
    let folder = options.spool.join(format!("{}-{}", host(), &life[..12]));
    let made = std::path::absolute(&folder).and_then(|folder| spool::create(&folder).map(|()| folder));
    made.map_err(|source| Error::Spool { path: folder, source })
}

fn host() -> String {
    let name = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "localhost".to_owned())
}

/// Who the worker is, and how it behaves.
fn describe(
    options: &WorkerOptions,
    hardware: &Hardware,
    now: Time,
    life: Token,
    spool: &std::path::Path,
) -> Result<(Identity, Settings), Error> {
    let job_ends = hardware.job.as_ref().and_then(|job| job.ends).map(|end| end.time(now));
    let limit_ends = options.settings.time_limit.map(|limit| now + limit);
    // A job so short that the margin would eat it up is used for its first half at least.
    let job_leaves = job_ends.map(|end| end - WALLTIME_MARGIN.min(end.since(now) / 2));
    let capacity = capacity(options, hardware)?;
    let mut cpus: Vec<_> = hardware.pinnable.iter().map(|cpu| cpu.place).collect();
    cpus.truncate(capacity.cpus.ceil() as usize);
    let identity = Identity {
        life,
        host: host(),
        pid: std::process::id(),
        capacity,
        spool: spool.to_string_lossy().into_owned(),
        ends: job_ends.into_iter().chain(limit_ends).min(),
        group: options.group.clone().or_else(|| hardware.job.as_ref().map(|job| job.name.clone())),
        cpus,
    };
    let settings = Settings {
        reconnect_timeout: options.settings.reconnect_timeout,
        idle_timeout: options.settings.idle_timeout,
        leave_at: job_leaves.into_iter().chain(limit_ends).min(),
        ..Settings::default()
    };
    Ok((identity, settings))
}

/// The loop between the core and everything else.
struct Driver {
    shell: Rc<Shell>,
    core: Core,
    /// What is said goes in here while there is a connection.
    link: Option<mpsc::Sender<Outgoing>>,
    link_task: JoinHandle<()>,
    actions: Vec<Action>,
}

impl Driver {
    async fn drive(
        &mut self,
        mut incoming: mpsc::Receiver<Input>,
        mut control: mpsc::Receiver<Control>,
    ) -> Result<Leave, Error> {
        let mut inputs = Vec::new();
        loop {
            let wakeup = self.core.next_wakeup().and_then(|at| self.shell.clock.instant(at));
            let timer = async {
                match wakeup {
                    Some(instant) => sleep_until(instant.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                Some(control) = control.recv() => self.handle(match control {
                    Control::Drain(reason) => Event::Drain(reason),
                    Control::Terminate(reason) => Event::Terminate(reason),
                }),
                _ = incoming.recv_many(&mut inputs, BATCH_MAX) => {
                    for input in inputs.drain(..) {
                        self.take_in(input)?;
                    }
                }
                () = timer => self.handle(Event::Wakeup),
            }
            if let Some(leave) = self.perform() {
                return Ok(leave);
            }
        }
    }

    fn handle(&mut self, event: Event) {
        self.core.handle(self.shell.clock.now(), event, &mut self.actions);
    }

    fn take_in(&mut self, input: Input) -> Result<(), Error> {
        match input {
            Input::Process(event) => self.handle(event),
            Input::Link(LinkEvent::Up(sender)) => {
                self.link = Some(sender);
                self.handle(Event::Connected);
            }
            Input::Link(LinkEvent::Message(message)) => self.handle(Event::Message(message)),
            Input::Link(LinkEvent::Down(reason)) => {
                self.link = None;
                self.shell.checks.abandon();
                self.handle(Event::Disconnected(reason));
            }
            Input::Link(LinkEvent::Lost(reason)) => self.handle(Event::GiveUp(reason)),
            Input::Link(LinkEvent::Hopeless(error)) => return Err(error.into()),
        }
        Ok(())
    }

    /// Does what the core wants; how to leave if it wants that.
    fn perform(&mut self) -> Option<Leave> {
        let mut actions = std::mem::take(&mut self.actions);
        let mut leave = None;
        for action in actions.drain(..) {
            match action {
                Action::Send(message) => self.say(Outgoing::Message(message)),
                Action::Start(launch) => {
                    let process = self.shell.admit(launch);
                    spawn_local(process::live(Rc::clone(&self.shell), process));
                }
                Action::Signal(id, signal) => {
                    let process = self.shell.processes.borrow().get(&id).cloned();
                    process.iter().for_each(|process| process::deliver(process, signal));
                }
                Action::Check(checks) => checks::look_at(&self.shell, checks),
                Action::Reconnect(reason) => {
                    self.shell.checks.abandon();
                    tracing::warn!(reason, "giving up the connection with the coordinator");
                    self.link = None;
                }
                Action::Exit(how) => leave = Some(how),
            }
        }
        self.actions.append(&mut actions);
        leave
    }

    /// Says something if there is a connection. The end of one that takes nothing more is told by its task.
    fn say(&mut self, outgoing: Outgoing) {
        if let Some(link) = &self.link
            && link.try_send(outgoing).is_err()
        {
            self.link = None;
        }
    }

    /// Sees that the last words arrive.
    async fn farewell(&mut self, leave: &Result<Leave, Error>) {
        self.shell.is_leaving.set(true);
        if let (Ok(leave), Some(_)) = (leave, &self.link) {
            self.say(Outgoing::Farewell(leave.reason.clone()));
            let _ = timeout(FAREWELL_TIME * 2, &mut self.link_task).await;
        }
        self.link_task.abort();
    }
}
