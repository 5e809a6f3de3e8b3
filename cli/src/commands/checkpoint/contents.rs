//! What records say: counted, and in words.

use crate::errors::Error;
use crate::render::{Checkpoint, Contents, Count, Plural};
use crate::results::decode;
use godwit_checkpoint::{Chunk, Kind};
use godwit_common::ids::{TaskId, WorkflowId};
use godwit_common::outcome::{End, Ended, Outcome};
use godwit_coordinator_core::Record;
use std::collections::BTreeMap;

/// An object of the log, as it is listed.
///
/// # Errors
/// If it has records that this version does not read.
pub(super) fn checkpoint(url: &str, chunk: &Chunk) -> Result<Checkpoint, Error> {
    let mut contents = Contents::default();
    for record in decode(url, chunk) {
        count(&record?, &mut contents);
    }
    let summary = &chunk.summary;
    Ok(Checkpoint {
        key: summary.key.clone(),
        kind: match summary.kind {
            Kind::Part => Kind::Base.name(),
            kind => kind.name(),
        },
        sequence: summary.sequence,
        epoch: summary.epoch,
        time: summary.time,
        records: summary.records,
        bytes: summary.bytes,
        stored_bytes: summary.stored_bytes,
        contents,
    })
}

fn count(record: &Record, contents: &mut Contents) {
    match record {
        Record::Submitted { .. } => contents.submissions += 1,
        Record::Done { .. } => contents.outcomes += 1,
        Record::Reused { .. } => {
            contents.outcomes += 1;
            contents.reused += 1;
        }
        Record::Settled { count, .. } => contents.outcomes += u64::from(*count),
        Record::Outcomes(outcomes) => outcomes.iter().for_each(|outcome| count(&outcome, contents)),
        Record::Failed { .. } | Record::NodeLost { .. } => contents.retries += 1,
        Record::Imported { results, .. } => contents.imported += results.len() as u64,
        Record::WorkerJoined { .. } => contents.workers += 1,
        _ => contents.other += 1,
    }
}

/// Tells records in words, with the names that were learned from those before.
#[derive(Debug, Default)]
pub(super) struct Names {
    groups: BTreeMap<WorkflowId, Vec<String>>,
}

impl Names {
    /// Takes the names from a record.
    pub(super) fn learn(&mut self, record: &Record) {
        if let Record::Submitted { workflow, spec, .. } = record {
            let names = spec.groups.iter().map(|group| group.name.clone());
            self.groups.insert(*workflow, names.collect());
        }
    }

    /// What the record says; several lines for one of several outcomes.
    pub(super) fn words(&self, record: &Record, out: &mut Vec<String>) {
        match record {
            Record::Outcomes(outcomes) => outcomes.iter().for_each(|outcome| self.words(&outcome, out)),
            record => out.push(self.sentence(record)),
        }
    }

    fn sentence(&self, record: &Record) -> String {
        match record {
            Record::Submitted { workflow, spec, .. } => {
                let tasks = spec.groups.iter().map(|group| group.shape.count()).sum();
                let groups = Plural(spec.groups.len() as u64, "group");
                format!("workflow {workflow} '{}' submitted: {groups}, {}", spec.name, Plural(tasks, "task"))
            }
            Record::Done { worker, ended, .. } => {
                format!("task {} {} on {worker}{}", self.task(&ended.id.task), end(ended), wall(ended))
            }
            Record::Failed { worker, ended, .. } => {
                format!(
                    "task {} {} on {worker}{}, to be tried again",
                    self.task(&ended.id.task),
                    end(ended),
                    wall(ended)
                )
            }
            Record::Reused { task, origin, .. } => {
                format!("task {} took the result of {origin}", self.task(task))
            }
            Record::NodeLost { task, worker, .. } => {
                format!("task {} was lost with worker {worker}", self.task(task))
            }
            Record::Settled { first, count, outcome, .. } => self.settled(first, *count, outcome),
            Record::Reopened { workflow, tasks, .. } => {
                let count = tasks.iter().map(|(_, count)| u64::from(*count)).sum();
                format!("{} of workflow {workflow} opened again", Plural(count, "task"))
            }
            Record::WorkerJoined { worker, host, pid, .. } => {
                format!("worker {worker} came: process {pid} on {host}")
            }
            Record::WorkerLeft { worker, reason, .. } => format!("worker {worker} left: {reason}"),
            Record::Imported { results, .. } => {
                let source = results.first().and_then(|result| result.origin.source.as_deref());
                let from = source.map(|source| format!(" from {source}")).unwrap_or_default();
                format!("{} imported{from}", Plural(results.len() as u64, "result"))
            }
            Record::Pruned { .. } => "results dropped".to_owned(),
            Record::Forgotten { workflow } => format!("workflow {workflow} forgotten"),
            other => other.to_string(),
        }
    }

    fn settled(&self, first: &TaskId, count: u32, outcome: &Outcome) -> String {
        let word = match outcome {
            Outcome::Succeeded => "succeeded".to_owned(),
            Outcome::Failed(failure) => format!("failed: {}", failure.cause),
            Outcome::Cancelled => "cancelled".to_owned(),
            Outcome::Skipped => "skipped".to_owned(),
        };
        match count {
            1 => format!("task {} {word}", self.task(first)),
            _ => format!("{} tasks from {} {word}", Count(u64::from(count)), self.task(first)),
        }
    }

    /// `7/align[12]`, or `7/#2[12]` where the name was not read.
    fn task(&self, task: &TaskId) -> String {
        let workflow = task.workflow();
        let place = task.group.group;
        let names = self.groups.get(&workflow);
        let name = names.and_then(|names| names.get(usize::try_from(place).ok()?));
        match name {
            Some(name) => format!("{workflow}/{name}[{}]", task.position),
            None => format!("{workflow}/#{place}[{}]", task.position),
        }
    }
}

fn end(ended: &Ended) -> String {
    match &ended.end {
        End::Succeeded => "succeeded".to_owned(),
        End::Failed(failure) => format!("failed ({})", failure.cause),
        End::Stopped => "was stopped".to_owned(),
    }
}

fn wall(ended: &Ended) -> String {
    let wall = ended.usage.as_ref().map(|usage| format!(" after {:.1}s", usage.wall.as_secs_f64()));
    wall.unwrap_or_default()
}
