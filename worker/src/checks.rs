//! Looking at the files of results that may serve again. It needs no slot and no process, and it never holds up the
//! worker's loop.
//!
//! A file whose size and time are what they were is taken to be unchanged. Anything else is read, unless the digester
//! remembers it; folders are always looked through, because their stamp is too coarse.

use crate::limits::{CHECK_BATCH_MAX, CHECK_THREADS_MAX};
use crate::shell::{Input, Shell};
use godwit_common::memo::{Check, Checked, OutputState};
use godwit_common::printable::one_line;
use godwit_files::{Digester, Fault};
use godwit_worker_core::event::Event;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use tokio::task::{spawn_blocking, spawn_local};

/// Results of this connection that are to be looked at. The core bounds their number.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    queue: RefCell<VecDeque<Check>>,
    /// How many take from the queue.
    lookers: Cell<usize>,
    /// True once the connection is gone.
    abandoned: RefCell<Arc<AtomicBool>>,
}

impl Checks {
    /// Nobody waits for the answers any more.
    pub(crate) fn abandon(&self) {
        self.queue.borrow_mut().clear();
        self.abandoned.take().store(true, Ordering::Relaxed);
    }

    fn take(&self) -> Vec<Check> {
        let mut queue = self.queue.borrow_mut();
        let count = queue.len().min(CHECK_BATCH_MAX);
        queue.drain(..count).collect()
    }
}

impl Drop for Checks {
    fn drop(&mut self) {
        self.abandon();
    }
}

/// Sees that these are looked at.
pub(crate) fn look_at(shell: &Rc<Shell>, checks: Vec<Check>) {
    let own = &shell.checks;
    own.queue.borrow_mut().extend(checks);
    let batches = own.queue.borrow().len().div_ceil(CHECK_BATCH_MAX);
    let lookers_max = available_parallelism().map_or(1, usize::from).min(CHECK_THREADS_MAX);
    while own.lookers.get() < lookers_max.min(batches) {
        own.lookers.set(own.lookers.get() + 1);
        spawn_local(work_off(Rc::clone(shell)));
    }
}

/// Takes from the queue until it is empty.
async fn work_off(shell: Rc<Shell>) {
    loop {
        let batch = shell.checks.take();
        if batch.is_empty() {
            break;
        }
        let abandoned = Arc::clone(&shell.checks.abandoned.borrow());
        let Ok((answers, unclear)) = spawn_blocking(move || glance_at_all(batch)).await else { continue };
        tell(&shell, answers).await;
        for check in unclear {
            let (digester, abandoned) = (Arc::clone(&shell.digester), Arc::clone(&abandoned));
            let answer =
                spawn_blocking(move || answer(&check, read_all(&check, &digester, &abandoned))).await;
            tell(&shell, answer.into_iter().collect()).await;
        }
    }
    shell.checks.lookers.set(shell.checks.lookers.get() - 1);
}

async fn tell(shell: &Shell, answers: Vec<Checked>) {
    if !answers.is_empty() {
        shell.tell(Input::Process(Event::Checked(answers))).await;
    }
}

fn answer(check: &Check, fault: Option<String>) -> Checked {
    Checked { task: check.task, number: check.number, fault }
}

/// What can be said without reading.
enum Glance {
    Unchanged,
    Unclear,
    Wrong(String),
}

/// Answers, and those that need reading.
fn glance_at_all(checks: Vec<Check>) -> (Vec<Checked>, Vec<Check>) {
    let mut answers = Vec::with_capacity(checks.len());
    let mut unclear = Vec::new();
    for check in checks {
        match glance_at(&check) {
            Glance::Unchanged => answers.push(answer(&check, None)),
            Glance::Wrong(fault) => answers.push(answer(&check, Some(fault))),
            Glance::Unclear => unclear.push(check),
        }
    }
    (answers, unclear)
}

fn glance_at(check: &Check) -> Glance {
    let mut all = Glance::Unchanged;
    for (path, before) in &check.outputs {
        match glance(path, before) {
            Glance::Unchanged => {}
            Glance::Unclear => all = Glance::Unclear,
            wrong @ Glance::Wrong(_) => return wrong,
        }
    }
    all
}

fn glance(path: &str, before: &OutputState) -> Glance {
    let at = Path::new(path);
    match at.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Glance::Wrong(Fault::Missing(at.to_path_buf()).to_string())
        }
        // Whatever else is wrong is said by the digester.
        Err(_) => Glance::Unclear,
        Ok(found) if !found.is_file() => Glance::Unclear,
        Ok(_) => match godwit_files::stamp(at) {
            Ok(now) if now == before.stamp => Glance::Unchanged,
            Ok(now) if now.size != before.stamp.size => Glance::Wrong(changed(path)),
            _ => Glance::Unclear,
        },
    }
}

/// The first thing that is wrong, after reading whatever has to be read.
fn read_all(check: &Check, digester: &Digester, abandoned: &AtomicBool) -> Option<String> {
    check.outputs.iter().find_map(|(path, before)| match glance(path, before) {
        Glance::Unchanged => None,
        Glance::Wrong(fault) => Some(fault),
        Glance::Unclear => match digester.digest_until(Path::new(path), abandoned) {
            Ok(now) if now.digest == before.digest => None,
            Ok(_) => Some(changed(path)),
            Err(fault @ Fault::Missing(_)) => Some(fault.to_string()),
            Err(fault) => Some(format!("{} cannot be compared: {fault}", one_line(path))),
        },
    })
}

fn changed(path: &str) -> String {
    format!("{} was changed: its content is not what was recorded", one_line(path))
}
