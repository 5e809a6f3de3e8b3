//! One cell's scene: a workflow of which all tasks but the last have ended, half of them before the last save.
//!
//! The project folder (workflow file, history) is on a disk that survives; the home (access directory, spools, local
//! store) is the node's own.

use crate::place::{Place, Site};
use crate::table::{Mode, TASKS};
use godwit_integration_tests::{Cluster, History, Home, Process, Worker, eventually};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::time::Duration;
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(90);

/// The file that the last task waits for.
const END: &str = "end";
/// The file that makes it fail.
const FAIL: &str = "fail";

/// What is there in a cell.
pub(crate) struct Scene {
    mode: Mode,
    project: TempDir,
    history: History,
    place: Place,
    stage: Option<Stage>,
    /// Starts of `early` and `late` before the death.
    before: (usize, usize),
}

/// Who runs the workflow.
enum Stage {
    Run { home: Home, process: Process },
    Cluster { cluster: Box<Cluster>, worker: Worker },
}

impl Stage {
    fn home(&self) -> &Home {
        match self {
            Stage::Run { home, .. } => home,
            Stage::Cluster { cluster, .. } => &cluster.home,
        }
    }

    fn status(&self) -> Option<Value> {
        let answer = self.home().run(&["status", "1", "--output", "json"]);
        (answer.code == 0).then(|| answer.json())
    }
}

impl Scene {
    /// Starts a workflow and waits until only its last task is left.
    pub(crate) fn set(mode: Mode, site: &Site, is_run: bool) -> Scene {
        let project = tempfile::Builder::new().prefix("godwit-project-").tempdir().expect("a folder");
        let history = History::new(project.path());
        std::fs::write(project.path().join("workflow.toml"), workflow(mode, &history))
            .expect("it is written");
        let place = site.place(project.path());
        let mut scene = Scene { mode, project, history, place, stage: None, before: (0, 0) };
        scene.stage = Some(if is_run { scene.start_run() } else { scene.start_cluster() });
        scene.expect_succeeded(TASKS);
        scene.save();
        scene.touch("go");
        scene.expect_succeeded(2 * TASKS);
        scene
    }

    fn file(&self, name: &str) -> String {
        self.project.path().join(name).display().to_string()
    }

    fn touch(&self, name: &str) {
        std::fs::write(self.file(name), "").expect("a file can be written");
    }

    fn stage(&mut self) -> &mut Stage {
        self.stage.as_mut().expect("it is running")
    }

    fn start_run(&self) -> Stage {
        let home = self.place.home();
        let mut command = self.run_command(&home, &["--listen", "127.0.0.1:0"]);
        let process = Process::start(&mut command, &home.path("run"));
        Stage::Run { home, process }
    }

    fn run_command(&self, home: &Home, options: &[&str]) -> std::process::Command {
        let file = self.file("workflow.toml");
        let mut arguments = vec!["run", file.as_str(), "--store", self.place.url(), "--cpus", "4"];
        arguments.extend(options);
        home.godwit(&arguments)
    }

    fn start_cluster(&self) -> Stage {
        let cluster = Cluster::start_in(self.place.home(), &["--store", self.place.url()]);
        let worker = cluster.start_worker("worker", &["--cpus", "4"]);
        cluster.submit(&[&self.file("workflow.toml")]);
        Stage::Cluster { cluster: Box::new(cluster), worker }
    }

    fn expect_succeeded(&mut self, count: usize) {
        self.expect_status(&format!("{count} successes"), |status| {
            status["counts"]["succeeded"].as_u64() >= Some(count as u64)
        });
    }

    fn expect_status(&mut self, what: &str, holds: impl Fn(&Value) -> bool) {
        let stage = self.stage();
        eventually(LIMIT, what, || stage.status().filter(|status| holds(status)).map(drop));
    }

    /// What somebody who uses the mode does, or waits for.
    fn save(&mut self) {
        match self.mode {
            Mode::Manual => {
                let answer = self.stage().home().run(&["checkpoint", "now"]);
                assert_eq!(answer.code, 0, "{answer:?}");
            }
            Mode::Periodic => self.expect_status("a saved state", |status| status["unsaved"] == 0),
            Mode::TaskExit | Mode::WorkflowExit | Mode::Off => {}
        }
    }

    pub(crate) fn fail_the_last_task(&mut self) {
        self.let_the_last_task_fail();
        self.expect_end_of_run();
    }

    pub(crate) fn let_the_last_task_fail(&mut self) {
        self.touch(FAIL);
        self.touch(END);
    }

    pub(crate) fn cancel(&mut self) {
        let answer = self.stage().home().run(&["cancel", "1"]);
        assert_eq!(answer.code, 0, "{answer:?}");
        self.expect_end_of_run();
    }

    fn run(&mut self) -> &mut Process {
        match self.stage() {
            Stage::Run { process, .. } => process,
            Stage::Cluster { .. } => panic!("there is no run"),
        }
    }

    pub(crate) fn signal_run(&mut self, signal: Signal) {
        self.run().signal(signal);
    }

    pub(crate) fn expect_notice_of_run(&mut self, text: &str) {
        self.run().expect_output(text, LIMIT);
    }

    pub(crate) fn expect_end_of_run(&mut self) {
        self.run().wait(LIMIT);
    }

    pub(crate) fn kill_run(&mut self) {
        self.run().kill();
    }

    fn cluster(&mut self) -> (&mut Cluster, &mut Worker) {
        match self.stage() {
            Stage::Cluster { cluster, worker } => (cluster, worker),
            Stage::Run { .. } => panic!("there is no cluster"),
        }
    }

    /// Ends the coordinator in an orderly way and starts the next.
    pub(crate) fn stop_coordinator(&mut self) {
        let (cluster, _) = self.cluster();
        cluster.coordinator().signal(Signal::SIGTERM);
        let status = cluster.coordinator().wait(LIMIT);
        assert_eq!(status.code(), Some(0), "{}", cluster.coordinator().printed());
        cluster.start_coordinator();
    }

    pub(crate) fn kill_coordinator(&mut self) {
        let (cluster, _) = self.cluster();
        cluster.kill_coordinator();
        cluster.start_coordinator();
    }

    pub(crate) fn kill_all(&mut self) {
        let (cluster, worker) = self.cluster();
        cluster.kill_coordinator();
        worker.process.kill();
        cluster.start_coordinator();
        *worker = cluster.start_worker_process("second", &["--cpus", "4"]);
    }

    /// Only the store, the project folder and a copy of the cluster's credentials are left.
    pub(crate) fn lose_disk(&mut self) {
        let credentials = self.file("coordinator.access");
        let (cluster, worker) = self.cluster();
        let answer = cluster.home.run(&["access", "export", "--role", "coordinator", "-o", &credentials]);
        assert_eq!(answer.code, 0, "{answer:?}");
        cluster.kill_coordinator();
        worker.process.kill();
        self.stage = None;
        let options = ["--store", self.place.url(), "--access", &credentials];
        let cluster = Box::new(Cluster::start_in(self.place.home(), &options));
        let worker = cluster.start_worker_process("second", &["--cpus", "4"]);
        self.stage = Some(Stage::Cluster { cluster, worker });
    }

    /// Lets the workflow come to its end, and says how many tasks of `early` and `late` ran again.
    pub(crate) fn finish(&mut self) -> (usize, usize) {
        self.before = self.starts();
        let _ = std::fs::remove_file(self.file(FAIL));
        self.touch(END);
        match self.stage.take().expect("it was running") {
            Stage::Run { home, .. } => self.run_again(&home),
            Stage::Cluster { mut cluster, .. } if self.mode == Mode::Off => self.submit_again(&mut cluster),
            Stage::Cluster { cluster, .. } => {
                let answer = cluster.wait("1");
                assert_eq!(answer.code, 0, "{answer:?}");
            }
        }
        let after = self.starts();
        (after.0 - self.before.0, after.1 - self.before.1)
    }

    fn run_again(&self, home: &Home) {
        let output = self.run_command(home, &["--output", "json"]).output().expect("it can be started");
        let answer = godwit_integration_tests::Answer::of(output);
        assert_eq!(answer.code, 0, "{answer:?}");
        assert_eq!(answer.json()["counts"]["succeeded"], 2 * TASKS + 1, "{answer:?}");
    }

    /// In mode `off` the next coordinator knows nothing of the workflow, and says so.
    fn submit_again(&self, cluster: &mut Cluster) {
        let answer = cluster.home.run(&["status", "1"]);
        assert_eq!(answer.code, 2, "{answer:?}");
        let workflow = cluster.submit(&[&self.file("workflow.toml")]);
        let answer = cluster.wait(&workflow);
        assert_eq!(answer.code, 0, "{answer:?}");
    }

    fn starts(&self) -> (usize, usize) {
        let starts = self.history.count("start");
        let of = |group: &str| {
            let named = starts.iter().filter(|(task, _)| task.contains(group));
            named.map(|(_, count)| *count as usize).sum()
        };
        (of("/early["), of("/late["))
    }
}

fn workflow(mode: Mode, history: &History) -> String {
    let (early, late) = (history.task("true"), history.task("while ! test -e go; do sleep 0.02; done"));
    let last = format!("while ! test -e {END}; do sleep 0.02; done; test ! -e {FAIL}");
    let period = if mode == Mode::Periodic { "checkpoint_period = \"2s\"\n" } else { "" };
    let size = TASKS - 1;
    format!(
        "name = \"survival\"\ncheckpoint = \"{mode}\"\n{period}\
         [[task]]\nname = \"early\"\narray = \"0-{size}\"\nshell = '''{early}'''\n\
         [[task]]\nname = \"late\"\narray = \"0-{size}\"\nneeds = [\"early\"]\nshell = '''{late}'''\n\
         [[task]]\nname = \"last\"\nneeds = [\"late\"]\nshell = '''{last}'''\n"
    )
}
