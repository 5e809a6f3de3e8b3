//! A store that is full: nothing is acknowledged, running tasks go on, `coordinator status` says why, and all goes on
//! when there is room again.
//!
//! The store is a small file system of its own where the machine lets a user mount one, and else a process that may
//! not write.

use crate::check::{Scene, task};
use godwit_integration_tests::{Cluster, History, Home, Process, eventually, within};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// Long enough for an acknowledgement that must not come.
const SILENCE: Duration = Duration::from_secs(2);

/// How the store is made full and given room again.
enum Disk {
    /// A file system that only the coordinator sees; others reach it through the coordinator's view.
    Mounted { filler: PathBuf },
    /// The coordinator may write no byte to any file.
    Forbidden { pid: u32 },
}

impl Disk {
    fn fill(&self) {
        match self {
            Disk::Mounted { filler } => {
                let mut file = std::fs::File::create(filler).expect("a filler");
                let error = std::io::copy(&mut std::io::repeat(1), &mut file).expect_err("it is full");
                assert_eq!(error.kind(), std::io::ErrorKind::StorageFull, "{error}");
            }
            Disk::Forbidden { pid } => limit_files(*pid, "0:unlimited"),
        }
    }

    fn free(&self) {
        match self {
            Disk::Mounted { filler } => std::fs::remove_file(filler).expect("the filler"),
            Disk::Forbidden { pid } => limit_files(*pid, "unlimited:unlimited"),
        }
    }

    fn trouble(&self) -> &'static str {
        match self {
            Disk::Mounted { .. } => "no space is left on the disk",
            Disk::Forbidden { .. } => "file too large",
        }
    }
}

fn limit_files(pid: u32, limit: &str) {
    let status =
        Command::new("prlimit").arg(format!("--fsize={limit}")).args(["--pid", &pid.to_string()]).status();
    assert!(status.expect("prlimit can be started").success());
}

/// Whether this machine lets its users mount.
fn may_mount(folder: &Path) -> bool {
    let mount = format!("mount -t tmpfs tmpfs '{}'", folder.display());
    let output = Command::new("unshare").args(["-rm", "sh", "-c", &mount]).output();
    output.is_ok_and(|output| output.status.success())
}

/// A shell in which `$0` is the binary under test.
fn shell(home: &Home, interpreter: &[&str], script: &str) -> Command {
    let godwit = home.godwit(&[]);
    let (program, arguments) = interpreter.split_first().expect("a program");
    let mut shell = Command::new(program);
    shell.args(arguments).arg("-c").arg(script).arg(godwit.get_program());
    let set = godwit.get_envs().filter_map(|(name, value)| Some((name, value?)));
    shell.current_dir(home.work()).envs(set);
    shell
}

/// A coordinator whose store can be made full.
fn start(home: &Home) -> (Process, Disk) {
    let store = home.path("store");
    std::fs::create_dir(&store).expect("a folder");
    let mounts = may_mount(&store);
    let place = store.display();
    let command = "exec \"$0\" coordinator start --store";
    let script = match mounts {
        true => format!("mount -t tmpfs -o size=1m tmpfs '{place}' && {command} '{place}/state'"),
        false => format!("trap '' XFSZ; {command} '{place}/state'"),
    };
    let mut shell = match mounts {
        true => shell(home, &["unshare", "-rm", "sh"], &script),
        false => shell(home, &["sh"], &script),
    };
    let mut process = Process::start(&mut shell, &home.path("coordinator"));
    process.expect_output("epoch", LIMIT);
    let pid = process.pid();
    let disk = match mounts {
        true => Disk::Mounted { filler: PathBuf::from(format!("/proc/{pid}/root{place}/filler")) },
        false => Disk::Forbidden { pid },
    };
    (process, disk)
}

fn trouble(cluster: &Cluster) -> Value {
    cluster.home.json(&["coordinator", "status"])["store_trouble"].clone()
}

#[test]
fn a_full_disk_delays_and_loses_nothing() {
    let mut disk = None;
    let cluster = Cluster::start_by(|home| {
        let (process, made) = start(home);
        disk = Some(made);
        process
    });
    let disk = disk.expect("a disk");
    let history = History::new(&cluster.home.work());
    let _worker = cluster.start_worker("w1", &["--cpus", "2"]);
    let running = cluster.submit(&["--", "sh", "-c", &history.task("until test -e go; do sleep 0.05; done")]);
    eventually(LIMIT, "the task", || (history.starts() == 1).then_some(()));
    disk.fill();
    let submit = cluster.home.godwit(&["submit", "--output", "json", "--", "true"]);
    let mut submit = Process::start(&mut { submit }, &cluster.home.path("submit"));
    eventually(LIMIT, "the trouble in the status", || (!trouble(&cluster).is_null()).then_some(()));
    let said = trouble(&cluster).to_string();
    assert!(said.contains(disk.trouble()), "{said}");
    let table = cluster.home.run(&["coordinator", "status"]);
    assert!(table.stdout.contains(disk.trouble()), "{table:?}");
    cluster.home.write("go", "");
    eventually(LIMIT, "the end of the task", || (history.ends() == 1).then_some(()));
    within(SILENCE, || None::<()>);
    assert_eq!(submit.printed(), "", "nothing is acknowledged that is not durable");
    let sentence = format!(
        "the store cannot be written ({}), and what is not durable is not shown; try again later",
        disk.trouble()
    );
    Scene::of(&cluster.home).refused("status 1", 3, &sentence);
    disk.free();
    assert_eq!(submit.wait(LIMIT).code(), Some(0), "{}", submit.printed());
    assert_eq!(cluster.wait(&running).code, 0);
    assert_eq!(cluster.wait("2").code, 0, "the submission that had to wait");
    assert_eq!(history.starts(), 1, "the task that ran through the trouble ran once");
    assert!(trouble(&cluster).is_null());
    assert_eq!(cluster.home.json(&["list"]).as_array().map(Vec::len), Some(2));
}

/// `/dev/full` takes nothing, as a full disk does.
#[test]
fn a_log_on_a_full_disk_ends_nobody() {
    let cluster = Cluster::start_by(|home| {
        let mut coordinator = shell(home, &["sh"], "exec \"$0\" coordinator start 2> /dev/full");
        let mut process = Process::start(&mut coordinator, &home.path("coordinator"));
        process.expect_output("epoch", LIMIT);
        process
    });
    let script = "exec \"$0\" worker start --cpus 1 > /dev/full 2>&1";
    let _worker = Process::start(&mut shell(&cluster.home, &["sh"], script), &cluster.home.path("w1"));
    let workflow = cluster.submit(&["--array", "0-9", "--", "true"]);
    assert_eq!(cluster.wait(&workflow).code, 0);
    assert_eq!(cluster.home.json(&["coordinator", "status"])["epoch"], 1);
    cluster.home.write("w.toml", &task("shell = \"true\""));
    let status = |script: &str| shell(&cluster.home, &["sh"], script).output().expect("a shell");
    let run = status("exec \"$0\" run w.toml 2> /dev/full");
    assert!(run.status.success(), "{run:?}");
    let list = status("exec \"$0\" list > /dev/full");
    assert_eq!(list.status.code(), Some(3), "{list:?}");
    let said = String::from_utf8_lossy(&list.stderr).into_owned();
    assert_eq!(said, "godwit: cannot write to standard output: no space left on device\n");
}
