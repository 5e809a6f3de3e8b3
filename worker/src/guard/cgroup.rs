//! A control group (version 2) of the worker's own, where one can be made: then the kernel knows everything that the
//! worker ever started, whatever it did to hide, and kills it at one word.
//!
//! The worker moves into it once, so that its tasks are born there at no cost. The guard stays outside.

use crate::detect::cgroup::own_unified_folders;
use godwit_common::ids::Token;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const MEMBERS: &str = "cgroup.procs";
const KILL: &str = "cgroup.kill";

/// Stands for the process that writes it.
const MYSELF: &str = "0";

/// A worker's own control group.
#[derive(Debug)]
pub(super) struct ControlGroup {
    folder: PathBuf,
}

impl ControlGroup {
    /// Makes one below this process's. It is not there for everybody: that needs version 2, a kernel from 5.14, and
    /// the right to make one.
    pub(super) fn create(life: Token) -> Option<ControlGroup> {
        let life = life.to_string();
        let folders = own_unified_folders().into_iter();
        let mut made = folders.filter_map(|parent| {
            let folder = parent.join(format!("godwit-{}", &life[..12]));
            fs::create_dir(&folder).ok()?;
            let group = ControlGroup { folder };
            if group.folder.join(KILL).exists() {
                return Some(group);
            }
            group.remove();
            None
        });
        made.next()
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Moves this process into it.
    pub(super) fn enter(&self) -> io::Result<()> {
        fs::write(self.folder.join(MEMBERS), MYSELF)
    }

    /// Moves this process out of it, and takes the group away if nobody else is in it.
    pub(super) fn leave(&self) {
        step_out(&self.folder);
        self.remove();
    }

    fn remove(&self) {
        // Whoever is left in it is the guard's, who removes it then.
        let _ = fs::remove_dir(&self.folder);
    }
}

/// Moves this process from the group of a worker into the one above it.
pub(super) fn step_out(folder: &Path) {
    if let Some(parent) = folder.parent() {
        // A guard that cannot leave is killed with the rest, at the very end of its work.
        let _ = fs::write(parent.join(MEMBERS), MYSELF);
    }
}

/// Kills everything in the group, and takes it away; says whether that is done.
pub(super) fn kill(folder: &Path) -> bool {
    // Without these files there is nothing left to do.
    let _ = fs::write(folder.join(KILL), "1");
    fs::remove_dir(folder).is_ok() || !folder.exists()
}

/// Whether this process is in the group, and so would kill itself.
pub(super) fn is_inside(folder: &Path) -> bool {
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    own.lines().any(|line| line.ends_with(&format!("/{name}")))
}
