//! Names of things: workflows, groups, tasks, workers, epochs, attempts, and the forms in which people see them.
//!
//! Ids are newtypes so that one cannot be passed for another. Nothing here makes ids up; whoever owns a counter does.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A workflow, counted from 1 in each store. People see `7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkflowId(pub u32);

/// A group of a workflow, by its position in the workflow. People see its name instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupId {
    /// The workflow that the group belongs to.
    pub workflow: WorkflowId,
    /// Position among the workflow's groups, from 0.
    pub group: u32,
}

/// One task: a group and the position in the group's [`Shape`](crate::shape::Shape), from 0.
///
/// The position is not always the index that people see: `array = "10-19"` has positions 0 to 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaskId {
    /// The group that the task belongs to.
    pub group: GroupId,
    /// Position in the group, from 0; always 0 in a group of a single task.
    pub position: u32,
}

/// A worker, counted from 1 in each store. People see `w3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkerId(pub u32);

/// The reign of one coordinator over one store, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u32);

/// Position of an increment in a store's log, counted from 1 across all epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(pub u64);

/// One try at a task. The pair is never used again for the same task, so that a late answer can be told from a
/// current one even when the coordinator died before it wrote the number down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Attempt {
    /// The epoch of the coordinator that granted the attempt.
    pub epoch: Epoch,
    /// Counts the attempts at one task from 1.
    pub number: u32,
}

/// An attempt together with the task that it is an attempt at. People see `7/align[12]@2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptId {
    /// The task.
    pub task: TaskId,
    /// Which try at it.
    pub attempt: Attempt,
}

/// 128 bits that somebody outside the pure crates drew at random: a submission, a worker's life, a writer's nonce.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub u128);

impl GroupId {
    /// The task at `position` of this group.
    pub fn task(self, position: u32) -> TaskId {
        TaskId { group: self, position }
    }
}

impl TaskId {
    /// The workflow that the task belongs to.
    pub fn workflow(self) -> WorkflowId {
        self.group.workflow
    }
}

impl Sequence {
    /// The sequence number after this one.
    pub fn next(self) -> Sequence {
        Sequence(self.0 + 1)
    }
}

impl Epoch {
    /// The epoch after this one.
    pub fn next(self) -> Epoch {
        Epoch(self.0 + 1)
    }
}

impl fmt::Display for WorkflowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "w{}", self.0)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl std::str::FromStr for WorkerId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix('w').unwrap_or(text);
        let number =
            digits.parse().map_err(|_| format!("'{text}' is not a worker; workers are called w1, w2, …"))?;
        Ok(WorkerId(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_as_people_write_them() {
        assert_eq!(WorkflowId(7).to_string(), "7");
        assert_eq!(WorkerId(3).to_string(), "w3");
        assert_eq!("w3".parse(), Ok(WorkerId(3)));
        assert_eq!("3".parse(), Ok(WorkerId(3)));
        assert!("x3".parse::<WorkerId>().is_err());
    }
}
