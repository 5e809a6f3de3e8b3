//! What a workflow must be before anybody believes it.
//!
//! This is asked of foreign input: it never panics, and its cost grows with the size of the description, not with the
//! number of tasks.

mod graph;
mod group;
mod results;
mod shape;
mod submission;

#[cfg(test)]
mod tests;

use super::{Group, Workflow};
use crate::limits::{NAME_CHARACTERS_MAX, WORKFLOW_GROUPS_MAX, WORKFLOW_TASKS_MAX};
use crate::printable::one_line;
use std::fmt;

/// What is wrong with a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The group, if it is one group's fault.
    pub group: Option<String>,
    /// The key of the group, or of the workflow, if it is one key's fault.
    pub key: Option<&'static str>,
    /// What was found and what was expected.
    pub fault: String,
}

impl Workflow {
    /// Checks bounds, names, needs and cycles.
    ///
    /// # Errors
    /// The first fault found.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.validate_counts()?;
        submission::validate(self)?;
        self.validate_names()?;
        for group in &self.groups {
            group.validate()?;
        }
        self.validate_tasks()?;
        graph::validate(&self.groups)?;
        results::validate(&self.groups)
    }

    fn validate_counts(&self) -> Result<(), Invalid> {
        match self.groups.len() {
            0 => Err(Invalid::of_workflow(None, "there are no tasks".to_owned())),
            groups if groups > WORKFLOW_GROUPS_MAX => Err(Invalid::of_workflow(
                None,
                format!("there are {groups} groups of tasks, more than the limit of {WORKFLOW_GROUPS_MAX}"),
            )),
            _ => Ok(()),
        }
    }

    /// Counted after the groups were checked, each against its own limit.
    fn validate_tasks(&self) -> Result<(), Invalid> {
        match self.task_count() {
            tasks if tasks > WORKFLOW_TASKS_MAX => Err(Invalid::of_workflow(
                None,
                format!("there are {tasks} tasks, more than the limit of {WORKFLOW_TASKS_MAX}"),
            )),
            _ => Ok(()),
        }
    }

    fn validate_names(&self) -> Result<(), Invalid> {
        let mut names: Vec<&str> = self.groups.iter().map(|group| group.name.as_str()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(Invalid {
                group: Some(pair[0].to_owned()),
                key: Some("name"),
                fault: "another task has this name already; names are unique".to_owned(),
            }),
            None => Ok(()),
        }
    }
}

impl Invalid {
    fn of_workflow(key: Option<&'static str>, fault: String) -> Invalid {
        Invalid { group: None, key, fault }
    }

    fn of_group(group: &Group, key: &'static str, fault: impl Into<String>) -> Invalid {
        Invalid { group: Some(group.name.clone()), key: Some(key), fault: fault.into() }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(group) = &self.group {
            write!(f, "task '{}': ", one_line(group))?;
        }
        if let Some(key) = self.key {
            write!(f, "{key}: ")?;
        }
        f.write_str(&one_line(&self.fault))
    }
}

impl std::error::Error for Invalid {}

/// What is wrong with `name` as the name of a group, a matrix axis or a resource, if anything is: such names stand in
/// `7/align[12]` and in placeholders.
pub fn name_fault(name: &str) -> Option<String> {
    let special = |character: &char| matches!(character, '/' | '[' | ']' | '{' | '}');
    match name.chars().find(special) {
        Some(character) => {
            Some(format!("the name {name:?} has a '{character}', which has a meaning of its own"))
        }
        None => text_fault(name),
    }
}

/// What is wrong with `name` as anything that stands in a line of text.
fn text_fault(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("the name is empty".to_owned());
    }
    let characters = name.chars().count();
    if characters > NAME_CHARACTERS_MAX {
        return Some(format!(
            "the name has {characters} characters, more than the limit of {NAME_CHARACTERS_MAX}"
        ));
    }
    if name.chars().any(char::is_control) {
        return Some(format!("the name {name:?} has a control character"));
    }
    (name.trim() != name).then(|| format!("the name {name:?} starts or ends with white space"))
}
