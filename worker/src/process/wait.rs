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
    ended_by_signal(pid).await;
}

/// The same on a kernel without such descriptors: looks whenever some child has ended.
async fn ended_by_signal(pid: Pid) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};

    fn child() -> Child {
        Command::new("sh").args(["-c", "sleep 0.05; exit 3"]).spawn().unwrap()
    }

    fn pid(child: &Child) -> Pid {
        Pid::from_raw(i32::try_from(child.id()).unwrap())
    }

    #[tokio::test]
    async fn either_way_a_child_is_waited_for_and_not_reaped() {
        let mut children = [child(), child()];
        tokio::join!(ended(pid(&children[0])), ended_by_signal(pid(&children[1])));
        for child in &mut children {
            assert_eq!(child.wait().unwrap().code(), Some(3));
        }
    }
}
