//! Gathering what the key of a task is made of: its spec filled in, the digests of what it reads, and what stands for
//! the tasks that it needs. Or the reason why it has no key.

use super::key::{Element, Feed, Form, Recipe, combined, digest};
use super::makers::{Maker, Makers, values};
use crate::Core;
use crate::state::{Group, Need, Source, State, Workflow};
use godwit_common::ids::{GroupId, TaskId, WorkflowId};
use godwit_common::memo::{ContentDigest, Memo, OutputState, Stamp, Value};
use godwit_common::reading::{absolute, is_ignored, words};
use godwit_common::shape::Shape;
use godwit_common::task::{Command, Stdin, TaskSpec};
use godwit_common::template::{Placeholder, Template, Values};
use godwit_common::workflow::Dependency;
use std::collections::{BTreeMap, BTreeSet};

/// Digests over the keys of groups that are complete, or why there is none; worked out once.
pub(crate) type Combined = BTreeMap<GroupId, Result<[u8; 32], String>>;

/// What a key is made of, and which files it takes to be as they were.
#[derive(Clone, Debug)]
pub(crate) struct Gathered {
    pub(crate) recipe: Recipe,
    /// Files that were digested: path and stamp, sorted by path.
    pub(crate) basis: Vec<(String, Stamp)>,
}

/// One task whose parts are gathered.
struct Gatherer<'a> {
    state: &'a State,
    makers: &'a Makers,
    workflow: &'a Workflow,
    id: WorkflowId,
    group: &'a Group,
    task: TaskId,
    values: Values<'a>,
    folder: String,
    cwd: String,
    basis: Vec<(String, Stamp)>,
    /// Tasks of which it reads an output or the value.
    read: BTreeSet<TaskId>,
}

/// What a task's key is made of.
///
/// # Errors
/// The reason why it has none, as the end of a sentence.
pub(crate) fn gather(
    state: &State,
    makers: &Makers,
    combined: &mut Combined,
    task: TaskId,
) -> Result<Gathered, String> {
    let gone = || "it is not there any more".to_owned();
    let workflow = state.workflow(task.workflow()).ok_or_else(gone)?;
    let group = state.group(task.group).ok_or_else(gone)?;
    let values = values(&group.spec, task.position);
    let gatherer = Gatherer {
        state,
        makers,
        workflow,
        id: task.workflow(),
        group,
        task,
        values,
        folder: absolute("/", &workflow.folder),
        cwd: absolute("/", &group.spec.task.cwd.render(&values)),
        basis: Vec::new(),
        read: BTreeSet::new(),
    };
    gatherer.gather(combined)
}

impl Gatherer<'_> {
    fn gather(mut self, combined: &mut Combined) -> Result<Gathered, String> {
        let spec = self.group.spec.clone();
        let task = &spec.task;
        self.refuse_attempts(task)?;
        let results = self.results(task)?;
        let fill = |template: &Template| fill(template, &self.values, &results);
        let (form, words) = match &task.command {
            Command::Argv(words) => {
                let word = |word: &Template| (!is_left_out(task, word)).then(|| fill(word));
                (Form::Argv, words.iter().map(word).collect())
            }
            Command::Shell(text) => (Form::Shell, vec![Some(fill(&without_ignored(task, text)))]),
        };
        let declared = task
            .env
            .iter()
            .filter(|(name, _)| task.caching.ignore.is_empty() || !is_ignored(task, &format!("env.{name}")));
        let mut env: Vec<(String, String)> =
            declared.map(|(name, value)| (name.clone(), fill(value))).collect();
        env.sort_unstable();
        let text = match &task.stdin {
            Stdin::Text(text) => fill(text),
            Stdin::Null | Stdin::File(_) => String::new(),
        };
        let files = self.files_of_words(task);
        let inputs = self.inputs(task)?;
        let stdin = self.stdin(task, text)?;
        let recipe = Recipe {
            group: spec.name.clone(),
            version: task.caching.version.clone(),
            element: self.element(task),
            form,
            words,
            files,
            stdin,
            env,
            inputs,
            outputs: task.outputs.iter().map(|output| self.name(&self.path(output))).collect(),
            capture: task.capture,
            cwd: (self.cwd != self.folder).then(|| self.name(&self.cwd)),
            needs: self.needs(combined)?,
        };
        self.basis.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        self.basis.dedup();
        Ok(Gathered { recipe, basis: self.basis })
    }

    fn path(&self, template: &Template) -> String {
        absolute(&self.cwd, &template.render(&self.values))
    }

    /// The name of a file in the key.
    fn name(&self, path: &str) -> String {
        name_in(&self.folder, path)
    }

    fn refuse_attempts(&self, task: &TaskSpec) -> Result<(), String> {
        let paths = task.inputs.iter().chain(&task.outputs).chain([&task.cwd]);
        let attempt = |path: &&Template| path.placeholders().any(|p| *p == Placeholder::Attempt);
        match paths.into_iter().find(attempt) {
            Some(path) => Err(format!("the path {path} is another one in every attempt")),
            None => Ok(()),
        }
    }

    /// The digests of the values that it asks for.
    fn results(&mut self, task: &TaskSpec) -> Result<BTreeMap<String, ContentDigest>, String> {
        let mut results = BTreeMap::new();
        if !self.group.asks_values {
            return Ok(results);
        }
        for name in result_names(task) {
            let source = value_source(self.workflow, self.task, &name);
            let value = source.and_then(|source| Some((source, value_of(self.state, source)?)));
            let (source, value) =
                value.ok_or_else(|| format!("the value of {name}, which it asks for, is not there"))?;
            self.read.insert(source);
            results.insert(
                name,
                match value {
                    Value::Inline(text) => digest(&text),
                    Value::Blob { digest, .. } => digest,
                },
            );
        }
        Ok(results)
    }

    /// Contents of files that words of the command name.
    fn files_of_words(&mut self, task: &TaskSpec) -> Vec<(String, ContentDigest)> {
        if self.workflow.files.is_empty() && self.makers.is_empty() {
            return Vec::new();
        }
        let reduced = reduced(task);
        let paths = words(reduced.as_ref().unwrap_or(task));
        let paths: Vec<String> = paths.iter().flat_map(|word| word.paths(&self.values, &self.cwd)).collect();
        let mut files = Vec::new();
        for path in paths {
            if let Some((digest, stamp)) = self.known(&path) {
                files.push((self.name(&path), digest));
                self.basis.push((path, stamp));
            } else if let Some((maker, output)) = self.made(&path) {
                files.push((self.name(&path), output.digest));
                // It may be a folder, of which a worker says nothing; but what is needed was there before.
                if !self.group.needs.iter().any(|need| need.source == Source::Group(maker.group)) {
                    self.basis.push((path, output.stamp));
                }
            }
        }
        files.sort_unstable();
        files.dedup();
        files
    }

    /// A file that was digested at submission.
    fn known(&self, path: &str) -> Option<(ContentDigest, Stamp)> {
        let files = &self.workflow.files;
        let found = files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        Some((files[found].digest, files[found].stamp))
    }

    /// A file that another task has made.
    fn made(&self, path: &str) -> Option<(TaskId, OutputState)> {
        let Maker::Task(task, place) = self.makers.maker(self.state, self.id, path) else { return None };
        let memo = memo_of(self.state, task).filter(|_| task != self.task)?;
        Some((task, *memo.outputs.get(place)?))
    }

    fn inputs(&mut self, task: &TaskSpec) -> Result<Vec<(String, ContentDigest)>, String> {
        let declared = task.inputs.iter().filter(|input| !is_left_out(task, input));
        declared.map(|input| self.input(self.path(input))).collect()
    }

    fn stdin(&mut self, task: &TaskSpec, text: String) -> Result<Feed, String> {
        Ok(match &task.stdin {
            Stdin::Null => Feed::Null,
            Stdin::Text(_) | Stdin::File(_) if is_ignored(task, "stdin") => Feed::LeftOut,
            Stdin::Text(_) => Feed::Text(text),
            Stdin::File(path) => {
                let (name, digest) = self.input(self.path(path))?;
                Feed::File(name, digest)
            }
        })
    }

    /// Name and content of a file that it reads.
    fn input(&mut self, path: String) -> Result<(String, ContentDigest), String> {
        let name = self.name(&path);
        let (digest, stamp) = match self.makers.maker(self.state, self.id, &path) {
            Maker::Nobody => self.known(&path).ok_or_else(|| {
                format!("its input {name} was not there when it was submitted, and no task declares it as an output")
            })?,
            Maker::Several => return Err(format!("its input {name} is made by several tasks")),
            Maker::Task(task, _) if task == self.task => {
                return Err(format!("it changes its own input {name}"));
            }
            Maker::Task(task, place) => {
                let memo = memo_of(self.state, task);
                let output = memo.and_then(|memo| memo.outputs.get(place).copied()).ok_or_else(|| {
                    format!("its input {name}, which {} makes, was not digested", self.task_name(task))
                })?;
                self.read.insert(task);
                (output.digest, output.stamp)
            }
        };
        self.basis.push((path, stamp));
        Ok((name, digest))
    }

    fn element(&self, task: &TaskSpec) -> Element {
        let spec = &self.group.spec;
        let index = spec.shape.index(self.task.position);
        let mentioned = || mentions_index(task).then_some(index);
        match &spec.shape {
            Shape::Single => Element::Single,
            Shape::Indices(_) => Element::Index(index),
            Shape::Items(_) => {
                let item = spec.shape.item(self.task.position).unwrap_or_default();
                Element::Item(item.to_owned(), mentioned())
            }
            Shape::Matrix(axes) => {
                let value = |name: &str| spec.shape.axis(self.task.position, name).unwrap_or_default();
                let axes = axes.iter().map(|axis| (axis.name.clone(), value(&axis.name).to_owned()));
                Element::Axes(axes.collect(), mentioned())
            }
        }
    }

    fn needs(&self, combined: &mut Combined) -> Result<Vec<[u8; 32]>, String> {
        let mut needs = Vec::new();
        for need in &self.group.needs {
            needs.extend(self.need(need, combined)?);
        }
        needs.sort_unstable();
        Ok(needs)
    }

    /// What stands for a need; nothing if what is read of it does.
    fn need(&self, need: &Need, combined: &mut Combined) -> Result<Option<[u8; 32]>, String> {
        let group = match need.source {
            Source::Group(group) => group,
            Source::Workflow(id) => return workflow_digest(self.state, id, combined).map(Some),
            Source::Met | Source::Gone(_) => {
                return Err(
                    "it needs an earlier workflow that had ended before, whose results are not part of \
                            keys"
                        .to_owned(),
                );
            }
        };
        let tasks = self.state.group(group).map_or(0, Group::tasks);
        if need.by == Dependency::Elementwise || tasks == 1 {
            let position = if tasks == 1 { 0 } else { self.task.position };
            let needed = group.task(position);
            if self.read.contains(&needed) {
                return Ok(None);
            }
            let key = memo_of(self.state, needed).and_then(|memo| memo.key);
            let name = || format!("it needs {}, whose result is not cached", self.task_name(needed));
            return key.map(|key| Some(key.0)).ok_or_else(name);
        }
        let read = self.read.range(group.task(0)..group.task(tasks)).count();
        if read as u64 == u64::from(tasks) {
            return Ok(None);
        }
        group_digest(self.state, group, combined).map(Some)
    }

    fn task_name(&self, task: TaskId) -> String {
        name_of(self.state, task, self.id)
    }
}

/// One digest for the keys of a complete group.
fn group_digest(state: &State, id: GroupId, known: &mut Combined) -> Result<[u8; 32], String> {
    if let Some(known) = known.get(&id) {
        return known.clone();
    }
    let tasks = state.group(id).map_or(0, Group::tasks);
    let mut keys = Vec::with_capacity(tasks as usize);
    let mut fault = None;
    for position in 0..tasks {
        match memo_of(state, id.task(position)).and_then(|memo| memo.key) {
            Some(key) => keys.push(key.0),
            None => {
                let name = name_of(state, id.task(position), id.workflow);
                fault = Some(format!("it needs {name}, whose result is not cached"));
                break;
            }
        }
    }
    let digest = fault.map_or_else(|| Ok(combined(keys.into_iter())), Err);
    known.insert(id, digest.clone());
    digest
}

fn workflow_digest(state: &State, id: WorkflowId, known: &mut Combined) -> Result<[u8; 32], String> {
    let groups = state.workflow(id).map_or(&[][..], |workflow| &workflow.groups);
    let digests: Result<Vec<[u8; 32]>, String> =
        groups.iter().map(|group| group_digest(state, group.spec.id, known)).collect();
    digests.map(|digests| combined(digests.into_iter()))
}

/// What a task that succeeded left behind.
pub(crate) fn memo_of(state: &State, task: TaskId) -> Option<Memo> {
    let brief = state.group(task.group)?.brief(task.position)?;
    Some(brief.made?.memo)
}

/// The value of a task that succeeded.
pub(crate) fn value_of(state: &State, task: TaskId) -> Option<Value> {
    memo_of(state, task)?.value
}

/// The names of the values that a task asks for, each once.
pub(crate) fn result_names(task: &TaskSpec) -> BTreeSet<String> {
    let placeholders = task.templates().flat_map(|(_, template)| template.placeholders());
    let names = placeholders.filter_map(|placeholder| match placeholder {
        Placeholder::Result(name) => Some(name.clone()),
        _ => None,
    });
    names.collect()
}

/// The task whose value `{result.NAME}` of a task is.
pub(crate) fn value_source(workflow: &Workflow, task: TaskId, name: &str) -> Option<TaskId> {
    let group = &workflow.groups[workflow.group_named(name)? as usize];
    let position = if group.tasks() == 1 { 0 } else { task.position };
    (position < group.tasks()).then(|| group.spec.id.task(position))
}

/// The name of a file in keys: below the workflow's folder as seen from there.
pub(crate) fn name_in(folder: &str, path: &str) -> String {
    if path == folder {
        return ".".to_owned();
    }
    let below = path.strip_prefix(folder).and_then(|rest| match folder {
        "/" => Some(rest),
        _ => rest.strip_prefix('/'),
    });
    below.unwrap_or(path).to_owned()
}

fn name_of(state: &State, task: TaskId, from: WorkflowId) -> String {
    match state.group(task.group) {
        Some(group) if task.workflow() == from => Core::name_in(group, task.position),
        Some(group) => format!("{}/{}", task.workflow(), Core::name_in(group, task.position)),
        None => "a task that is gone".to_owned(),
    }
}

/// The text of a template for the key. What is another text in every attempt is named, and a value is named by its
/// digest; NUL, which no text has, keeps them apart from what was written.
fn fill(template: &Template, values: &Values<'_>, results: &BTreeMap<String, ContentDigest>) -> String {
    template.render_with(|placeholder, out| match placeholder {
        Placeholder::Attempt => out.push_str("\0attempt\0"),
        Placeholder::Result(name) => {
            let digest = results.get(name).map(ToString::to_string).unwrap_or_default();
            out.push_str(&format!("\0value {digest}\0"));
        }
        _ => placeholder.render(values, out),
    })
}

/// The text of a shell without the words that the key leaves out.
fn without_ignored(task: &TaskSpec, text: &Template) -> Template {
    let written = text.to_string();
    if task.caching.ignore.is_empty() {
        return text.clone();
    }
    let pieces = written.split_inclusive(char::is_whitespace).map(|piece| {
        let word = piece.trim_end();
        if is_ignored(task, word) { piece.replacen(word, "\0left out\0", 1) } else { piece.to_owned() }
    });
    // A placeholder has no white space, so what is left is a template; if it were not, nothing is left out.
    Template::parse(&pieces.collect::<String>()).unwrap_or_else(|_| text.clone())
}

/// The spec as its words are looked at, if that is not the spec itself.
pub(crate) fn reduced(task: &TaskSpec) -> Option<TaskSpec> {
    match &task.command {
        Command::Shell(text) if !task.caching.ignore.is_empty() => {
            Some(TaskSpec { command: Command::Shell(without_ignored(task, text)), ..task.clone() })
        }
        Command::Shell(_) | Command::Argv(_) => None,
    }
}

/// Whether the key leaves out a word or an input.
fn is_left_out(task: &TaskSpec, template: &Template) -> bool {
    !task.caching.ignore.is_empty() && is_ignored(task, &template.to_string())
}

/// Whether the text of a task asks its environment for its index, its name or its workflow.
fn mentions_index(task: &TaskSpec) -> bool {
    let mentions = |template: &Template| {
        let text = template.to_string();
        text.contains("GODWIT_INDEX") || text.contains("GODWIT_TASK")
    };
    task.templates().any(|(_, template)| mentions(template))
}
