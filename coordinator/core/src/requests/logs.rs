//! Where the output of a task is.

use super::{Refused, unable, wrong};
use crate::Core;
use crate::action::{Action, OutputPlace};
use crate::event::RequestId;
use crate::limits::WATCHES_MAX;
use crate::state::{Brief, Status};
use godwit_common::ids::{AttemptId, GroupId, TaskId, WorkerId};
use godwit_common::message::client::{Response, TaskReference};
use godwit_common::message::worker::{OutputStream, SpoolSource};
use godwit_common::outcome::Usage;
use godwit_common::template::Values;
use std::collections::BTreeMap;

/// Clients that wait for a task to start, so as to follow its output.
#[derive(Debug, Default)]
pub(crate) struct Followers {
    by_task: BTreeMap<(TaskId, RequestId), OutputStream>,
    tasks: BTreeMap<RequestId, TaskId>,
}

impl Followers {
    fn insert(&mut self, id: RequestId, task: TaskId, stream: OutputStream) {
        self.by_task.insert((task, id), stream);
        self.tasks.insert(id, task);
    }

    pub(crate) fn remove(&mut self, id: RequestId) {
        if let Some(task) = self.tasks.remove(&id) {
            self.by_task.remove(&(task, id));
        }
    }

    pub(crate) fn ids(&self) -> Vec<RequestId> {
        self.tasks.keys().copied().collect()
    }
}

impl Core {
    pub(crate) fn logs(
        &mut self,
        id: RequestId,
        task: &TaskReference,
        stream: OutputStream,
        follow: bool,
        out: &mut Vec<Action>,
    ) -> Result<Option<Response>, Refused> {
        let task = self.find_task(task)?;
        if follow && self.is_yet_to_start(task) {
            if self.followers.tasks.len() >= WATCHES_MAX {
                return Err(unable(format!("{WATCHES_MAX} clients are following outputs already")));
            }
            self.followers.insert(id, task, stream);
            return Ok(None);
        }
        let place = self.output_place(task, stream, follow)?;
        let action = Action::RespondOutput { id, place };
        self.gate.hold(self.appended, action, out);
        Ok(None)
    }

    fn is_yet_to_start(&self, task: TaskId) -> bool {
        self.state.is_pending(task) && self.running_started(task).is_none()
    }

    /// Answers those who waited for a task to start or to end.
    pub(crate) fn serve_followers(&mut self, out: &mut Vec<Action>) {
        if self.followers.tasks.is_empty() {
            return;
        }
        let mut found = Vec::new();
        for workflow in &self.changed {
            let first = |workflow| (GroupId { workflow, group: 0 }.task(0), RequestId(0));
            let next = godwit_common::ids::WorkflowId(workflow.0.saturating_add(1));
            let waiting = self.followers.by_task.range(first(*workflow)..first(next));
            found.extend(waiting.map(|((task, id), stream)| (*task, *id, *stream)));
        }
        for (task, id, stream) in found {
            if self.is_yet_to_start(task) {
                continue;
            }
            self.followers.remove(id);
            match self.output_place(task, stream, true) {
                Ok(place) => self.gate.hold(self.appended, Action::RespondOutput { id, place }, out),
                Err((kind, sentence)) => self.refuse(id, kind, sentence, out),
            }
        }
    }

    fn output_place(&self, task: TaskId, stream: OutputStream, follow: bool) -> Result<OutputPlace, Refused> {
        let name = self.full_name(task);
        if let Some(grant) = self.grants.get(&task) {
            let id = AttemptId { task, attempt: grant.attempt };
            if self.running_started(task).is_some() {
                let running = SpoolSource::Running(id);
                return self.place_of(
                    task,
                    grant.attempt.number,
                    grant.worker,
                    Some(running),
                    stream,
                    follow,
                );
            }
        }
        if let Some((number, worker, usage)) = self.last_attempt(task) {
            let source = usage.map(|usage| SpoolSource::Ended(usage.output));
            return self.place_of(task, number, worker, source, stream, follow);
        }
        Err(wrong(match self.state.status(task) {
            Some(Status::Cancelled) => format!("{name} was cancelled before it ran, so it has no output"),
            Some(Status::Skipped) => format!("{name} was skipped, so it has no output"),
            Some(Status::Succeeded) => self.output_elsewhere(task),
            _ => format!("{name} has not started yet, so it has no output"),
        }))
    }

    /// The attempt that ended last: its number, its worker, and what it used.
    fn last_attempt(&self, task: TaskId) -> Option<(u32, WorkerId, Option<Usage>)> {
        let group = self.state.group(task.group)?;
        if let Some(ran) = group.brief(task.position).and_then(Brief::ran) {
            return Some((ran.attempt.number, ran.worker, ran.usage));
        }
        let history = group.history(task.position)?;
        let entry = history.entries().next_back()?;
        Some((entry.id.attempt.number, entry.worker, entry.usage))
    }

    /// What to say of a task that did not run.
    fn output_elsewhere(&self, task: TaskId) -> String {
        let name = self.full_name(task);
        match self.reused_from(task) {
            Some(origin) => {
                format!("{name} did not run: it took the result of {origin}; see 'godwit logs {origin}'")
            }
            None => format!("{name} has no output that is remembered"),
        }
    }

    fn place_of(
        &self,
        task: TaskId,
        number: u32,
        worker: WorkerId,
        source: Option<SpoolSource>,
        stream: OutputStream,
        follow: bool,
    ) -> Result<OutputPlace, Refused> {
        if let Some(path) = self.own_file(task, number, stream) {
            return Ok(OutputPlace::File { path, follow });
        }
        let name = self.full_name(task);
        let Some(source) = source else {
            return Err(wrong(format!(
                "{name} could not be started, or was lost with {worker}; it has no output"
            )));
        };
        let Some(known) = self.state.workers.get(worker) else {
            return Err(unable(format!("the output of {name} is with {worker}, which left too long ago")));
        };
        Ok(OutputPlace::Spool {
            link: self.fleet.session(worker).map(|session| session.link),
            worker,
            host: known.host.clone(),
            folder: known.spool.clone(),
            source,
            stream,
            follow,
        })
    }

    /// The file that the task named for this stream.
    fn own_file(&self, task: TaskId, number: u32, stream: OutputStream) -> Option<String> {
        let spec = &self.state.group(task.group)?.spec;
        let template = match stream {
            OutputStream::Stdout => spec.task.stdout.as_ref()?,
            OutputStream::Stderr => spec.task.stderr.as_ref()?,
        };
        let values = Values {
            shape: &spec.shape,
            position: task.position,
            attempt: number,
            workflow: task.workflow().0,
            results: &[],
        };
        let path = template.render(&values);
        if path.starts_with('/') {
            return Some(path);
        }
        Some(format!("{}/{path}", spec.task.cwd.render(&values).trim_end_matches('/')))
    }
}
