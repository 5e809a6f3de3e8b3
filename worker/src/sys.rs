//! The two system calls that neither the standard library nor nix offers: a process as a file descriptor that becomes
//! readable when it ends, and waiting for a child together with what it used.

use nix::errno::Errno;
use nix::libc;
use nix::sys::resource::{UsageWho, getrusage};
use nix::unistd::Pid;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// How a child ended and what it and its own children, as far as it waited for them, used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reaped {
    pub(crate) status: ExitStatus,
    /// User and system time.
    pub(crate) cpu: Duration,
    /// Largest resident set of a single process, bytes; 0 if it cannot be told.
    pub(crate) memory_max: u64,
}

/// A descriptor that becomes readable when the process ends, within a tokio runtime. Kernels before 5.3 have none.
pub(crate) fn watched(pid: Pid) -> io::Result<AsyncFd<OwnedFd>> {
    let descriptor = pidfd_open(pid)?;
    #[expect(unsafe_code, reason = "the descriptor is owned by what is made here, so it stays open as long")]
    let watched = unsafe { AsyncFd::register_with_interest(descriptor, Interest::READABLE) };
    Ok(watched?)
}

fn pidfd_open(pid: Pid) -> Result<OwnedFd, Errno> {
    #[expect(unsafe_code, reason = "a system call with two numbers; it touches no memory")]
    let raw = unsafe { libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) };
    let raw = RawFd::try_from(Errno::result(raw)?).map_err(|_| Errno::EBADF)?;
    #[expect(
        unsafe_code,
        reason = "the kernel just made this descriptor for us, and nobody else knows of it"
    )]
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

/// Reaps a child that has ended, or waits until it has.
pub(crate) fn wait4(pid: Pid) -> Result<Reaped, Errno> {
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    loop {
        #[expect(unsafe_code, reason = "both pointers are to locals that live through the call")]
        let result = unsafe { libc::wait4(pid.as_raw(), &raw mut status, 0, usage.as_mut_ptr()) };
        match Errno::result(result) {
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
            Ok(_) => break,
        }
    }
    #[expect(unsafe_code, reason = "all zeros is a valid rusage, and the kernel has filled it in")]
    let usage = unsafe { usage.assume_init() };
    // A child begins with the memory of this process, and the kernel counts that in: what is not larger says nothing.
    let own = getrusage(UsageWho::RUSAGE_SELF).map_or(0, |own| own.max_rss());
    let kilobytes = u64::try_from(usage.ru_maxrss).unwrap_or(0);
    let kilobytes = if usage.ru_maxrss > own { kilobytes } else { 0 };
    Ok(Reaped {
        status: ExitStatus::from_raw(status),
        cpu: span(usage.ru_utime) + span(usage.ru_stime),
        memory_max: kilobytes.saturating_mul(1024),
    })
}

fn span(time: libc::timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let micros = u64::try_from(time.tv_usec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(micros)
}
