//! A store that is full: nothing is acknowledged, running tasks go on, `coordinator status` says why, and all goes on
//! when there is room again.
//!
//! The store is a small file system of its own where the machine lets a user mount one, and else a process that may
//! not write.

use crate::check::Scene;
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
    let status = Command::new("prlimit")
        .arg(format!("--fsize={limit}"))
        .args(["--pid", &pid.to_string()])
        .status();
    assert!(status.expect("prlimit can be started").success());
}

/// Whether this machine lets its users mount.
fn may_mount(folder: &Path) -> bool {
    let mount = format!("mount -t tmpfs tmpfs '{}'", folder.display());
    let output = Command::new("unshare").args(["-rm", "sh", "-c", &mount]).output();
    output.is_ok_and(|output| output.status.success())
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
    let godwit = home.godwit(&[]);
    let mut shell = Command::new(if mounts { "unshare" } else { "sh" });
    if mounts {
        shell.args(["-rm", "sh"]);
    }
    shell.arg("-c").arg(script).arg(godwit.get_program());
    shell
        .current_dir(home.work())
        .envs(godwit.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut process = Process::start(&mut shell, &home.path("coordinator"));
    process.expect_output("epoch", LIMIT);
    let pid = process.pid();
    let disk = match mounts {
        true => Disk::Mounted {
            filler: PathBuf::from(format!("/proc/{pid}/root{place}/filler")),
        },
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
    let running = cluster.submit(&[
        "--",
        "sh",
        "-c",
        &history.task("until test -e go; do sleep 0.05; done"),
    ]);
    eventually(LIMIT, "the task", || (history.starts() == 1).then_some(()));
    disk.fill();
    let submit = cluster.home.godwit(&["submit", "--output", "json", "--", "true"]);
    let mut submit = Process::start(&mut { submit }, &cluster.home.path("submit"));
    eventually(LIMIT, "the trouble in the status", || {
        (!trouble(&cluster).is_null()).then_some(())
    });
    let said = trouble(&cluster).to_string();
    assert!(said.contains(disk.trouble()), "{said}");
    let table = cluster.home.run(&["coordinator", "status"]);
    assert!(table.stdout.contains(disk.trouble()), "{table:?}");
    cluster.home.write("go", "");
    eventually(LIMIT, "the end of the task", || {
        (history.ends() == 1).then_some(())
    });
    within(SILENCE, || None::<()>);
    assert_eq!(
        submit.printed(),
        "",
        "nothing is acknowledged that is not durable"
    );
    let sentence = format!(
        "the store cannot be written ({}), and what is not durable is not shown; try again later",
        disk.trouble()
    );
    Scene::of(&cluster.home).refused("status 1", 3, &sentence);
    disk.free();
    assert_eq!(submit.wait(LIMIT).code(), Some(0), "{}", submit.printed());
    assert_eq!(cluster.wait(&running).code, 0);
    assert_eq!(cluster.wait("2").code, 0, "the submission that had to wait");
    assert_eq!(
        history.starts(),
        1,
        "the task that ran through the trouble ran once"
    );
    assert!(trouble(&cluster).is_null());
    assert_eq!(cluster.home.json(&["list"]).as_array().map(Vec::len), Some(2));
}
