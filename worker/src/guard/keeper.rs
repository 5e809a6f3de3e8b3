//! The worker's side of its guard: started first, started again when it dies, let go at the end.

use super::cgroup::ControlGroup;
use super::{Duty, groups};
use crate::error::Error;
use crate::limits::{FAREWELL_TIME, GUARD_PERIOD};
use crate::options::{Children, GuardProgram, WorkerOptions};
use crate::process::ended;
use crate::procfs::MARK;
use godwit_common::ids::Token;
use nix::unistd::{Pid, getsid};
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tokio::time::{sleep, timeout};

/// A worker's guard.
pub(crate) struct Guard {
    program: GuardProgram,
    /// What the guard keeps open until its work is done.
    held: Option<Arc<File>>,
    duty: Duty,
    /// The groups that run; every guard inherits it, so a new one knows what the one before knew.
    groups: File,
    /// The worker's own control group, where one could be made.
    control_group: Option<ControlGroup>,
    /// The process, with the writing end of its pipe.
    child: RefCell<Option<Child>>,
    pid: Cell<Option<Pid>>,
}

impl Guard {
    /// Starts a guard. Tasks are started only after it.
    pub(crate) fn start(options: &WorkerOptions, life: Token) -> Result<Guard, Error> {
        let failed = |source: io::Error| Error::system("start the guard of this worker", source);
        let session = getsid(None).map_err(|error| failed(error.into()))?;
        // Of several workers in one process none can have the process for itself.
        let alone = (options.children == Children::Own).then_some(life);
        let control_group = alone.and_then(ControlGroup::create);
        let guard = Guard {
            program: options.guard.clone(),
            held: options.held.clone(),
            duty: Duty {
                life,
                session,
                control_group: control_group.as_ref().map(|group| group.folder().to_owned()),
            },
            groups: groups::create().map_err(failed)?,
            control_group,
            child: RefCell::new(None),
            pid: Cell::new(None),
        };
        guard.spawn().map_err(failed)?;
        if let Some(Err(error)) = guard.control_group.as_ref().map(ControlGroup::enter) {
            tracing::debug!(%error, "the worker stays in its control group");
        }
        Ok(guard)
    }

    fn spawn(&self) -> io::Result<()> {
        let mut command = Command::new(&self.program.program);
        command.arg0("godwit-guard").args(&self.program.arguments).args(self.duty.arguments());
        // Somebody else's guard may not take this one for one of its tasks: it has to outlive them.
        command.env_remove(MARK).process_group(0);
        command.stdin(Stdio::piped()).stdout(self.groups.try_clone()?).stderr(self.held()?);
        let child = command.spawn()?;
        self.pid.set(i32::try_from(child.id()).ok().map(Pid::from_raw));
        self.child.replace(Some(child));
        Ok(())
    }

    /// Nothing is ever written to it: it is open, and that is all.
    fn held(&self) -> io::Result<Stdio> {
        match &self.held {
            Some(file) => Ok(file.try_clone()?.into()),
            None => Ok(Stdio::null()),
        }
    }

    /// Notes that this group runs in a slot.
    pub(crate) fn watch(&self, slot: u32, group: Pid) {
        self.note(slot, Some(group));
    }

    /// Notes that nothing runs in a slot.
    pub(crate) fn unwatch(&self, slot: u32) {
        self.note(slot, None);
    }

    fn note(&self, slot: u32, group: Option<Pid>) {
        if let Err(error) = groups::note(&self.groups, slot, group) {
            // The marks in their environment still tell the guard what to kill.
            tracing::warn!(%error, "cannot note a process group for the guard");
        }
    }

    /// Whether this is the guard's process.
    pub(crate) fn is(&self, pid: Pid) -> bool {
        self.pid.get() == Some(pid)
    }

    /// Starts a new guard whenever one dies, for as long as it is polled.
    pub(crate) async fn keep(&self) {
        loop {
            if let Some(pid) = self.pid.get() {
                ended(pid).await;
                self.reap();
                tracing::warn!("the guard of this worker has died; a new one is started");
            }
            sleep(GUARD_PERIOD).await;
            if let Err(error) = self.spawn() {
                tracing::warn!(%error, "the guard cannot be started; trying again");
            }
        }
    }

    /// Closes the pipe and waits until the guard has found nothing to do.
    pub(crate) async fn dismiss(&self) {
        if let Some(group) = &self.control_group {
            group.leave();
        }
        let pipe = self.child.borrow_mut().as_mut().and_then(|child| child.stdin.take());
        drop(pipe);
        if let Some(pid) = self.pid.get()
            && timeout(FAREWELL_TIME, ended(pid)).await.is_ok()
        {
            self.reap();
        }
    }

    /// Reaps the guard, which has ended.
    fn reap(&self) {
        self.pid.set(None);
        if let Some(mut child) = self.child.take() {
            // Its exit status says nothing.
            let _ = child.wait();
        }
    }
}
