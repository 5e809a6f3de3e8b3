//! One attempt from the order to start it until nothing of it is left.

use super::clear::clear;
use super::ending::judge;
use super::reading::Read;
use super::start::{Spools, Started, start};
use super::wait::ended;
use super::{Plan, Process};
use crate::procfs::{self, Mark};
use crate::shell::{Input, Shell};
use godwit_common::outcome::{Cause, Failure, Span, SpoolOutput, Usage};
use godwit_worker_core::action::Signal;
use godwit_worker_core::event::{Event, Exit};
use nix::sys::signal::{Signal as UnixSignal, kill, killpg};
use nix::unistd::Pid;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::task::spawn_blocking;

/// Lives the life of an attempt, and tells the core of it.
pub(crate) async fn live(shell: Rc<Shell>, process: Rc<Process>) {
    let id = process.launch.id;
    let plan = Arc::new(Plan::new(&shell, &process.launch, &process.mark));
    let read = look(&process, &plan).await;
    let (exit, usage) = match begin(&shell, &process, &plan).await {
        Ok(started) => run(&shell, &process, plan, started, read).await,
        Err(sentence) => (failed(Cause::NotStarted(sentence)), None),
    };
    shell.retire(&process);
    shell.tell(Input::Process(Event::Exited { id, exit, usage })).await;
}

fn failed(cause: Cause) -> Exit {
    Exit::Failed(Failure { cause, stderr_tail: Vec::new() })
}

/// What the files that it may read are before it starts.
async fn look(process: &Process, plan: &Arc<Plan>) -> Read {
    if plan.reading.is_empty() || process.wanted.get().is_some() {
        return Read::default();
    }
    let planned = Arc::clone(plan);
    spawn_blocking(move || planned.reading.look()).await.unwrap_or_default()
}

async fn begin(shell: &Rc<Shell>, process: &Rc<Process>, plan: &Arc<Plan>) -> Result<Started, String> {
    let permit = shell.starts.acquire().await.map_err(|error| error.to_string())?;
    if process.wanted.get().is_some() {
        return Err("it was stopped before it was started".to_owned());
    }
    shell.memory_kills.sample(shell.clock.now());
    let slot = process.launch.slot;
    let spools =
        Spools { folder: shell.spool.clone(), slot, files: shell.slots.borrow().get(&slot).cloned() };
    let planned = Arc::clone(plan);
    let clock = shell.clock;
    let started = spawn_blocking(move || start(&planned, spools, clock)).await;
    drop(permit);
    let started = started.map_err(|error| error.to_string())??;
    shell.mains.borrow_mut().insert(started.main);
    shell.guard.watch(slot, started.main);
    shell.slots.borrow_mut().insert(slot, started.files.clone());
    process.outputs.replace(Some(started.outputs.clone()));
    process.main.set(Some(started.main));
    shell.tell(Input::Process(Event::Started { id: process.launch.id, at: started.at })).await;
    if let Some(signal) = process.wanted.get() {
        send(process, started.main, signal);
    }
    Ok(started)
}

async fn run(
    shell: &Shell,
    process: &Rc<Process>,
    plan: Arc<Plan>,
    started: Started,
    read: Read,
) -> (Exit, Option<Usage>) {
    ended(started.main).await;
    let at = started.at;
    let wall = shell.clock.now().since(at);
    let reaped = clear(shell, process, started.main).await;
    shell.guard.unwatch(process.launch.slot);
    let span = |offset: u64, end: u64| Span { offset, length: end.saturating_sub(offset) };
    let ends = started.files.lengths().unwrap_or(started.offsets);
    let output = SpoolOutput {
        slot: process.launch.slot,
        stdout: span(started.offsets.0, ends.0),
        stderr: span(started.offsets.1, ends.1),
    };
    if let Some(outputs) = process.outputs.borrow_mut().as_mut() {
        outputs.close(&output);
    }
    let Ok(reaped) = reaped else {
        let sentence = "its exit status was lost: somebody else waited for it".to_owned();
        return (failed(Cause::NotStarted(sentence)), None);
    };
    let exit = judge(shell, process, plan, reaped.status, at, read).await;
    let usage = Usage { started: at, wall, cpu: reaped.cpu, memory_max: reaped.memory_max, output };
    (exit, Some(usage))
}

/// Sends a signal to an attempt, now or as soon as it has a process.
pub(crate) fn deliver(process: &Rc<Process>, signal: Signal) {
    let stronger = process.wanted.get() != Some(Signal::Kill);
    if stronger {
        process.wanted.set(Some(signal));
        process.abandoned.store(true, Ordering::Relaxed);
    }
    if let Some(main) = process.main.get() {
        send(process, main, signal);
    }
}

fn send(process: &Process, main: Pid, signal: Signal) {
    // Its group cannot be gone: its leader is not reaped before `main` is forgotten.
    match signal {
        // What left the group is killed when the main process has ended.
        Signal::Kill => drop(killpg(main, UnixSignal::SIGKILL)),
        Signal::Terminate => {
            let _ = killpg(main, UnixSignal::SIGTERM);
            // A stopped process would never hear of it.
            let _ = killpg(main, UnixSignal::SIGCONT);
            let mark = process.mark.clone();
            // Looking at every process takes a while, and nobody waits for it.
            drop(spawn_blocking(move || terminate_strays(&mark, main)));
        }
    }
}

/// SIGTERM for whatever carries the mark outside of the group.
fn terminate_strays(mark: &str, group: Pid) {
    for stat in procfs::all() {
        if stat.group != group && procfs::mark(stat.pid) == Mark::Is(mark.to_owned()) {
            // It may have ended in the meantime.
            let _ = kill(stat.pid, UnixSignal::SIGTERM);
        }
    }
}
