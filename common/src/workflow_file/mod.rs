//! Workflow files: TOML or JSON text in, a [`Workflow`] out.
//!
//! Both formats become one tree of nodes that know their place in the text, and one set of key tables reads that
//! tree, makes the JSON Schema and offers the nearest key for a misspelt one. Nothing here opens a file: the text is
//! an argument, and so is what reads the file that `items_from` names.

mod caching;
mod draft;
mod error;
mod json;
mod keys;
mod node;
mod notation;
mod paths;
mod read;
mod resources;
mod schema;
mod shape;
mod table;
mod toml;
mod top;

#[cfg(test)]
mod tests;

pub use error::FileError;
pub use notation::{array, earlier};
pub use schema::schema;

use crate::ids::Token;
use crate::limits::WORKFLOW_GROUPS_MAX;
use crate::memo::Reuse;
use crate::workflow::{Group, Invalid, Workflow};
use draft::Draft;
use error::Fault;
use node::{Node, Value};
use std::collections::BTreeMap;

/// How a workflow file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// TOML 1.1
    Toml,
    /// JSON
    Json,
}

/// Where the text of a workflow file comes from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// What errors call the file.
    pub path: &'a str,
    /// How it is written.
    pub format: Format,
    /// The absolute folder of the file, from which `cwd` and `items_from` are counted.
    pub folder: &'a str,
}

/// Reads the file at an absolute path, for `items_from`.
pub type ReadFile<'a> = dyn FnMut(&str) -> Result<String, String> + 'a;

/// Reads a workflow file.
///
/// # Errors
/// The first fault, with its place. A workflow that is returned has passed [`Workflow::validate`].
pub fn parse(
    text: &str,
    source: &Source<'_>,
    read: &mut ReadFile<'_>,
    submission: Token,
) -> Result<Workflow, FileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = match source.format {
        Format::Toml => toml::parse(text),
        Format::Json => json::parse(text),
    };
    root.and_then(|root| build(&root, source, read, submission))
        .map_err(|fault| fault.in_file(source.path, text))
}

fn build(
    root: &Node<'_>,
    source: &Source<'_>,
    read: &mut ReadFile<'_>,
    submission: Token,
) -> Result<Workflow, Fault> {
    let top = top::read(root, source)?;
    let tasks = top::tasks(root)?;
    let names = names(tasks)?;
    let defaults = top::defaults(root, source.folder)?;
    let mut groups = Vec::with_capacity(tasks.len());
    for (node, name) in tasks.iter().zip(&names.list) {
        let group = group(node, name, &defaults, &names, read);
        groups.push(group.map_err(|fault| fault.of(part(name)))?);
    }
    defaults.ignore.fit_some(&groups)?;
    let mut workflow = Workflow {
        name: top.name,
        submission,
        digest: [0; 32],
        failure_rule: top.failure_rule,
        checkpoint: top.checkpoint,
        checkpoint_period: top.checkpoint_period,
        folder: source.folder.to_owned(),
        reuse: Reuse::All,
        rerun: Vec::new(),
        files: Vec::new(),
        groups,
    };
    workflow.validate().map_err(|invalid| locate(invalid, root, &names))?;
    workflow.digest = workflow.content_digest();
    Ok(workflow)
}

/// The names of the tasks of a file, each once.
struct Names<'a> {
    list: Vec<&'a str>,
    positions: BTreeMap<&'a str, u32>,
}

/// Names come first: errors speak of tasks by name, and `needs` may name a task further down.
fn names<'a>(tasks: &'a [Node<'a>]) -> Result<Names<'a>, Fault> {
    if let Some(node) = tasks.get(WORKFLOW_GROUPS_MAX) {
        let fault = format!("more than {WORKFLOW_GROUPS_MAX} tasks; make arrays of those that are alike");
        return Err(Fault::new(node, fault));
    }
    let mut names = Names { list: Vec::with_capacity(tasks.len()), positions: BTreeMap::new() };
    for (position, node) in (0u32..).zip(tasks) {
        let name = name(node).map_err(|fault| fault.of(format!("task {}", position + 1)))?;
        if names.positions.insert(name, position).is_some() {
            let place = node.get("name").unwrap_or(node);
            let fault = Fault::new(place, "another task has this name already; names are unique");
            return Err(fault.at_key("name").of(part(name)));
        }
        names.list.push(name);
    }
    Ok(names)
}

fn name<'a>(task: &'a Node<'a>) -> Result<&'a str, Fault> {
    if !matches!(task.value, Value::Table(_)) {
        return Err(task.unexpected("a table with at least a name and a command"));
    }
    let Some(node) = task.get("name") else {
        return Err(Fault::new(task, "missing; every task has a name of its own").at_key("name"));
    };
    read::text(node).map_err(|fault| fault.at_key("name"))
}

fn group(
    node: &Node<'_>,
    name: &str,
    defaults: &Draft,
    names: &Names<'_>,
    read: &mut ReadFile<'_>,
) -> Result<Group, Fault> {
    let mut draft = defaults.clone();
    draft.read_task(node)?;
    draft.load_items(read)?;
    draft.finish(node, name, names)
}

/// Finds the place in the file of what [`Workflow::validate`] found.
fn locate(invalid: Invalid, root: &Node<'_>, names: &Names<'_>) -> Fault {
    let Invalid { group, key, fault } = invalid;
    let position = group.as_deref().and_then(|name| names.positions.get(name));
    let task = position.and_then(|position| top::tasks(root).ok()?.get(*position as usize));
    let key = key.unwrap_or_default();
    let node = match task {
        Some(task) => Some(task.get(key).unwrap_or(task)),
        None => root.get(key),
    };
    let fault = Fault::somewhere(node.map(|node| node.at), fault).at_key(key);
    match group {
        Some(name) => fault.of(part(&name)),
        None => fault,
    }
}

fn part(task: &str) -> String {
    format!("task '{task}'")
}
