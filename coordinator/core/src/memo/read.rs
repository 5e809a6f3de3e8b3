//! Whether a task read what its key says that it read. What a worker says of files is compared with what was digested.

use super::gather::{Gathered, memo_of, name_in, reduced};
use super::makers::{Maker, Makers, outputs_of, values};
use crate::state::State;
use godwit_common::ids::TaskId;
use godwit_common::memo::{Produced, Stamp};
use godwit_common::reading::{absolute, words};
use godwit_common::task::TaskSpec;

/// Why the result of a task does not belong to its key, as the end of a sentence.
pub(super) fn disagreement(
    state: &State,
    makers: &Makers,
    task: TaskId,
    gathered: &Gathered,
    produced: &Produced,
) -> Option<String> {
    let folder = absolute("/", &state.workflow(task.workflow())?.folder);
    let name = |path: &str| name_in(&folder, path);
    if let Some(path) = &produced.disturbed {
        return Some(format!("{} was changed while it ran", name(path)));
    }
    for (path, stamp) in &gathered.basis {
        match stamp_of(&produced.read, path) {
            Some(read) if read == *stamp => {}
            Some(_) => return Some(format!("{} was changed after it had been digested", name(path))),
            None => return Some(format!("{} was not there when it started", name(path))),
        }
    }
    let stranger = Strangers { state, makers, task, gathered };
    let (path, why) =
        produced.read.iter().find_map(|(path, stamp)| Some((path, stranger.fault(path, *stamp)?)))?;
    Some(format!("{}, which its command names, {why}", name(path)))
}

fn stamp_of(read: &[(String, Stamp)], path: &str) -> Option<Stamp> {
    let found = read.binary_search_by(|(other, _)| other.as_str().cmp(path)).ok()?;
    Some(read[found].1)
}

/// Judges files that were read and are no part of the key.
struct Strangers<'a> {
    state: &'a State,
    makers: &'a Makers,
    task: TaskId,
    gathered: &'a Gathered,
}

impl Strangers<'_> {
    fn fault(&self, path: &str, stamp: Stamp) -> Option<&'static str> {
        if self.gathered.basis.binary_search_by(|(known, _)| known.as_str().cmp(path)).is_ok() {
            return None;
        }
        let spec = &self.state.group(self.task.group)?.spec;
        let below = |output: &str| path.strip_prefix(output).is_some_and(|rest| rest.starts_with('/'));
        if outputs_of(spec, self.task.position).any(|output| output == path || below(&output)) {
            return None;
        }
        if self.is_left_out(&spec.task, path) {
            return None;
        }
        match self.makers.maker(self.state, self.task.workflow(), path) {
            Maker::Task(task, place) => {
                let memo = memo_of(self.state, task);
                let made = memo.and_then(|memo| memo.outputs.get(place).map(|output| output.stamp));
                (made != Some(stamp)).then_some("is not as the task that makes it left it")
            }
            Maker::Several => Some("is made by several tasks"),
            Maker::Nobody => Some("was not there when it was submitted"),
        }
    }

    /// Whether only words that the key leaves out name this file.
    fn is_left_out(&self, task: &TaskSpec, path: &str) -> bool {
        let Some(reduced) = reduced(task) else { return false };
        let Some(group) = self.state.group(self.task.group) else { return false };
        let values = values(&group.spec, self.task.position);
        let cwd = absolute("/", &task.cwd.render(&values));
        let named = |task: &TaskSpec| {
            words(task).iter().any(|word| word.paths(&values, &cwd).iter().any(|other| other == path))
        };
        named(task) && !named(&reduced)
    }
}
