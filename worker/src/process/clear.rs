//! Nothing of an attempt may live on: when its main process has ended, the rest of its group and whatever left the
//! group is killed and reaped.
//!
//! This process adopts the orphans of its tasks (it is a subreaper), so what left a task's group is found among its
//! own children, by the mark in its environment.

use super::Process;
use crate::limits::{REAP_PERIOD, REAP_TIME};
use crate::options::Children;
use crate::procfs::{self, Mark, Stat};
use crate::shell::Shell;
use crate::sys::{Reaped, wait4};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::{Pid, getsid};
use std::time::Instant;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

/// Reaps a main process that has ended, and kills and reaps everything that it left behind.
pub(crate) async fn clear(shell: &Shell, process: &Process, main: Pid) -> Result<Reaped, Errno> {
    // The group's number is still its own, because its leader is not reaped. It is no error if nobody else is in it.
    let _ = killpg(main, Signal::SIGKILL);
    process.main.set(None);
    let reaped = wait4(main);
    shell.mains.borrow_mut().remove(&main);
    let begun = Instant::now();
    let mut child_ended = None;
    loop {
        match look(shell, process, main) {
            Orphans { ours: 0, nameless } if nameless == 0 || child_ended.is_some() => return reaped,
            _ if begun.elapsed() > REAP_TIME => {
                tracing::warn!(
                    mark = process.mark,
                    "processes of a task cannot be killed; the system may hold them"
                );
                return reaped;
            }
            _ => {}
        }
        if child_ended.is_none() {
            child_ended = signal(SignalKind::child()).ok();
        }
        // Not every process that goes is a child of ours: some are children of others that go.
        let next = async { child_ended.as_mut()?.recv().await };
        let _ = timeout(REAP_PERIOD, next).await;
    }
}

/// Kills and reaps what is left, and says what there was.
fn look(shell: &Shell, process: &Process, group: Pid) -> Orphans {
    reap_group(group);
    let group_is_empty = killpg(group, None) == Err(Errno::ESRCH);
    let mut found = hunt(shell, Some(&process.mark));
    found.ours += usize::from(!group_is_empty);
    found
}

fn reap_group(group: Pid) {
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG;
    while let Ok(status) = waitid(Id::PGid(group), flags) {
        if status == WaitStatus::StillAlive {
            return;
        }
    }
}

/// What was found among the children of this process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Orphans {
    /// Those that are being hunted, and those that have just ended: they may have left children to us after we looked.
    pub(crate) ours: usize,
    /// Those without any environment: they may be about to become another program, and show their mark soon.
    pub(crate) nameless: usize,
}

/// Kills the orphans that carry this mark, and reaps those that have ended.
pub(crate) fn hunt(shell: &Shell, mark: Option<&str>) -> Orphans {
    let known = |pid: &Pid| {
        shell.mains.borrow().contains(pid) || shell.guard.is(*pid) || shell.strangers.contains(pid)
    };
    let mut found = Orphans::default();
    for pid in procfs::children_of_main_thread() {
        if known(&pid) {
            continue;
        }
        match procfs::stat(pid) {
            Some(stat) if stat.has_ended() => found.ours += usize::from(reap_orphan(shell, &stat)),
            Some(stat) if !stat.is_ending() => hunt_one(shell, pid, mark, &mut found),
            // It ends, or another worker of this process has just reaped it.
            _ => found.ours += 1,
        }
    }
    found
}

/// Kills a living orphan if it is what is being hunted. One that has hidden its mark is nobody's once no task runs.
fn hunt_one(shell: &Shell, pid: Pid, mark: Option<&str>, found: &mut Orphans) {
    let is_ours = match procfs::mark(pid) {
        Mark::Is(other) if Some(other.as_str()) == mark => true,
        Mark::Is(other) => other.starts_with(&shell.life_prefix()) && shell.is_at_rest(),
        Mark::Hidden => {
            found.nameless += 1;
            shell.children == Children::Own && shell.is_at_rest()
        }
        Mark::None => shell.children == Children::Own && shell.is_at_rest(),
    };
    if is_ours {
        found.ours += 1;
        // It may end at this very moment.
        let _ = kill(pid, Signal::SIGKILL);
    }
}

/// Reaps an ended orphan unless somebody else in this process may be waiting for it: what left its session was not
/// started here.
fn reap_orphan(shell: &Shell, stat: &Stat) -> bool {
    let is_ours = shell.children == Children::Own || getsid(None).is_ok_and(|own| own != stat.session);
    if is_ours {
        // Another worker of this process may have been quicker.
        let _ = waitpid(stat.pid, Some(WaitPidFlag::WNOHANG));
    }
    is_ours
}
