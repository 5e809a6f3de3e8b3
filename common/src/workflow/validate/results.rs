//! Where `{result.NAME}` may stand: NAME has a value, it is there before the task starts, and it is one value.

use super::Invalid;
use crate::nearest::hint;
use crate::task::Capture;
use crate::template::Placeholder;
use crate::workflow::{Dependency, Group, Need, Target};
use std::collections::BTreeMap;

/// Checks every `{result.NAME}` of `groups`, whose needs lead somewhere.
pub(super) fn validate(groups: &[Group]) -> Result<(), Invalid> {
    if !groups.iter().any(|group| uses(group).next().is_some()) {
        return Ok(());
    }
    let names = groups.iter().map(|group| group.name.as_str()).zip(0u32..).collect();
    let known = Known { groups, names };
    for group in groups {
        for (key, name) in uses(group) {
            if let Some(fault) = known.fault(group, key, name) {
                return Err(Invalid::of_group(group, key, fault));
            }
        }
    }
    Ok(())
}

/// The names in `{result.NAME}` of a group, each with its key.
fn uses(group: &Group) -> impl Iterator<Item = (&'static str, &str)> {
    group.task.templates().flat_map(|(key, template)| {
        template.placeholders().filter_map(move |placeholder| match placeholder {
            Placeholder::Result(name) => Some((key, name.as_str())),
            _ => None,
        })
    })
}

struct Known<'a> {
    groups: &'a [Group],
    names: BTreeMap<&'a str, u32>,
}

impl Known<'_> {
    fn fault(&self, group: &Group, key: &str, name: &str) -> Option<String> {
        let used = format!("{{result.{name}}}");
        if super::group::is_path(key) {
            return Some(format!(
                "{used} cannot stand in a path, since paths are part of what the workflow is before it runs; put it \
                 into the command, stdin or env"
            ));
        }
        let Some(position) = self.names.get(name) else {
            return Some(format!(
                "{used} is the value of a task that is not there{}",
                hint(name, self.names.keys().copied())
            ));
        };
        let source = &self.groups[*position as usize];
        if source.name == group.name {
            return Some(format!("{used} is its own value, which is known only when it has run"));
        }
        if source.task.capture == Capture::No {
            return Some(format!("'{name}' has no value; write capture = \"stdout\" in task '{name}'"));
        }
        let need = group.needs.iter().find(|need| need.on == Target::Group(*position));
        let (ours, theirs) = (group.shape.count(), source.shape.count());
        match need {
            _ if source.shape.is_array() && ours != theirs => Some(format!(
                "{used} is not one value, since '{name}' has {theirs} and this task has {ours}; only a single task, or \
                 an array of the same size, has one value for each"
            )),
            None => Some(format!(
                "{used} is the value of a task that it does not need; write {}",
                self.needs_with(group, source)
            )),
            Some(Need { by: Dependency::Barrier, .. }) if source.shape.is_array() => Some(format!(
                "{used} is not one value, since '{name}' is an array and '{name}' alone waits for all of it; write {}",
                self.needs_with(group, source)
            )),
            Some(_) => None,
        }
    }

    /// The line to write so that `group` needs what makes one value of `source`.
    fn needs_with(&self, group: &Group, source: &Group) -> String {
        let mut needs: Vec<String> = group.needs.iter().filter_map(|need| self.written(need)).collect();
        needs.retain(|need| *need != source.name);
        let elementwise = if source.shape.is_array() { "[=]" } else { "" };
        needs.push(format!("{}{elementwise}", source.name));
        let needs: Vec<String> = needs.iter().map(|need| format!("\"{need}\"")).collect();
        format!("needs = [{}]", needs.join(", "))
    }

    fn written(&self, need: &Need) -> Option<String> {
        let target = match &need.on {
            Target::Group(position) => self.groups.get(*position as usize)?.name.clone(),
            Target::Earlier { workflow, group: None } => workflow.to_string(),
            Target::Earlier { workflow, group: Some(group) } => format!("{workflow}/{group}"),
        };
        let elementwise = if need.by == Dependency::Elementwise { "[=]" } else { "" };
        Some(format!("{target}{elementwise}"))
    }
}
