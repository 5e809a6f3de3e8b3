//! A disk in memory that all workers of a world see: tasks read and write files there, and what they make follows from
//! what they read.

use godwit_common::ids::{Attempt, AttemptId, Epoch};
use godwit_common::memo::{Check, Checked, ContentDigest, FileDigest, OutputState, Produced, Stamp};
use godwit_common::message::worker::GroupSpec;
use godwit_common::reading::{absolute, declared, is_ignored, words};
use godwit_common::task::{Capture, Command, Stdin};
use godwit_common::template::{Template, Values};
use godwit_common::workflow::Workflow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// Files by path: their content, and when they were written last.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Rc<RefCell<Files>>);

#[derive(Debug, Default)]
struct Files {
    files: BTreeMap<String, (String, i64)>,
    clock: i64,
    /// What every process that came to its end saw and made.
    runs: BTreeMap<AttemptId, Made>,
}

/// What a process saw and made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) seen: String,
    pub(super) outputs: Vec<(String, String)>,
    pub(super) value: Option<Arc<str>>,
}

pub(super) fn hash(text: &str) -> ContentDigest {
    crate::memo::digest(text)
}

impl Disk {
    pub(super) fn write(&self, path: &str, content: &str) {
        let mut files = self.0.borrow_mut();
        files.clock += 1;
        let clock = files.clock;
        files.files.insert(path.to_owned(), (content.to_owned(), clock));
    }

    pub(super) fn remove(&self, path: &str) {
        self.0.borrow_mut().files.remove(path);
    }

    pub(super) fn read(&self, path: &str) -> Option<String> {
        self.0.borrow().files.get(path).map(|(content, _)| content.clone())
    }

    /// Another disk with the same files.
    pub(super) fn copy(&self) -> Disk {
        let copy = Disk::default();
        self.0.borrow().files.iter().for_each(|(path, (content, _))| copy.write(path, content));
        copy
    }

    pub(super) fn made_by(&self, id: AttemptId) -> Option<Made> {
        self.0.borrow().runs.get(&id).cloned()
    }

    fn state(&self, path: &str) -> Option<OutputState> {
        let files = self.0.borrow();
        let (content, modified) = files.files.get(path)?;
        let stamp = Stamp { size: content.len() as u64, modified: *modified };
        Some(OutputState { digest: hash(content), stamp })
    }

    /// What a client says of the files that a workflow reads and no task of it makes.
    pub(super) fn digest_for(&self, workflow: &mut Workflow) {
        let mut made = BTreeSet::new();
        let mut named = BTreeSet::new();
        for group in &workflow.groups {
            for position in 0..group.shape.len() {
                let values = Values { shape: &group.shape, position, attempt: 1, workflow: 0, results: &[] };
                let cwd = group.task.cwd.render(&values);
                let path = |template: &Template| absolute(&cwd, &template.render(&values));
                made.extend(group.task.outputs.iter().map(path));
                named.extend(declared(&group.task).into_iter().map(path));
                named.extend(words(&group.task).iter().flat_map(|word| word.paths(&values, &cwd)));
            }
        }
        let there = named.difference(&made).filter_map(|path| {
            let OutputState { digest, stamp } = self.state(path)?;
            Some(FileDigest { path: path.clone(), digest, stamp })
        });
        workflow.files = there.collect();
    }

    /// What a process may read, as it is now.
    pub(super) fn reads(&self, task: &Execution<'_>) -> Vec<(String, Stamp)> {
        let values = task.values();
        let cwd = task.spec.task.cwd.render(&values);
        let mut paths: BTreeSet<String> = declared(&task.spec.task)
            .into_iter()
            .map(|template| absolute(&cwd, &template.render(&values)))
            .collect();
        paths.extend(words(&task.spec.task).iter().flat_map(|word| word.paths(&values, &cwd)));
        paths.into_iter().filter_map(|path| Some((path.clone(), self.state(&path)?.stamp))).collect()
    }

    /// A process: what it makes is a function of what it can see.
    pub(super) fn run(&self, task: &Execution<'_>, read: Vec<(String, Stamp)>) -> Produced {
        let seen = task.sees(self);
        let before: BTreeMap<&String, Stamp> = read.iter().map(|(path, stamp)| (path, *stamp)).collect();
        let changed = |path: &&String| self.state(path).map(|state| state.stamp) != before.get(path).copied();
        let outputs = task.outputs();
        let disturbed = before.keys().copied().filter(|path| !outputs.contains(path)).find(changed).cloned();
        for path in &outputs {
            self.write(path, &format!("{path} of {}", hash(&seen)));
        }
        let value = (task.spec.task.capture == Capture::Stdout).then(|| Arc::from(task.value(&seen)));
        let content = |path: &String| (path.clone(), self.read(path).unwrap_or_default());
        let made = Made { seen, outputs: outputs.iter().map(content).collect(), value: value.clone() };
        let attempt = Attempt { number: task.attempt, epoch: task.epoch };
        let id = AttemptId { task: task.spec.id.task(task.position), attempt };
        self.0.borrow_mut().runs.insert(id, made);
        let states = outputs.iter().filter_map(|path| self.state(path)).collect();
        Produced { outputs: states, value, read, disturbed }
    }

    pub(super) fn check(&self, check: &Check) -> Checked {
        let changed = check
            .outputs
            .iter()
            .find(|(path, was)| self.state(path).is_none_or(|state| state.digest != was.digest));
        let fault = changed.map(|(path, _)| format!("{path} was changed"));
        Checked { task: check.task, number: check.number, fault }
    }
}

/// One task that is run.
pub(super) struct Execution<'a> {
    pub(super) spec: &'a GroupSpec,
    pub(super) position: u32,
    pub(super) attempt: u32,
    pub(super) epoch: Epoch,
    pub(super) results: &'a [(String, Arc<str>)],
}

impl Execution<'_> {
    fn values(&self) -> Values<'_> {
        Values {
            shape: &self.spec.shape,
            position: self.position,
            attempt: self.attempt,
            workflow: self.spec.id.workflow.0,
            results: self.results,
        }
    }

    pub(super) fn outputs(&self) -> Vec<String> {
        let values = self.values();
        let cwd = self.spec.task.cwd.render(&values);
        self.spec.task.outputs.iter().map(|output| absolute(&cwd, &output.render(&values))).collect()
    }

    /// Everything that its result follows from.
    pub(super) fn sees(&self, disk: &Disk) -> String {
        let values = self.values();
        let task = &self.spec.task;
        let cwd = task.cwd.render(&values);
        let command: Vec<String> = match &task.command {
            Command::Argv(words) => words.iter().map(|word| word.render(&values)).collect(),
            Command::Shell(text) => vec![text.render(&values)],
        };
        let env: Vec<(&String, String)> =
            task.env.iter().map(|(name, value)| (name, value.render(&values))).collect();
        let stdin = match &task.stdin {
            Stdin::Null => String::new(),
            Stdin::Text(text) => text.render(&values),
            Stdin::File(path) => disk.read(&absolute(&cwd, &path.render(&values))).unwrap_or_default(),
        };
        // What is left out of the key does not count, says whoever wrote the task.
        let inputs = task.inputs.iter().filter(|input| !is_ignored(task, &input.to_string()));
        let inputs: Vec<Option<String>> =
            inputs.map(|input| disk.read(&absolute(&cwd, &input.render(&values)))).collect();
        let named = words(task).iter().flat_map(|word| word.paths(&values, &cwd)).collect::<Vec<String>>();
        let outputs = self.outputs();
        let named: Vec<Option<String>> =
            named.iter().filter(|path| !outputs.contains(path)).map(|path| disk.read(path)).collect();
        format!("{command:?} {env:?} {stdin} {inputs:?} {named:?} {}", task.caching.version)
    }

    /// A word `size=N` makes the value so many bytes long.
    fn value(&self, seen: &str) -> String {
        let short = hash(seen).to_string()[..8].to_owned();
        let Command::Argv(words) = &self.spec.task.command else { return short };
        let size = words.iter().find_map(|word| word.to_string().strip_prefix("size=")?.parse().ok());
        short.repeat(size.map_or(1, |size: usize| size.div_ceil(8)))
    }
}
