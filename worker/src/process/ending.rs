//! What an ended process means: success, or the cause of its failure.

use super::products::gather;
use super::reading::Read;
use super::{Plan, Process};
use crate::shell::Shell;
use crate::spool;
use godwit_common::limits::STDERR_TAIL_BYTES_MAX;
use godwit_common::message::worker::OutputStream;
use godwit_common::outcome::{Cause, Failure};
use godwit_common::time::Time;
use godwit_worker_core::event::Exit;
use nix::libc::SIGKILL;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// The exit code of a shell whose command was killed by SIGKILL.
const SHELL_SAYS_KILLED: i32 = 128 + SIGKILL;

/// How the process ended, and what it left behind. `started` tells an earlier lack of memory from this one, `read` is
/// what its files were before it.
pub(crate) async fn judge(
    shell: &Shell,
    process: &Process,
    plan: Arc<Plan>,
    status: ExitStatus,
    started: Time,
    read: Read,
) -> Exit {
    let cause = match cause(shell, process, status, started) {
        Some(cause) => cause,
        None => match gather(shell, process, plan, read).await {
            Ok(produced) => return Exit::Succeeded(produced),
            Err(cause) => cause,
        },
    };
    Exit::Failed(Failure { cause, stderr_tail: stderr_tail(process).await })
}

fn cause(shell: &Shell, process: &Process, status: ExitStatus, started: Time) -> Option<Cause> {
    let may_be_memory = match (status.code(), status.signal()) {
        (Some(0), _) => return None,
        (Some(code), _) => code == SHELL_SAYS_KILLED,
        (None, signal) => signal == Some(SIGKILL),
    };
    let nobody_here_killed_it = process.wanted.get().is_none();
    let lacked_memory = || nobody_here_killed_it && shell.memory_kills.rose_since(started, shell.clock.now());
    if process.over_memory.get() || (may_be_memory && lacked_memory()) {
        return Some(Cause::OutOfMemory);
    }
    Some(match status.code() {
        Some(code) => Cause::Exit(code),
        None => Cause::Signal(status.signal().unwrap_or_default()),
    })
}

async fn stderr_tail(process: &Process) -> Vec<u8> {
    let Some(place) = process.place(OutputStream::Stderr) else {
        return Vec::new();
    };
    let read = move || spool::tail(&place.path, place.offset, STDERR_TAIL_BYTES_MAX);
    // A tail that cannot be read any more is not worth another error.
    spawn_blocking(read).await.map(Result::unwrap_or_default).unwrap_or_default()
}
