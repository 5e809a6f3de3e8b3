//! One process that a test started, with what it prints.

use crate::wait::{eventually, within};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// A running process. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    output: PathBuf,
}

impl Process {
    /// Starts `command`; everything it prints goes to the file `output`.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start(command: &mut Command, output: &Path) -> Process {
        let file =
            File::options().create(true).append(true).open(output).expect("an output file can be made");
        let copy = file.try_clone().expect("a file can be shared");
        let child = command.stdin(Stdio::null()).stdout(file).stderr(copy).spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
        Process { child, output: output.to_owned() }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    pub fn printed(&self) -> String {
        std::fs::read(&self.output)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Waits until it has printed `text`.
    ///
    /// # Panics
    /// If it does not, or ends before.
    pub fn expect_output(&mut self, text: &str, limit: Duration) {
        let what = format!("'{text}' from process {}", self.pid());
        eventually(limit, &what, || {
            let printed = self.printed();
            if !printed.contains(text) {
                let ended = self.child.try_wait().expect("a child can be waited for");
                assert!(ended.is_none(), "it ended with {ended:?} without printing '{text}':\n{printed}");
                return None;
            }
            Some(())
        });
    }

    /// Sends a signal to it alone.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.pid()).expect("process ids are small"));
        // It may have ended by itself.
        let _ = kill(pid, signal);
    }

    /// Ends it with SIGKILL.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// If it does not end.
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let found = within(limit, || self.child.try_wait().expect("a child can be waited for"));
        found
            .unwrap_or_else(|| panic!("process {} does not end; it printed:\n{}", self.pid(), self.printed()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The state letter of a process (`R`, `S`, `Z`, …), if there is one.
pub fn process_state(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// Whether a process is there and not only waiting to be reaped by somebody else.
pub fn alive(pid: u32) -> bool {
    process_state(pid).is_some_and(|state| state != 'Z' && state != 'X')
}
