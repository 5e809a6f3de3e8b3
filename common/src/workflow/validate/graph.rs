//! What the needs of all groups must be together: leading somewhere, of one size where they go element by element, and
//! without a cycle.

use super::Invalid;
use crate::workflow::{Dependency, Group, Target};

/// Members of a cycle that an error names; a longer one is cut in the middle.
const CYCLE_MEMBERS_MAX: usize = 12;

/// Checks the needs between `groups`.
pub(super) fn validate(groups: &[Group]) -> Result<(), Invalid> {
    for group in groups {
        for need in &group.needs {
            if let Target::Group(position) = need.on {
                edge(groups, group, position, need.by)?;
            }
        }
    }
    match cycle(groups) {
        Some(members) => Err(refusal(groups, &members)),
        None => Ok(()),
    }
}

fn edge(groups: &[Group], group: &Group, target: u32, by: Dependency) -> Result<(), Invalid> {
    let Some(target) = groups.get(target as usize) else {
        let fault = format!("it needs group {target} of {}", groups.len());
        return Err(Invalid::of_group(group, "needs", fault));
    };
    let (ours, theirs) = (group.shape.count(), target.shape.count());
    if by == Dependency::Elementwise && ours != theirs {
        let fault = format!(
            "'{name}[=]' goes element by element, but '{name}' has {theirs} and '{}' has {ours}",
            group.name,
            name = target.name
        );
        return Err(Invalid::of_group(group, "needs", fault));
    }
    Ok(())
}

/// The positions of the groups that `group` needs.
fn targets(group: &Group) -> impl Iterator<Item = usize> + '_ {
    group.needs.iter().filter_map(|need| match need.on {
        Target::Group(position) => Some(position as usize),
        Target::Earlier { .. } => None,
    })
}

/// A cycle, each member needing the next, if there is one.
fn cycle(groups: &[Group]) -> Option<Vec<usize>> {
    let stuck = stuck(groups);
    let start = stuck.iter().position(|stuck| *stuck)?;
    let mut seen_at = vec![usize::MAX; groups.len()];
    let mut path = Vec::new();
    let mut at = start;
    // Whatever is stuck needs something that is stuck, so the walk goes on until it meets itself.
    while seen_at[at] == usize::MAX {
        seen_at[at] = path.len();
        path.push(at);
        at = targets(&groups[at]).find(|target| stuck[*target])?;
    }
    let mut members = path.split_off(seen_at[at]);
    let first = (0..members.len()).min_by_key(|position| members[*position])?;
    members.rotate_left(first);
    Some(members)
}

/// Whether each group is left over when again and again the groups are taken away that need nothing (Kahn 1962).
fn stuck(groups: &[Group]) -> Vec<bool> {
    let (starts, dependents) = dependents(groups);
    let mut missing: Vec<usize> = groups.iter().map(|group| targets(group).count()).collect();
    let mut free: Vec<usize> = (0..groups.len()).filter(|group| missing[*group] == 0).collect();
    while let Some(group) = free.pop() {
        for dependent in &dependents[starts[group]..starts[group + 1]] {
            missing[*dependent] -= 1;
            if missing[*dependent] == 0 {
                free.push(*dependent);
            }
        }
    }
    missing.into_iter().map(|missing| missing > 0).collect()
}

/// Who needs each group: the groups at `starts[group]..starts[group + 1]`.
fn dependents(groups: &[Group]) -> (Vec<usize>, Vec<usize>) {
    let mut starts = vec![0; groups.len() + 1];
    for target in groups.iter().flat_map(targets) {
        starts[target + 1] += 1;
    }
    for group in 0..groups.len() {
        starts[group + 1] += starts[group];
    }
    let mut next = starts.clone();
    let mut dependents = vec![0; starts[groups.len()]];
    for (group, target) in groups
        .iter()
        .enumerate()
        .flat_map(|(position, group)| targets(group).map(move |target| (position, target)))
    {
        dependents[next[target]] = group;
        next[target] += 1;
    }
    (starts, dependents)
}

fn refusal(groups: &[Group], members: &[usize]) -> Invalid {
    let name = |member: &usize| groups[*member].name.as_str();
    let first = &groups[members[0]];
    if members.len() == 1 {
        return Invalid::of_group(first, "needs", "it needs itself");
    }
    let mut names: Vec<String> = members.iter().map(|member| name(member).to_owned()).collect();
    if names.len() > CYCLE_MEMBERS_MAX {
        let cut = names.len() - CYCLE_MEMBERS_MAX;
        let middle = CYCLE_MEMBERS_MAX / 2;
        names.splice(middle..middle + cut, [format!("({cut} more)")]);
    }
    names.push(first.name.clone());
    let fault = format!("the tasks need each other: {}", names.join(" -> "));
    Invalid::of_group(first, "needs", fault)
}
