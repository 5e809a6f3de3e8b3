//! Tasks that the kernel kills for want of memory, where it lets us make a control group with too little of it.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::*;

/// A memory group (version 1) of this test's own, with so little that a large task does not fit.
struct TightGroup(PathBuf);

impl TightGroup {
    fn create(name: &str) -> Option<TightGroup> {
        let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
        let path = groups.lines().find_map(|line| line.split_once(":memory:/"))?.1;
        let name = format!("{name}-{}", std::process::id());
        let group = TightGroup(Path::new("/sys/fs/cgroup/memory").join(path).join(name));
        fs::create_dir(&group.0).ok()?;
        fs::write(group.0.join("memory.limit_in_bytes"), "100663296").ok()?;
        Some(group)
    }

    /// What a worker in it says of this task.
    fn run(&self, script: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo $$ > \"$0/cgroup.procs\"; exec \"$@\""]);
        command.arg(&self.0).arg(helper()).arg("worker").arg(folder.path()).arg(script);
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        said.lines().next().unwrap_or_default().to_owned()
    }
}

impl Drop for TightGroup {
    fn drop(&mut self) {
        // The guard of the worker may be in it for a moment longer; then the folder stays.
        let _ = fs::remove_dir(&self.0);
    }
}

#[test]
fn a_kill_for_want_of_memory_is_told_from_others() {
    let Some(group) = TightGroup::create("godwit-test") else {
        return;
    };
    assert_eq!(group.run("kill -KILL $$"), "killed by signal 9 (SIGKILL)");
    let alone = "mkfifo large; head -c 300000000 /dev/zero > large & exec tail -c 200000000 large";
    assert_eq!(group.run(alone), "out of memory");
    let below_a_shell = "head -c 300000000 /dev/zero | tail -c 200000000";
    assert_eq!(group.run(below_a_shell), "out of memory");
}
