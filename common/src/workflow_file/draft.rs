//! A task while it is being read: first what `[defaults]` says, then what its own table says.

use super::caching::Ignored;
use super::error::Fault;
use super::keys::{SHARED, TASK};
use super::node::{Entry, Node};
use super::resources::RESOURCES;
use super::shape::{SHAPE_KEYS, items_of_file};
use super::table::{exclusive, find, names, unknown};
use super::{Names, ReadFile, notation, paths};
use crate::nearest::hint;
use crate::resources::Request;
use crate::shape::Shape;
use crate::task::{Command, TaskSpec};
use crate::template::Template;
use crate::workflow::{Dependency, Group, Need, Target};
use std::rc::Rc;
use std::time::Duration;

/// What is known of a task so far.
#[derive(Clone)]
pub(super) struct Draft {
    /// The folder of the file.
    pub(super) folder: Rc<str>,
    /// All that needs no second look. The command is empty until it has been read.
    pub(super) spec: TaskSpec,
    /// As it was written.
    pub(super) cwd: Option<Template>,
    /// As it was written; else it is never below the first delay.
    pub(super) delay_max: Option<Duration>,
    /// From the resource keys.
    pub(super) resources: Request,
    /// From `request`, instead.
    pub(super) variants: Option<Vec<Request>>,
    /// A single task, or what the shape's keys say.
    pub(super) shape: Shape,
    /// The path in `items_from`, and where it stands.
    pub(super) items_from: Option<(String, usize)>,
    /// As they were written, and where they stand.
    pub(super) needs: Vec<(String, usize)>,
    /// What the key leaves out.
    pub(super) ignore: Ignored,
}

impl Draft {
    /// A task of a file in `folder` of which nothing has been said.
    pub(super) fn new(folder: &str) -> Draft {
        Draft {
            folder: folder.into(),
            spec: TaskSpec::new(Command::Argv(Vec::new()), folder),
            cwd: None,
            delay_max: None,
            resources: Request::default(),
            variants: None,
            shape: Shape::Single,
            items_from: None,
            needs: Vec::new(),
            ignore: Ignored::default(),
        }
    }

    /// Reads `[defaults]`.
    pub(super) fn read_defaults(&mut self, node: &Node<'_>) -> Result<(), Fault> {
        for entry in self.begin(node)? {
            if find(TASK, &entry.key).is_some() {
                let fault = format!("'{}' belongs to each task, not to [defaults]", entry.key);
                return Err(Fault::new(&entry.node, fault));
            }
            self.read_shared(entry)?;
        }
        self.ignore.be_shared();
        Ok(())
    }

    /// Reads a `[[task]]`.
    pub(super) fn read_task(&mut self, node: &Node<'_>) -> Result<(), Fault> {
        for entry in self.begin(node)? {
            match find(TASK, &entry.key) {
                Some(key) => (key.read)(self, &entry.node).map_err(|fault| fault.at_key(key.name))?,
                None => self.read_shared(entry)?,
            }
        }
        Ok(())
    }

    /// Refuses contradictions within one table, and lets its requests replace those of `[defaults]`.
    fn begin<'n, 'a>(&mut self, node: &'n Node<'a>) -> Result<&'n [Entry<'a>], Fault> {
        let entries = node.entries("a table")?;
        for keys in [&["command", "shell"], SHAPE_KEYS, &["stdin", "stdin_file"]] {
            exclusive(entries, keys)?;
        }
        let resource = entries.iter().find(|entry| find(RESOURCES, &entry.key).is_some());
        let request = entries.iter().find(|entry| entry.key == "request");
        if let (Some(resource), Some(request)) = (resource, request) {
            let fault = format!("there are both 'request' and '{}'; put it into each request", resource.key);
            return Err(Fault::new(&request.node, fault));
        }
        if resource.is_some() {
            self.variants = None;
        }
        Ok(entries)
    }

    fn read_shared(&mut self, entry: &Entry<'_>) -> Result<(), Fault> {
        let read = match (find(SHARED, &entry.key), find(RESOURCES, &entry.key)) {
            (Some(key), _) => (key.read)(self, &entry.node),
            (None, Some(key)) => (key.read)(&mut self.resources, &entry.node),
            (None, None) => {
                let known = names(TASK).chain(names(SHARED)).chain(names(RESOURCES));
                return Err(unknown(entry, known));
            }
        };
        read.map_err(|fault| fault.at_key(&entry.key))
    }

    /// Reads the file that `items_from` names.
    pub(super) fn load_items(&mut self, read: &mut ReadFile<'_>) -> Result<(), Fault> {
        let Some((path, at)) = self.items_from.take() else {
            return Ok(());
        };
        let path = paths::join(&self.folder, &path);
        let fault = |fault| Fault::somewhere(Some(at), fault).at_key("items_from");
        let text = read(&path).map_err(|cause| fault(format!("cannot read {path}: {cause}")))?;
        self.shape = items_of_file(&text);
        if self.shape.is_empty() {
            return Err(fault(format!("{path} has no items; write one on each line")));
        }
        Ok(())
    }

    /// The group, once everything has been read.
    pub(super) fn finish(mut self, node: &Node<'_>, name: &str, names: &Names<'_>) -> Result<Group, Fault> {
        let has_command = node.get("command").or_else(|| node.get("shell")).is_some();
        if !has_command {
            let fault =
                "there is no command; write command = [\"program\", \"argument\"] or shell = \"a | b\"";
            return Err(Fault::new(node, fault));
        }
        if let Some(cwd) = self.cwd.take() {
            let absolute = cwd.is_absolute(&self.shape);
            self.spec.cwd = if absolute { cwd } else { paths::join_template(&self.folder, &cwd) };
        }
        self.spec.caching.ignore = self.ignore.of(&self.spec)?;
        let retry = &mut self.spec.retry;
        retry.delay_max = self.delay_max.unwrap_or(retry.delay_max.max(retry.delay));
        self.spec.requests = self.variants.unwrap_or_else(|| vec![self.resources]);
        Ok(Group {
            name: name.to_owned(),
            shape: self.shape,
            needs: needs(&self.needs, names)?,
            task: self.spec,
        })
    }
}

fn needs(written: &[(String, usize)], names: &Names<'_>) -> Result<Vec<Need>, Fault> {
    let resolve = |(position, (text, at)): (usize, &(String, usize))| {
        need(text, names)
            .map_err(|fault| Fault::somewhere(Some(*at), fault).at_element(position).at_key("needs"))
    };
    written.iter().enumerate().map(resolve).collect()
}

/// A task of this file goes before an earlier submission of the same name.
fn need(text: &str, names: &Names<'_>) -> Result<Need, String> {
    let (name, by): (&str, Dependency) = notation::split_dependency(text);
    if let Some(position) = names.positions.get(name) {
        return Ok(Need { on: Target::Group(*position), by });
    }
    if name.contains('/') || name.bytes().all(|byte| byte.is_ascii_digit()) {
        return notation::earlier(text);
    }
    if let Some((task, _)) = name.split_once('[').filter(|_| name.ends_with(']')) {
        return Err(format!(
            "'{name}' is one element; write '{task}' to wait for all of them, or '{task}[=]' to go element by element"
        ));
    }
    Err(format!("there is no task '{name}'{}", hint(name, names.list.iter().copied())))
}
