//! The guard: a small process beside each worker that ends whatever the worker leaves behind when it dies.
//!
//! It holds the reading end of a pipe whose writing end only the worker has, and waits for its end: that is the one
//! thing that happens however the worker dies. Then it kills the process groups that the worker had noted, every
//! process whose environment names the worker's life, and their descendants, until none is left; where the worker has a
//! control group of its own, everything in that. It removes nothing else, and after a worker that left in good order it finds nothing to do.

mod cgroup;
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
use std::path::PathBuf;
use std::process::ExitCode;

/// What a guard is told when it is started.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Duty {
    /// The life of the worker.
    life: Token,
    /// The session in which it starts its tasks.
    session: Pid,
    /// The folder of its own control group, if it has one.
    control_group: Option<PathBuf>,
}

/// Runs a guard; its standard input is the pipe, its standard output the file with the noted groups. It is of no use
/// to people.
pub fn main(arguments: &[OsString]) -> ExitCode {
    let Some(duty) = Duty::read(arguments) else {
        return ExitCode::from(2);
    };
    detach();
    duty.control_group.iter().for_each(|folder| cgroup::step_out(folder));
    wait_for_end(io::stdin().lock());
    let groups = io::stdout().as_fd().try_clone_to_owned();
    let groups = groups.map(|file| groups::read(&File::from(file))).unwrap_or_default();
    sweep::sweep(&duty, &groups);
    ExitCode::SUCCESS
}

impl Duty {
    fn read(arguments: &[OsString]) -> Option<Duty> {
        let (life, session, folder) = match arguments {
            [life, session] => (life, session, None),
            [life, session, folder] => (life, session, Some(PathBuf::from(folder))),
            _ => return None,
        };
        Some(Duty {
            life: Token(u128::from_str_radix(life.to_str()?, 16).ok()?),
            session: Pid::from_raw(session.to_str()?.parse().ok()?),
            control_group: folder,
        })
    }

    fn arguments(&self) -> Vec<OsString> {
        let words = [self.life.to_string(), self.session.to_string()];
        let folder = self.control_group.iter().map(|folder| folder.clone().into_os_string());
        words.map(OsString::from).into_iter().chain(folder).collect()
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
        for control_group in [None, Some(PathBuf::from("/a b"))] {
            let duty = Duty { life: Token(7), session: Pid::from_raw(42), control_group };
            assert_eq!(Duty::read(&duty.arguments()).as_ref(), Some(&duty));
            assert_eq!(Duty::read(&duty.arguments()[..1]), None);
        }
        assert_eq!(Duty::read(&["x".into(), "1".into()]), None);
    }
}
