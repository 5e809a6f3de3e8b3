//! Parts of a workflow as people name them: `7`, `7/align`, `7/align[12]`, `7/align[3-9]`.

use godwit_common::ids::WorkflowId;
use godwit_common::message::client::{Selector, TaskReference};
use std::str::FromStr;

/// A workflow, a group of it, a task, or a range of tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selection(pub(crate) Selector);

/// One task. The group may be left out where there is only one, the index where the group is a single task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TaskArgument(pub(crate) TaskReference);

const EXAMPLES: &str = "write it like 7, 7/align, 7/align[12] or 7/align[3-9]";

/// What stands before, between and after the brackets.
struct Parts {
    workflow: WorkflowId,
    group: Option<String>,
    indices: Option<(u32, u32)>,
}

fn parse(text: &str) -> Result<Parts, String> {
    let (path, indices) = match text.strip_suffix(']') {
        Some(open) => {
            let (path, inside) = open.rsplit_once('[').ok_or_else(|| lone_bracket(text))?;
            (path, Some(range(text, inside)?))
        }
        None if text.contains('[') => return Err(lone_bracket(text)),
        None => (text, None),
    };
    let (number, group) = match path.split_once('/') {
        Some((_, "")) => return Err(format!("'{text}' names no group after the '/'; {EXAMPLES}")),
        Some((number, group)) => (number, Some(group.to_owned())),
        None => (path, None),
    };
    Ok(Parts { workflow: workflow(text, number)?, group, indices })
}

fn workflow(text: &str, number: &str) -> Result<WorkflowId, String> {
    match number.parse() {
        Ok(0) | Err(_) => Err(format!("'{text}' does not begin with the number of a workflow; {EXAMPLES}")),
        Ok(number) => Ok(WorkflowId(number)),
    }
}

fn range(text: &str, inside: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("'{inside}' in '{text}' is neither an index nor a range of them; {EXAMPLES}");
    let index = |digits: &str| digits.parse::<u32>().map_err(|_| wrong());
    let (first, last) = match inside.split_once('-') {
        Some((first, last)) => (index(first)?, index(last)?),
        None => (index(inside)?, index(inside)?),
    };
    if first > last {
        return Err(format!("the range {first}-{last} in '{text}' is empty; write the smaller index first"));
    }
    Ok((first, last))
}

fn lone_bracket(text: &str) -> String {
    format!("'{text}' has a bracket without its other half; {EXAMPLES}")
}

impl FromStr for Selection {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Parts { workflow, group, indices } = parse(text)?;
        if group.is_none() && indices.is_some() {
            return Err(format!("'{text}' has an index but no group; {EXAMPLES}"));
        }
        Ok(Selection(Selector { workflow, group, indices }))
    }
}

impl FromStr for TaskArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Parts { workflow, group, indices } = parse(text)?;
        let index = match indices {
            Some((first, last)) if first != last => {
                return Err(format!(
                    "'{text}' is several tasks but one is needed; write it like 7/align[12]"
                ));
            }
            Some((first, _)) => Some(first),
            None => None,
        };
        Ok(TaskArgument(TaskReference { workflow, group, index }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: (u32, Option<&str>, Option<(u32, u32)>)) {
        let (workflow, group, indices) = expected;
        let selector = Selector { workflow: WorkflowId(workflow), group: group.map(str::to_owned), indices };
        assert_eq!(text.parse(), Ok(Selection(selector)), "{text}");
    }

    #[track_caller]
    fn refused(text: &str, fault: &str) {
        let sentence = text.parse::<Selection>().expect_err(text);
        assert!(sentence.contains(fault), "{text}: {sentence}");
    }

    #[test]
    fn selections_are_read() {
        check("7", (7, None, None));
        check("7/align", (7, Some("align"), None));
        check("7/align[12]", (7, Some("align"), Some((12, 12))));
        check("7/align[3-9]", (7, Some("align"), Some((3, 9))));
        check("7/a/b", (7, Some("a/b"), None));
    }

    #[test]
    fn wrong_selections_are_refused_with_a_reason() {
        refused("", "does not begin with the number");
        refused("align", "does not begin with the number");
        refused("0", "does not begin with the number");
        refused("-1", "does not begin with the number");
        refused("7/", "names no group");
        refused("7/align[12", "without its other half");
        refused("7/align12]", "without its other half");
        refused("7/align[]", "neither an index nor a range");
        refused("7/align[a]", "neither an index nor a range");
        refused("7/align[1-2-3]", "neither an index nor a range");
        refused("7/align[9-3]", "is empty");
        refused("7[3]", "no group");
        refused("99999999999", "does not begin with the number");
    }

    #[test]
    fn a_task_is_one_task() {
        let task = |text: &str| text.parse::<TaskArgument>().map(|task| (task.0.group, task.0.index));
        assert_eq!(task("7"), Ok((None, None)));
        assert_eq!(task("7[3]"), Ok((None, Some(3))));
        assert_eq!(task("7/align[3-3]"), Ok((Some("align".into()), Some(3))));
        assert!(task("7/align[3-9]").unwrap_err().contains("several tasks"));
    }
}
