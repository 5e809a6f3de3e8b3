//! The top level of a workflow file: its name, its failure rule, and where its tasks are.

use super::draft::Draft;
use super::error::Fault;
use super::node::Node;
use super::table::{Key, Kind, exclusive, find, names, unknown};
use super::{Source, paths, read};
use crate::checkpoint::CheckpointMode;
use crate::limits::NAME_CHARACTERS_MAX;
use crate::workflow::FailureRule;
use std::time::Duration;

/// What the top level says itself.
#[derive(Default)]
pub(super) struct Top {
    /// What the workflow is called.
    pub(super) name: String,
    /// When to give up.
    pub(super) failure_rule: FailureRule,
    /// When outcomes become durable.
    pub(super) checkpoint: Option<CheckpointMode>,
    /// How often, in mode `periodic`.
    pub(super) checkpoint_period: Option<Duration>,
}

/// Keys of the top level.
pub(super) static TOP: &[Key<Top>] = &[
    Key {
        name: "$schema",
        kind: Kind::Text,
        about: "Tells an editor where the schema of this file is; has no meaning here.",
        default: "",
        read: |_, node| read::text(node).map(drop),
    },
    Key {
        name: "name",
        kind: Kind::Text,
        about: "What the workflow is called. The default is the name of the file without its extension.",
        default: "",
        read: |top, node| read::text(node).map(|name| name.clone_into(&mut top.name)),
    },
    Key {
        name: "on_failure",
        kind: Kind::Choice(&["continue", "stop"]),
        about: "What the first failed task does: whatever does not need it goes on, or everything stops.",
        default: "\"continue\"",
        read: |top, node| read::choice(node, FAILURE_RULES).map(|rule| top.failure_rule = rule),
    },
    Key {
        name: "max_failures",
        kind: Kind::Integer { min: 0, max: u32::MAX as i64 },
        about: "Everything stops when more than this many tasks have failed; instead of 'on_failure'.",
        default: "",
        read: |top, node| {
            let failures = read::integer(node, 0, i64::from(u32::MAX))?;
            top.failure_rule = FailureRule::StopAfter(failures);
            Ok(())
        },
    },
    Key {
        name: "checkpoint",
        kind: Kind::Choice(&["task_exit", "periodic", "workflow_exit", "dfk_exit", "manual", "off"]),
        about: "When outcomes are made durable: each before anyone is told of it, every 'checkpoint_period', at the end \
                of the workflow, on request, or never. The default is the cluster's.",
        default: "",
        read: |top, node| read::choice(node, MODES).map(|mode| top.checkpoint = Some(mode)),
    },
    Key {
        name: "checkpoint_period",
        kind: Kind::Duration,
        about: "With checkpoint = \"periodic\": outcomes are durable at the latest so long after they happened. The \
                default is the cluster's.",
        default: "",
        read: |top, node| read::duration(node).map(|period| top.checkpoint_period = Some(period)),
    },
    Key {
        name: "defaults",
        kind: Kind::Defaults,
        about: "Keys of all tasks that do not say otherwise.",
        default: "",
        read: |_, node| node.entries("a table, written [defaults]").map(drop),
    },
    Key {
        name: "task",
        kind: Kind::Tasks,
        about: "The tasks.",
        default: "",
        read: |_, node| node.elements(TASKS_EXPECTED).map(drop),
    },
];

const TASKS_EXPECTED: &str = "a list of tables, written [[task]]";

const FAILURE_RULES: &[(&str, FailureRule)] =
    &[("continue", FailureRule::Continue), ("stop", FailureRule::StopAfter(0))];

const MODES: &[(&str, CheckpointMode)] = &[
    ("task_exit", CheckpointMode::TaskExit),
    ("periodic", CheckpointMode::Periodic),
    ("workflow_exit", CheckpointMode::WorkflowExit),
    ("dfk_exit", CheckpointMode::WorkflowExit),
    ("manual", CheckpointMode::Manual),
    ("off", CheckpointMode::Off),
];

/// Reads what the top level says itself.
pub(super) fn read(root: &Node<'_>, source: &Source<'_>) -> Result<Top, Fault> {
    let entries = root.entries("a table")?;
    exclusive(entries, &["on_failure", "max_failures"])?;
    let mut top = Top { name: default_name(source.path), ..Top::default() };
    for entry in entries {
        match find(TOP, &entry.key) {
            Some(key) => (key.read)(&mut top, &entry.node).map_err(|fault| fault.at_key(key.name))?,
            None => return Err(unknown(entry, names(TOP))),
        }
    }
    Ok(top)
}

/// The tasks in the order of the file.
pub(super) fn tasks<'n, 'a>(root: &'n Node<'a>) -> Result<&'n [Node<'a>], Fault> {
    let tasks = match root.get("task") {
        Some(node) => node.elements(TASKS_EXPECTED)?,
        None => &[],
    };
    if tasks.is_empty() {
        return Err(Fault::somewhere(None, "there are no tasks; a workflow has at least one [[task]]"));
    }
    Ok(tasks)
}

/// What all tasks start from.
pub(super) fn defaults(root: &Node<'_>, folder: &str) -> Result<Draft, Fault> {
    let mut draft = Draft::new(folder);
    if let Some(node) = root.get("defaults") {
        draft.read_defaults(node).map_err(|fault| fault.at_key("defaults"))?;
    }
    Ok(draft)
}

/// A file can have a name that a workflow cannot.
fn default_name(path: &str) -> String {
    let visible = paths::stem(path).chars().filter(|character| !character.is_control());
    let name: String = visible.take(NAME_CHARACTERS_MAX).collect();
    match name.trim() {
        "" => "workflow".to_owned(),
        name => name.to_owned(),
    }
}
