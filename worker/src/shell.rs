//! What all parts of a worker's shell share. Everything runs on one thread, so cells are enough.

use crate::checks::Checks;
use crate::clock::Clock;
use crate::detect::Devices;
use crate::guard::Guard;
use crate::limits::{ENDED_MAX, STARTS_MAX};
use crate::link::LinkEvent;
use crate::options::Children;
use crate::out_of_memory::MemoryKills;
use crate::process::{Outputs, Process};
use crate::spool::SlotFiles;
use godwit_common::ids::{AttemptId, Token};
use godwit_files::Digester;
use godwit_worker_core::action::Launch;
use godwit_worker_core::event::Event;
use nix::unistd::Pid;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};

/// What wakes the worker's loop.
#[derive(Debug)]
pub(crate) enum Input {
    /// Something about a process or about files.
    Process(Event),
    /// Something about the connection.
    Link(LinkEvent),
}

/// What all parts of a worker's shell share.
pub(crate) struct Shell {
    pub(crate) clock: Clock,
    pub(crate) life: Token,
    /// The folder of this worker's spools.
    pub(crate) spool: PathBuf,
    /// The system's numbers of the cpus, in the order in which the core counts them.
    pub(crate) cpus: Vec<usize>,
    pub(crate) devices: Devices,
    pub(crate) children: Children,
    pub(crate) inputs: mpsc::Sender<Input>,
    /// Bounds the processes that are being started at the same time.
    pub(crate) starts: Semaphore,
    /// Bounds the ended tasks whose files are looked at at the same time.
    pub(crate) gatherings: Semaphore,
    pub(crate) digester: Arc<Digester>,
    pub(crate) checks: Checks,
    /// Counts the starts, so that each has a mark of its own.
    pub(crate) serial: Cell<u64>,
    /// Spool files that are open, by slot.
    pub(crate) slots: RefCell<BTreeMap<u32, Arc<SlotFiles>>>,
    /// Attempts that were told to start and have not exited.
    pub(crate) processes: RefCell<BTreeMap<AttemptId, Rc<Process>>>,
    /// Where the output of attempts that ended lately is, the oldest first.
    pub(crate) ended: RefCell<VecDeque<(AttemptId, Outputs)>>,
    /// Main processes that are not reaped.
    pub(crate) mains: RefCell<BTreeSet<Pid>>,
    /// Children that this process had before the worker began: whatever ran before it in the same process, such as a
    /// batch script, has started them.
    pub(crate) strangers: BTreeSet<Pid>,
    pub(crate) guard: Rc<Guard>,
    pub(crate) memory_kills: MemoryKills,
    /// No connection is wanted any more.
    pub(crate) is_leaving: Cell<bool>,
}

impl Shell {
    /// Wakes the worker's loop.
    pub(crate) async fn tell(&self, input: Input) {
        // It fails only when the loop has ended, and then nobody cares.
        let _ = self.inputs.send(input).await;
    }

    /// A new attempt, known by its mark.
    pub(crate) fn admit(&self, launch: Launch) -> Rc<Process> {
        let serial = self.serial.get();
        self.serial.set(serial + 1);
        let mark = format!("{}{serial}", self.life_prefix());
        let process = Rc::new(Process::new(launch, mark));
        let mut processes = self.processes.borrow_mut();
        processes.insert(process.launch.id, Rc::clone(&process));
        process
    }

    /// An attempt of which nothing is left but its output.
    pub(crate) fn retire(&self, process: &Process) {
        let id = process.launch.id;
        self.processes.borrow_mut().remove(&id);
        if let Some(outputs) = process.outputs.borrow().clone() {
            let mut ended = self.ended.borrow_mut();
            if ended.len() >= ENDED_MAX {
                ended.pop_front();
            }
            ended.push_back((id, outputs));
        }
        process.ended.send_replace(true);
    }

    /// With this the marks of all attempts of this worker begin.
    pub(crate) fn life_prefix(&self) -> String {
        format!("{}.", self.life)
    }

    /// Whether no task has a process or is about to have one.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.mains.borrow().is_empty() && self.starts.available_permits() == STARTS_MAX
    }

    /// The system's number of the cpu that the core calls `position`.
    pub(crate) fn cpu(&self, position: u32) -> Option<usize> {
        self.cpus.get(position as usize).copied()
    }
}
