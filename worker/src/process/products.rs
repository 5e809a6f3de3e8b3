//! What a process that ended well left behind: its declared outputs, its value, and whether what it read was left alone.
//!
//! Contents are read beside the event loop, while the attempt still holds what it occupies.

use super::reading::Read;
use super::value::capture;
use super::{OutputPlace, Plan, Process};
use crate::limits::OUTPUTS_MAX;
use crate::shell::{Input, Shell};
use godwit_common::memo::{OutputState, Produced};
use godwit_common::message::worker::OutputStream;
use godwit_common::outcome::Cause;
use godwit_common::task::Capture;
use godwit_files::{Digester, Fault};
use godwit_worker_core::event::Event;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::task::spawn_blocking;

/// What somebody may want to know of what it left behind, or why the attempt has failed after all.
pub(crate) async fn gather(
    shell: &Shell,
    process: &Process,
    plan: Arc<Plan>,
    read: Read,
) -> Result<Option<Box<Produced>>, Cause> {
    let is_memoized = process.launch.spec.task.is_memoized();
    if !is_memoized && plan.outputs.is_empty() && plan.capture == Capture::No {
        return Ok(None);
    }
    shell.tell(Input::Process(Event::Gathering(process.launch.id))).await;
    let search = Search {
        stdout: process.place(OutputStream::Stdout).filter(|_| plan.capture == Capture::Stdout),
        plan,
        read,
        digester: Arc::clone(&shell.digester),
        abandoned: Arc::clone(&process.abandoned),
    };
    // It is closed never, and the permit is only for the number.
    let _permit = shell.gatherings.acquire().await;
    let found = spawn_blocking(move || search.run()).await;
    found.unwrap_or_else(|error| {
        tracing::warn!(%error, "what a task left behind was not looked at, and cannot be reused");
        Ok(None)
    })
}

/// All that is needed to look, on whatever thread.
struct Search {
    plan: Arc<Plan>,
    read: Read,
    /// Where the value is, if it is wanted.
    stdout: Option<OutputPlace>,
    digester: Arc<Digester>,
    abandoned: Arc<AtomicBool>,
}

impl Search {
    fn run(self) -> Result<Option<Box<Produced>>, Cause> {
        let gone = self.plan.outputs.iter().find(|(_, path)| !super::plan::exists(path));
        if let Some((name, _)) = gone {
            return Err(Cause::MissingOutput(name.clone()));
        }
        let disturbed = self.read.disturbed();
        let value = self.stdout.as_ref().map(capture).transpose().map_err(Cause::Value)?;
        let outputs = match self.outputs() {
            Ok(outputs) => outputs,
            Err(Problem::Missing(name)) => return Err(Cause::MissingOutput(name)),
            Err(Problem::Unknown) if value.is_none() => return Ok(None),
            Err(Problem::Unknown) => Vec::new(),
        };
        Ok(Some(Box::new(Produced { outputs, value, read: self.read.files, disturbed })))
    }

    fn outputs(&self) -> Result<Vec<OutputState>, Problem> {
        let outputs = &self.plan.outputs;
        if outputs.len() > OUTPUTS_MAX {
            tracing::warn!(
                "more than {OUTPUTS_MAX} outputs of one task are not digested; its result cannot be reused"
            );
            return Err(Problem::Unknown);
        }
        let mut states = Vec::with_capacity(outputs.len());
        for (name, path) in outputs {
            match self.digester.digest_until(path, &self.abandoned) {
                Ok(found) => states.push(OutputState { digest: found.digest, stamp: found.stamp }),
                Err(Fault::Missing(_)) => return Err(Problem::Missing(name.clone())),
                Err(Fault::Stopped(_)) => return Err(Problem::Unknown),
                Err(fault) => {
                    tracing::warn!("a task's result cannot be reused: {fault}");
                    return Err(Problem::Unknown);
                }
            }
        }
        Ok(states)
    }
}

/// Why the contents of outputs are not known.
enum Problem {
    /// This one, as it was written, is not there.
    Missing(String),
    /// The result is good, but cannot serve again.
    Unknown,
}
