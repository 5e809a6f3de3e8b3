//! A coordinator and workers as processes of their own, on loopback.

use crate::home::{Answer, Home};
use crate::process::Process;
use crate::wait::eventually;
use serde_json::Value;
use std::time::Duration;

const START_LIMIT: Duration = Duration::from_secs(20);

/// A cluster of processes.
#[derive(Debug)]
pub struct Cluster {
    /// Where it keeps everything.
    pub home: Home,
    coordinator: Option<Process>,
    starts: u32,
    options: Vec<String>,
}

/// A worker process.
#[derive(Debug)]
pub struct Worker {
    /// The process.
    pub process: Process,
}

impl Cluster {
    /// Starts a coordinator and waits until it is ready.
    pub fn start() -> Cluster {
        Cluster::start_with(&[])
    }

    /// Starts a coordinator with further arguments.
    pub fn start_with(options: &[&str]) -> Cluster {
        Cluster::start_in(Home::new(), options)
    }

    /// Starts a coordinator in this home.
    pub fn start_in(home: Home, options: &[&str]) -> Cluster {
        let options = options.iter().map(|&option| option.to_owned()).collect();
        let mut cluster = Cluster { home, coordinator: None, starts: 0, options };
        cluster.start_coordinator();
        cluster
    }

    /// A cluster with a coordinator that `start` has started and waited for.
    pub fn start_by(start: impl FnOnce(&Home) -> Process) -> Cluster {
        let home = Home::new();
        let coordinator = Some(start(&home));
        Cluster { home, coordinator, starts: 1, options: Vec::new() }
    }

    /// Starts a coordinator again.
    pub fn start_coordinator(&mut self) {
        self.starts += 1;
        let output = self.home.path(&format!("coordinator-{}", self.starts));
        let mut arguments = vec!["coordinator", "start"];
        arguments.extend(self.options.iter().map(String::as_str));
        let mut process = Process::start(&mut self.home.godwit(&arguments), &output);
        process.expect_output("epoch", START_LIMIT);
        self.coordinator = Some(process);
    }

    /// The coordinator.
    ///
    /// # Panics
    /// If there is none.
    pub fn coordinator(&mut self) -> &mut Process {
        self.coordinator.as_mut().expect("a coordinator is running")
    }

    /// Ends the coordinator with SIGKILL.
    pub fn kill_coordinator(&mut self) {
        self.coordinator().kill();
        self.coordinator = None;
    }

    /// Starts a worker and waits until the coordinator knows it.
    pub fn start_worker(&self, name: &str, options: &[&str]) -> Worker {
        let known = self.workers().len();
        let worker = self.start_worker_process(name, options);
        eventually(START_LIMIT, &format!("worker {name}"), || (self.workers().len() > known).then_some(()));
        worker
    }

    /// Starts a worker.
    pub fn start_worker_process(&self, name: &str, options: &[&str]) -> Worker {
        let mut arguments = vec!["worker", "start"];
        arguments.extend(options);
        Worker { process: Process::start(&mut self.home.godwit(&arguments), &self.home.path(name)) }
    }

    /// What `godwit worker list` says.
    pub fn workers(&self) -> Vec<Value> {
        self.home.json(&["worker", "list"]).as_array().cloned().unwrap_or_default()
    }

    /// Submits and says the number of the workflow.
    ///
    /// # Panics
    /// If it is not accepted.
    pub fn submit(&self, arguments: &[&str]) -> String {
        let arguments: Vec<&str> = ["submit", "--output", "json"].iter().chain(arguments).copied().collect();
        let answer = self.home.run(&arguments);
        assert_eq!(answer.code, 0, "{arguments:?}: {answer:?}");
        answer.json()["workflow"].as_u64().expect("a workflow has a number").to_string()
    }

    /// What `godwit status` says of a workflow.
    pub fn status(&self, workflow: &str) -> Value {
        self.home.json(&["status", workflow])
    }

    /// Waits until so many tasks of a workflow have succeeded.
    pub fn expect_succeeded(&self, workflow: &str, count: u64, limit: Duration) {
        eventually(limit, &format!("{count} successes"), || {
            (self.status(workflow)["counts"]["succeeded"].as_u64()? >= count).then_some(())
        });
    }

    /// Runs `godwit wait`.
    pub fn wait(&self, workflow: &str) -> Answer {
        self.home.run(&["wait", workflow])
    }
}
