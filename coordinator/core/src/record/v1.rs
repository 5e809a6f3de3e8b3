//! Records of format 1, as the versions before checkpoint modes and memoization wrote them. They are only read.
//!
//! The types here are frozen: their bytes are on people's storage. What did not change since is taken from today's
//! vocabulary; whatever is changed there has to be copied here first, which the fixtures notice.

use super::Record;
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::ids::{Attempt, AttemptId, TaskId, Token, WorkerId, WorkflowId};
use godwit_common::outcome::{self, Usage};
use godwit_common::resources::{Capacity, Request};
use godwit_common::shape::Shape;
use godwit_common::task::{self, CachePolicy, Caching, Command, Pin, RetryPolicy, Stdin};
use godwit_common::template::Template;
use godwit_common::time::Time;
use godwit_common::workflow::{self, FailureRule, Need};
use serde::Deserialize;
use std::time::Duration;

/// A record of format 1.
#[derive(Deserialize)]
pub(super) enum OldRecord {
    Submitted { workflow: WorkflowId, at: Time, spec: Box<Workflow> },
    Done { worker: WorkerId, at: Time, ended: Ended },
    Failed { worker: WorkerId, at: Time, ended: Ended },
    NodeLost { task: TaskId, attempt: Attempt, worker: WorkerId, at: Time },
    Settled { first: TaskId, count: u32, outcome: Outcome, at: Time },
    Reopened { workflow: WorkflowId, at: Time, tasks: Vec<(TaskId, u32)> },
    Forgotten { workflow: WorkflowId },
    WorkerJoined(Joined),
    WorkerLeft { worker: WorkerId, reason: String, at: Time },
}

#[derive(Deserialize)]
pub(super) struct Joined {
    worker: WorkerId,
    life: Token,
    host: String,
    pid: u32,
    spool: String,
    capacity: Capacity,
    at: Time,
}

#[derive(Deserialize)]
pub(super) struct Workflow {
    name: String,
    submission: Token,
    digest: [u8; 32],
    failure_rule: FailureRule,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    shape: Shape,
    needs: Vec<Need>,
    task: TaskSpec,
}

#[derive(Deserialize)]
struct TaskSpec {
    command: Command,
    env: Vec<(String, Template)>,
    stdin: Stdin,
    cwd: Template,
    stdout: Option<Template>,
    stderr: Option<Template>,
    inputs: Vec<Template>,
    outputs: Vec<Template>,
    requests: Vec<Request>,
    pin: Pin,
    priority: i32,
    time_limit: Option<Duration>,
    time_request: Option<Duration>,
    kill_grace: Duration,
    retry: RetryPolicy,
}

#[derive(Deserialize)]
pub(super) struct Ended {
    id: AttemptId,
    end: End,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
enum End {
    Succeeded,
    Failed(Failure),
    Stopped,
}

#[derive(Deserialize)]
pub(super) enum Outcome {
    Succeeded,
    Failed(Failure),
    Cancelled,
    Skipped,
}

#[derive(Deserialize)]
pub(super) struct Failure {
    cause: Cause,
    stderr_tail: Vec<u8>,
}

#[derive(Deserialize)]
enum Cause {
    Exit(i32),
    Signal(i32),
    Timeout(Duration),
    OutOfMemory,
    NotStarted(String),
    MissingOutput(String),
    NodeLosses(u32),
}

impl From<OldRecord> for Record {
    fn from(old: OldRecord) -> Record {
        match old {
            OldRecord::Submitted { workflow, at, spec } => {
                Record::Submitted { workflow, at, spec: Box::new((*spec).into()) }
            }
            OldRecord::Done { worker, at, ended } => {
                Record::Done { worker, at, ended: ended.into(), memo: None }
            }
            OldRecord::Failed { worker, at, ended } => Record::Failed { worker, at, ended: ended.into() },
            OldRecord::NodeLost { task, attempt, worker, at } => {
                Record::NodeLost { task, attempt, worker, at }
            }
            OldRecord::Settled { first, count, outcome, at } => {
                Record::Settled { first, count, outcome: outcome.into(), at }
            }
            OldRecord::Reopened { workflow, at, tasks } => Record::Reopened { workflow, at, tasks },
            OldRecord::Forgotten { workflow } => Record::Forgotten { workflow },
            OldRecord::WorkerJoined(Joined { worker, life, host, pid, spool, capacity, at }) => {
                Record::WorkerJoined { worker, life, host, pid, spool, capacity, at }
            }
            OldRecord::WorkerLeft { worker, reason, at } => Record::WorkerLeft { worker, reason, at },
        }
    }
}

impl From<Workflow> for workflow::Workflow {
    fn from(old: Workflow) -> workflow::Workflow {
        let groups = old.groups.into_iter().map(workflow::Group::from).collect();
        workflow::Workflow {
            digest: old.digest,
            failure_rule: old.failure_rule,
            checkpoint: Some(CheckpointMode::TaskExit),
            ..workflow::Workflow::new(old.name, groups, old.submission)
        }
    }
}

impl From<Group> for workflow::Group {
    fn from(old: Group) -> workflow::Group {
        let Group { name, shape, needs, task } = old;
        workflow::Group { name, shape, needs, task: task.into() }
    }
}

impl From<TaskSpec> for task::TaskSpec {
    fn from(old: TaskSpec) -> task::TaskSpec {
        let today = task::TaskSpec::new(old.command, "/");
        task::TaskSpec {
            env: old.env,
            stdin: old.stdin,
            cwd: old.cwd,
            stdout: old.stdout,
            stderr: old.stderr,
            inputs: old.inputs,
            outputs: old.outputs,
            requests: old.requests,
            pin: old.pin,
            priority: old.priority,
            time_limit: old.time_limit,
            time_request: old.time_request,
            kill_grace: old.kill_grace,
            retry: old.retry,
            // The files that they read were not digested, so that no key could be trusted.
            caching: Caching { policy: CachePolicy::Never, ..Caching::default() },
            ..today
        }
    }
}

impl From<Ended> for outcome::Ended {
    fn from(old: Ended) -> outcome::Ended {
        let end = match old.end {
            End::Succeeded => outcome::End::Succeeded,
            End::Failed(failure) => outcome::End::Failed(failure.into()),
            End::Stopped => outcome::End::Stopped,
        };
        outcome::Ended { id: old.id, end, usage: old.usage, produced: None }
    }
}

impl From<Outcome> for outcome::Outcome {
    fn from(old: Outcome) -> outcome::Outcome {
        match old {
            Outcome::Succeeded => outcome::Outcome::Succeeded,
            Outcome::Failed(failure) => outcome::Outcome::Failed(failure.into()),
            Outcome::Cancelled => outcome::Outcome::Cancelled,
            Outcome::Skipped => outcome::Outcome::Skipped,
        }
    }
}

impl From<Failure> for outcome::Failure {
    fn from(old: Failure) -> outcome::Failure {
        let cause = match old.cause {
            Cause::Exit(code) => outcome::Cause::Exit(code),
            Cause::Signal(number) => outcome::Cause::Signal(number),
            Cause::Timeout(limit) => outcome::Cause::Timeout(limit),
            Cause::OutOfMemory => outcome::Cause::OutOfMemory,
            Cause::NotStarted(why) => outcome::Cause::NotStarted(why),
            Cause::MissingOutput(path) => outcome::Cause::MissingOutput(path),
            Cause::NodeLosses(losses) => outcome::Cause::NodeLosses(losses),
        };
        outcome::Failure { cause, stderr_tail: old.stderr_tail }
    }
}
