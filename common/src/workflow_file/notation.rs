//! What stands inside texts: `0-999` for indices, `split[=]` and `7/split` for needs.

use crate::ids::WorkflowId;
use crate::shape::IndexRange;
use crate::workflow::{Dependency, Need, Target};

/// Reads indices such as `0-999`, `1-10:3` or `1,3,5-9`.
///
/// # Errors
/// A sentence that says what was found and what is expected.
pub fn array(text: &str) -> Result<Vec<IndexRange>, String> {
    let wrong = || format!("'{text}' is not a list of indices; write it like 0-999, 1-10:3 or 1,3,5-9");
    let ranges: Option<Vec<IndexRange>> = text.split(',').map(range).collect();
    let ranges = ranges.ok_or_else(wrong)?;
    match ranges.iter().find(|range| range.first > range.last || range.step == 0) {
        Some(range) if range.step == 0 => Err(format!("'{text}' has a step of 0; the smallest step is 1")),
        Some(range) => Err(format!(
            "'{text}' counts down from {} to {}; write the smaller index first",
            range.first, range.last
        )),
        None => Ok(ranges),
    }
}

fn range(text: &str) -> Option<IndexRange> {
    let (range, step) = match text.split_once(':') {
        Some((range, step)) => (range, number(step)?),
        None => (text, 1),
    };
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    Some(IndexRange { first: number(first)?, last: number(last)?, step })
}

/// Digits only: `parse` alone would take a sign.
fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// Reads a need on an earlier submission: `7` for all of it, `7/split` for one of its groups, `7/split[=]` for that
/// group task by task.
///
/// # Errors
/// A sentence that says what was found and what is expected.
pub fn earlier(text: &str) -> Result<Need, String> {
    let (target, by) = split_dependency(text);
    let (workflow, group) = match target.split_once('/') {
        Some((workflow, group)) => (workflow, Some(group)),
        None => (target, None),
    };
    let workflow = number(workflow).filter(|number| *number > 0);
    let (Some(workflow), false) = (workflow, group == Some("")) else {
        return Err(format!("'{text}' is not an earlier submission; write it like 7 or 7/split"));
    };
    if group.is_none() && by == Dependency::Elementwise {
        return Err(format!(
            "'{text}' waits element by element, but names no group; write it like 7/split[=]"
        ));
    }
    let on = Target::Earlier { workflow: WorkflowId(workflow), group: group.map(str::to_owned) };
    Ok(Need { on, by })
}

/// Takes `[=]` off the end.
pub(super) fn split_dependency(text: &str) -> (&str, Dependency) {
    match text.strip_suffix("[=]") {
        Some(target) => (target, Dependency::Elementwise),
        None => (text, Dependency::Barrier),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_read() {
        let check = |text: &str, expected: &[(u32, u32, u32)]| {
            let ranges: Vec<_> = array(text)
                .unwrap_or_else(|fault| panic!("{fault}"))
                .iter()
                .map(|range| (range.first, range.last, range.step))
                .collect();
            assert_eq!(ranges, expected, "{text}");
        };
        check("0-999", &[(0, 999, 1)]);
        check("1-10:3", &[(1, 10, 3)]);
        check("1, 3,5-9", &[(1, 1, 1), (3, 3, 1), (5, 9, 1)]);
        for text in ["", "a", "-1", "1-", "1--2", "1,,2", "+1", "1:", "4294967296", "1-2-3"] {
            let fault = array(text).expect_err(text);
            assert!(fault.contains("is not a list of indices"), "{fault}");
        }
        assert!(array("1-9:0").unwrap_err().contains("step of 0"));
        assert!(array("9-1").unwrap_err().contains("counts down from 9 to 1"));
    }

    #[test]
    fn needs_on_earlier_submissions_are_read() {
        let need = |group: Option<&str>, by| Need {
            on: Target::Earlier { workflow: WorkflowId(7), group: group.map(str::to_owned) },
            by,
        };
        assert_eq!(earlier("7"), Ok(need(None, Dependency::Barrier)));
        assert_eq!(earlier("7/split"), Ok(need(Some("split"), Dependency::Barrier)));
        assert_eq!(earlier("7/split[=]"), Ok(need(Some("split"), Dependency::Elementwise)));
        for text in ["", "0", "7/", "x/split", "7[=]", "-7"] {
            assert!(earlier(text).is_err(), "{text}");
        }
    }
}
