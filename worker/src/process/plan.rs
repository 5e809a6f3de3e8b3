//! What exactly is to be started: every placeholder filled in, every path absolute, the whole environment.

use super::reading::Reading;
use crate::detect::Devices;
use crate::procfs::MARK;
use crate::shell::Shell;
use godwit_common::shape::TaskName;
use godwit_common::task::{Capture, Command, Stdin};
use godwit_common::template::{Template, Values};
use godwit_worker_core::action::Launch;
use std::path::{Path, PathBuf};

/// What exactly is to be started.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The program and its arguments; at least the program.
    pub(crate) words: Vec<String>,
    /// Variables beside those that the worker has.
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) cwd: PathBuf,
    pub(crate) stdin: Input,
    /// A file of its own instead of the spool.
    pub(crate) stdout: Option<PathBuf>,
    /// A file of its own instead of the spool.
    pub(crate) stderr: Option<PathBuf>,
    /// Declared outputs: as they were written, and where they have to be.
    pub(crate) outputs: Vec<(String, PathBuf)>,
    /// The files that it may read, if anybody wants to know.
    pub(crate) reading: Reading,
    /// Whether its standard output becomes its value.
    pub(crate) capture: Capture,
    /// The system's numbers of its own cpus; empty if it is not pinned.
    pub(crate) cpus: Vec<usize>,
}

/// Standard input.
#[derive(Debug)]
pub(crate) enum Input {
    Null,
    Text(String),
    File(PathBuf),
}

impl Plan {
    pub(crate) fn new(shell: &Shell, launch: &Launch, mark: &str) -> Plan {
        let task = &launch.spec.task;
        let values = Values {
            shape: &launch.spec.shape,
            position: launch.id.task.position,
            attempt: launch.id.attempt.number,
            workflow: launch.id.task.workflow().0,
            results: &launch.values,
        };
        let render = |template: &Template| template.render(&values);
        let folder = render(&task.cwd);
        let cwd = PathBuf::from(&folder);
        let place = |template: &Template| cwd.join(render(template));
        Plan {
            words: match &task.command {
                Command::Argv(words) => words.iter().map(render).collect(),
                Command::Shell(text) => vec!["/bin/sh".to_owned(), "-c".to_owned(), render(text)],
            },
            environment: environment(shell, launch, mark, &values),
            stdin: match &task.stdin {
                Stdin::Null => Input::Null,
                Stdin::Text(text) => Input::Text(render(text)),
                Stdin::File(path) => Input::File(place(path)),
            },
            stdout: task.stdout.as_ref().map(place),
            stderr: task.stderr.as_ref().map(place),
            outputs: task.outputs.iter().map(|path| (render(path), place(path))).collect(),
            reading: Reading::new(task, &values, &folder),
            capture: task.capture,
            cpus: launch.pinned.iter().filter_map(|position| shell.cpu(*position)).collect(),
            cwd,
        }
    }

    /// A variable as the process will see it.
    pub(crate) fn variable(&self, name: &str) -> Option<std::ffi::OsString> {
        let own = self.environment.iter().rev().find(|(known, _)| known == name);
        own.map_or_else(|| std::env::var_os(name), |(_, value)| Some(value.into()))
    }
}

/// What Godwit says first, then what the task says, which therefore wins.
fn environment(shell: &Shell, launch: &Launch, mark: &str, values: &Values<'_>) -> Vec<(String, String)> {
    let spec = &launch.spec;
    let mut variables = Vec::new();
    let mut set = |name: &str, value: String| variables.push((name.to_owned(), value));
    let name = TaskName { group: &spec.name, shape: values.shape, position: values.position };
    set("GODWIT_WORKFLOW", values.workflow.to_string());
    set("GODWIT_TASK", format!("{}/{name}", values.workflow));
    set("GODWIT_INDEX", values.shape.index(values.position).to_string());
    if let Some(item) = values.shape.item(values.position) {
        set("GODWIT_ITEM", item.to_owned());
    }
    set("GODWIT_ATTEMPT", values.attempt.to_string());
    set("GODWIT_WORKER", launch.worker.to_string());
    let request = spec.task.requests.get(usize::from(launch.variant));
    if let Some(request) = request {
        set("GODWIT_CPUS", request.cpus.to_string());
        if std::env::var_os("OMP_NUM_THREADS").is_none() {
            set("OMP_NUM_THREADS", request.cpus.ceil().max(1).to_string());
        }
    }
    for (name, value) in shell.devices.visible(&launch.gpus) {
        set(name, value);
    }
    for (name, template) in &spec.task.env {
        set(name, template.render(values));
    }
    set(MARK, mark.to_owned());
    variables
}

impl Devices {
    /// The variables that show a task its own gpus only, so that none uses those of another. Without gpus nothing is
    /// said.
    pub(crate) fn visible(&self, gpus: &[u32]) -> Vec<(&'static str, String)> {
        let ids: Vec<&str> = gpus.iter().filter_map(|gpu| self.id(*gpu)).collect();
        let ids = ids.join(",");
        self.variables().iter().map(|name| (*name, ids.clone())).collect()
    }
}

/// Whether something is at `path`, as far as can be seen.
pub(crate) fn exists(path: &Path) -> bool {
    path.metadata().is_ok()
}
