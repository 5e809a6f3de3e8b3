//! Memoization's vocabulary: what makes two tasks the same computation, and what is kept of a success so that it can
//! serve again.
//!
//! How a key is made is the coordinator core's business, digests of files are made by the `files` crate.

use crate::ids::{TaskId, WorkflowId};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// What makes two tasks the same computation: a BLAKE3 over everything that the result may depend on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MemoKey(pub [u8; 32]);

/// BLAKE3 of a file's bytes, or of a folder's names and contents.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContentDigest(pub [u8; 32]);

/// By what a change of a file is noticed without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Bytes; of a folder the sum of its files.
    pub size: u64,
    /// Nanoseconds since 1970; of a folder the latest of all that is in it and of itself.
    pub modified: i64,
}

/// A file whose content was digested at submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDigest {
    /// Absolute path.
    pub path: String,
    /// Its content.
    pub digest: ContentDigest,
    /// Taken before the content was read.
    pub stamp: Stamp,
}

/// A declared output as the task left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputState {
    /// Its content.
    pub digest: ContentDigest,
    /// When it was digested.
    pub stamp: Stamp,
}

/// What a success left behind, as a worker reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Produced {
    /// Every declared output, in order; empty if they were not digested.
    pub outputs: Vec<OutputState>,
    /// The captured value, without trailing newlines.
    pub value: Option<Arc<str>>,
    /// What the process may have read: declared inputs and words of its command that name regular files, as they were
    /// before it started. Sorted by path.
    pub read: Vec<(String, Stamp)>,
    /// A file of those that was not the same any more after the process had ended.
    pub disturbed: Option<String>,
}

/// A captured value, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// The text itself, up to [`VALUE_INLINE_BYTES_MAX`](crate::limits::VALUE_INLINE_BYTES_MAX).
    Inline(Arc<str>),
    /// The store has it under `blob/`.
    Blob {
        /// Its content.
        digest: ContentDigest,
        /// Its length.
        bytes: u64,
    },
}

/// What is recorded of a success so that it can serve again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memo {
    /// Under which key; none if the task could not be keyed, and then it serves only the tasks that need it.
    pub key: Option<MemoKey>,
    /// Every declared output, in order.
    pub outputs: Vec<OutputState>,
    /// The captured value.
    pub value: Option<Value>,
}

/// Whose result was reused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The workflow that computed it, by its number in its own store.
    pub workflow: WorkflowId,
    /// That workflow's name.
    pub workflow_name: String,
    /// The name of the group.
    pub group: String,
    /// The task's index in it.
    pub position: u32,
    /// The store or file that it was imported from; none if it was computed here.
    pub source: Option<String>,
    /// When it was computed.
    pub at: Time,
}

/// A result on its way from one store to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// What is kept of it; its key is there.
    pub memo: Memo,
    /// Who made it.
    pub origin: Origin,
}

/// Which results may serve a workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reuse {
    /// Every result that the store has.
    #[default]
    All,
    /// Those of the newest earlier workflow of the same name.
    Last,
    /// None. What the workflow computes is recorded all the same.
    Nothing,
    /// Only those that were imported from these stores or files.
    Sources(Vec<String>),
}

/// Which results are to be dropped from the memo table: those that fit everything that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PruneFilter {
    /// Computed by this workflow.
    pub workflow: Option<WorkflowId>,
    /// Computed by a workflow of this name.
    pub workflow_name: Option<String>,
    /// Computed by a group of this name.
    pub group: Option<String>,
    /// Computed before this time.
    pub before: Option<Time>,
    /// Imported from this store or file.
    pub source: Option<String>,
}

impl PruneFilter {
    /// Whether a result of this origin is one of those. What was imported keeps the numbers of workflows of another
    /// store, so that only its names count.
    pub fn fits(&self, origin: &Origin) -> bool {
        let PruneFilter { workflow, workflow_name, group, before, source } = self;
        workflow.is_none_or(|id| origin.workflow == id && origin.source.is_none())
            && workflow_name.as_ref().is_none_or(|name| origin.workflow_name == *name)
            && group.as_ref().is_none_or(|name| origin.group == *name)
            && before.is_none_or(|time| origin.at < time)
            && source.as_ref().is_none_or(|source| origin.source.as_ref() == Some(source))
    }
}

/// Asks a worker whether the outputs of a result are still there and unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The task that would reuse the result. Its own declared outputs are looked at.
    pub task: TaskId,
    /// Counts the checks of a reign, so that a late answer can be told from a current one.
    pub number: u64,
    /// Every declared output in order: its absolute path, and what it has to be.
    pub outputs: Vec<(String, OutputState)>,
}

/// The answer to a [`Check`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The task.
    pub task: TaskId,
    /// The number of the check.
    pub number: u64,
    /// What is wrong, as the end of a sentence: "results/a.txt was changed"; none if all is as it was.
    pub fault: Option<String>,
}

/// Hexadecimal.
impl fmt::Display for MemoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hexadecimal(&self.0, f)
    }
}

/// Hexadecimal, as in the key of a blob.
impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hexadecimal(&self.0, f)
    }
}

impl fmt::Debug for MemoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoKey({self})")
    }
}

impl fmt::Debug for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentDigest({self})")
    }
}

/// `3/align[12]`, or `3/align[12] of FILE`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}[{}]", self.workflow, self.group, self.position)?;
        match &self.source {
            Some(source) => write!(f, " of {source}"),
            None => Ok(()),
        }
    }
}

fn hexadecimal(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}
