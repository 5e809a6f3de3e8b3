//! Waiting until a process has ended, without reaping it: its number, and so its group's, stays its own until then.

use crate::sys::watched;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use tokio::signal::unix::{SignalKind, signal};

/// Waits until a child has ended.
pub(crate) async fn ended(pid: Pid) {
    if let Ok(descriptor) = watched(pid) {
        // It fails only if the runtime is shutting down.
        let _ = descriptor.readable().await;
        return;
    }
    // A kernel without such descriptors: look whenever some child has ended.
    let Ok(mut child_ended) = signal(SignalKind::child()) else {
        return;
    };
    while !has_ended(pid) {
        child_ended.recv().await;
    }
}

fn has_ended(pid: Pid) -> bool {
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    !matches!(waitid(Id::Pid(pid), flags), Ok(WaitStatus::StillAlive))
}
