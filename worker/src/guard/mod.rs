//! The guard: a small process beside each worker that ends whatever the worker leaves behind when it dies.
//!
//! It holds the reading end of a pipe whose writing end only the worker has, and waits for its end: that is the one
//! thing that happens however the worker dies. Then it kills the process groups that the worker had noted, every
//! process whose environment names the worker's life, and their descendants, until none is left. It removes nothing,
//! and after a worker that left in good order it finds nothing to do.

mod groups;
mod keeper;
mod sweep;

pub(crate) use keeper::Guard;

use godwit_common::ids::Token;
use nix::sys::signal::SigSet;
use nix::unistd::{Pid, setsid};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::process::ExitCode;

/// What a guard is told when it is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Duty {
    /// The life of the worker.
    life: Token,
    /// The session in which it starts its tasks.
    session: Pid,
}

/// Runs a guard; its standard input is the pipe, its standard output the file with the noted groups. It is of no use
/// to people.
pub fn main(arguments: &[OsString]) -> ExitCode {
    let Some(duty) = Duty::read(arguments) else {
        return ExitCode::from(2);
    };
    detach();
    wait_for_end(io::stdin().lock());
    let groups = io::stdout().as_fd().try_clone_to_owned();
    let groups = groups
        .map(|file| groups::read(&File::from(file)))
        .unwrap_or_default();
    sweep::sweep(duty, &groups);
    ExitCode::SUCCESS
}

impl Duty {
    fn read(arguments: &[OsString]) -> Option<Duty> {
        let [life, session] = arguments else { return None };
        Some(Duty {
            life: Token(u128::from_str_radix(life.to_str()?, 16).ok()?),
            session: Pid::from_raw(session.to_str()?.parse().ok()?),
        })
    }

    fn arguments(self) -> [String; 2] {
        [self.life.to_string(), self.session.to_string()]
    }
}

/// Leaves whatever could take the guard down together with the worker: its session, its folder, and every signal that
/// can be held off.
fn detach() {
    // It fails for the leader of a group, which is a session of its own as far as signals from a terminal go.
    let _ = setsid();
    let _ = SigSet::all().thread_block();
    // A folder in use cannot be unmounted.
    let _ = std::env::set_current_dir("/");
}

fn wait_for_end(mut pipe: impl Read) {
    let mut byte = [0; 1];
    loop {
        match pipe.read(&mut byte) {
            Ok(0) => return,
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duty_is_read_as_it_was_written() {
        let duty = Duty {
            life: Token(7),
            session: Pid::from_raw(42),
        };
        let arguments = duty.arguments().map(OsString::from);
        assert_eq!(Duty::read(&arguments), Some(duty));
        assert_eq!(Duty::read(&arguments[1..]), None);
        assert_eq!(Duty::read(&["x".into(), "1".into()]), None);
    }
}
