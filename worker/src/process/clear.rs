//! Nothing of an attempt may live on: when its main process has ended, the rest of its group and whatever left the
//! group is killed and reaped.
//!
//! This process adopts the orphans of its tasks (it is a subreaper), so what left a task's group is found among its
//! own children, by the mark in its environment.

use super::Process;
use crate::limits::{REAP_PERIOD, REAP_TIME};
use crate::options::Children;
use crate::procfs::{self, Stat};
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
    if is_clear(shell, process, main) {
        return reaped;
    }
    let begun = Instant::now();
    let mut child_ended = signal(SignalKind::child()).map_err(|_| Errno::EINVAL)?;
    while !is_clear(shell, process, main) {
        if begun.elapsed() > REAP_TIME {
            tracing::warn!(
                mark = process.mark,
                "processes of a task cannot be killed; the system may hold them"
            );
            break;
        }
        // Not every process that goes is a child of ours: some are children of others that go.
        let _ = timeout(REAP_PERIOD, child_ended.recv()).await;
    }
    reaped
}

/// Kills and reaps what is left, and says whether there was nothing.
fn is_clear(shell: &Shell, process: &Process, group: Pid) -> bool {
    reap_group(group);
    let group_is_empty = killpg(group, None) == Err(Errno::ESRCH);
    let found = hunt(shell, Some(&process.mark));
    group_is_empty && found == 0
}

fn reap_group(group: Pid) {
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG;
    while let Ok(status) = waitid(Id::PGid(group), flags) {
        if status == WaitStatus::StillAlive {
            return;
        }
    }
}

/// Kills the orphans that carry this mark, reaps those that have ended, and counts both: one that has just ended may
/// have left children of its own to us after we looked.
pub(crate) fn hunt(shell: &Shell, mark: Option<&str>) -> usize {
    let known = |pid: &Pid| {
        shell.mains.borrow().contains(pid) || shell.guard.is(*pid) || shell.strangers.contains(pid)
    };
    let mut found = 0;
    for pid in procfs::children_of_main_thread() {
        if known(&pid) {
            continue;
        }
        let Some(stat) = procfs::stat(pid) else { continue };
        if stat.has_ended() {
            found += usize::from(reap_orphan(shell, &stat));
        } else if belongs(shell, pid, mark) {
            found += 1;
            // It may end at this very moment.
            let _ = kill(pid, Signal::SIGKILL);
        }
    }
    found
}

/// Whether a living orphan is what is being hunted. One that has hidden its mark is nobody's once no task runs.
fn belongs(shell: &Shell, pid: Pid, mark: Option<&str>) -> bool {
    match procfs::mark(pid) {
        Some(found) => {
            Some(found.as_str()) == mark || (found.starts_with(&shell.life_prefix()) && shell.is_at_rest())
        }
        None => shell.children == Children::Own && shell.is_at_rest(),
    }
}

/// Reaps an ended orphan unless somebody else in this process may be waiting for it: what left its session was not
/// started here.
fn reap_orphan(shell: &Shell, stat: &Stat) -> bool {
    let is_ours = shell.children == Children::Own || getsid(None).is_ok_and(|own| own != stat.session);
    is_ours && waitpid(stat.pid, Some(WaitPidFlag::WNOHANG)).is_ok()
}
