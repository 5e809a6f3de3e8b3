//! A workflow as it travels and as it is kept: named groups with what they need.
//!
//! Names are resolved to positions where the workflow is made; [`Workflow::validate`] is what every receiver asks
//! before it believes one.

mod validate;

pub use validate::{Invalid, name_fault};

use crate::checkpoint::CheckpointMode;
use crate::ids::{Token, WorkflowId};
use crate::memo::{FileDigest, Reuse};
use crate::shape::Shape;
use crate::task::TaskSpec;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A submission. Valid only after [`Workflow::validate`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workflow {
    /// What people call it; need not be unique.
    pub name: String,
    /// Drawn by the client for each submission, so that one sent twice is accepted once.
    pub submission: Token,
    /// BLAKE3 of what it was made from, by which `godwit run` finds the unfinished run of the same file.
    pub digest: [u8; 32],
    /// When to give up.
    pub failure_rule: FailureRule,
    /// When its outcomes become durable; as the cluster says if it does not.
    pub checkpoint: Option<CheckpointMode>,
    /// How often, in mode `periodic`; as the cluster says if it does not.
    pub checkpoint_period: Option<Duration>,
    /// The folder of the workflow file, or where it was submitted; absolute. In memo keys, paths below it are relative
    /// to it.
    pub folder: String,
    /// Which earlier results may serve.
    pub reuse: Reuse,
    /// Groups that run whatever results there are: positions in `groups`, sorted.
    pub rerun: Vec<u32>,
    /// Files that the tasks read and no task makes, with their contents; sorted by path.
    pub files: Vec<FileDigest>,
    /// The groups. `Need::on` counts from 0 in this order.
    pub groups: Vec<Group>,
}

/// What a failed task does to the rest of its workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureRule {
    /// Whatever does not need it goes on.
    #[default]
    Continue,
    /// All that has not ended is cancelled when more than this many tasks have failed: 0 stops at the first.
    StopAfter(u32),
}

/// One named entry of a workflow: a task or an array of tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Unique in the workflow.
    pub name: String,
    /// How many tasks, and what tells them apart.
    pub shape: Shape,
    /// What must have succeeded before.
    pub needs: Vec<Need>,
    /// How to run each of them.
    pub task: TaskSpec,
}

/// A dependency of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// On what.
    pub on: Target,
    /// All of it, or task by task.
    pub by: Dependency,
}

/// What a group can need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// The group at this position of the same workflow.
    Group(u32),
    /// An earlier submission: the named group of it, or all of it.
    Earlier {
        /// The workflow.
        workflow: WorkflowId,
        /// Its group, or none for all groups.
        group: Option<String>,
    },
}

/// How the tasks of two groups depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dependency {
    /// Every task waits for every task of the target.
    Barrier,
    /// The task at each position waits for the task at the same position of the target.
    Elementwise,
}

impl Workflow {
    /// A workflow of these groups that is otherwise as if nothing had been said. Its digest is still to be made.
    pub fn new(name: String, groups: Vec<Group>, submission: Token) -> Workflow {
        Workflow {
            name,
            submission,
            digest: [0; 32],
            failure_rule: FailureRule::default(),
            checkpoint: None,
            checkpoint_period: None,
            folder: "/".to_owned(),
            reuse: Reuse::All,
            rerun: Vec::new(),
            files: Vec::new(),
            groups,
        }
    }

    /// A workflow of one group, as a program or a command line makes it.
    pub fn single(
        name: String,
        shape: Shape,
        task: TaskSpec,
        needs: Vec<Need>,
        submission: Token,
    ) -> Workflow {
        let groups = vec![Group { name: name.clone(), shape, needs, task }];
        let mut workflow = Workflow::new(name, groups, submission);
        workflow.digest = workflow.content_digest();
        workflow
    }

    /// BLAKE3 of what was written down, be it in a file or on a command line: equal for equal work. Which results may
    /// serve and the contents of files are not in it, as they are asked for or found anew each time.
    pub fn content_digest(&self) -> [u8; 32] {
        let modes = (self.checkpoint, self.checkpoint_period);
        let content = (&self.name, self.failure_rule, modes, &self.groups);
        let mut hasher = blake3::Hasher::new();
        let hashed = postcard::to_io(&content, &mut hasher);
        hashed.expect("a hasher takes every byte, and every part of a workflow has a length");
        hasher.finalize().into()
    }

    /// Number of tasks in all groups.
    pub fn task_count(&self) -> u64 {
        let counts = self.groups.iter().map(|group| group.shape.count());
        counts.fold(0, u64::saturating_add)
    }
}
