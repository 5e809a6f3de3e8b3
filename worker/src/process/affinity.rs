//! Cpus of a process's own: a child inherits those of the thread that starts it.

use nix::errno::Errno;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// The calling thread.
const THIS_THREAD: Pid = Pid::from_raw(0);

/// Does `work` on these cpus alone, and then goes back to those from before. Without cpus it just does the work.
pub(crate) fn on_cpus<T>(cpus: &[usize], work: impl FnOnce() -> T) -> Result<T, Errno> {
    if cpus.is_empty() {
        return Ok(work());
    }
    let before = sched_getaffinity(THIS_THREAD)?;
    let mut own = CpuSet::new();
    for cpu in cpus {
        own.set(*cpu)?;
    }
    sched_setaffinity(THIS_THREAD, &own)?;
    let done = work();
    // The work is done and cannot be taken back. The next pinned task sets its own cpus anyway.
    let _ = sched_setaffinity(THIS_THREAD, &before);
    Ok(done)
}
