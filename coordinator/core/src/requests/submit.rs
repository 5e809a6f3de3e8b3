//! Accepting workflows, and going on with unfinished ones.

use super::{Refused, unable, wrong};
use crate::Core;
use crate::action::Action;
use crate::hold::Mode;
use crate::record::Record;
use crate::saving::needed_by;
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::ids::WorkflowId;
use godwit_common::message::client::Response;
use godwit_common::workflow::Workflow;

impl Core {
    pub(crate) fn submit(
        &mut self,
        mut spec: Box<Workflow>,
        out: &mut Vec<Action>,
    ) -> Result<Response, Refused> {
        if let Some(workflow) = self.state.submission(spec.submission) {
            return Ok(submitted(workflow, false));
        }
        if self.mode == Mode::Draining {
            return Err(unable("the coordinator starts nothing new"));
        }
        spec.validate().map_err(|invalid| wrong(format!("the workflow is not valid: {invalid}")))?;
        let workflow = self
            .state
            .accepts(&spec)
            .map_err(|fault| wrong(format!("the workflow is not accepted: {fault}")))?;
        // It is submitted with this mode for good, whatever the settings of a later coordinator say.
        let mode = *spec.checkpoint.get_or_insert(self.settings.checkpoint);
        if let Some(unsaved) = self.unsaved_need(&spec).filter(|_| mode != CheckpointMode::Off) {
            return Err(wrong(format!(
                "the workflow is not accepted: it needs workflow {unsaved}, of which the store knows nothing because \
                 its checkpoint mode is off; submit this one with checkpoint = \"off\" too"
            )));
        }
        let at = self.now;
        self.record(Record::Submitted { workflow, at, spec }, out);
        self.changed.insert(workflow);
        self.take_up(workflow, out);
        Ok(submitted(workflow, false))
    }

    /// A workflow in mode `off` that this one needs.
    fn unsaved_need(&self, spec: &Workflow) -> Option<WorkflowId> {
        let off = |id: &WorkflowId| {
            let workflow = self.state.workflow(*id);
            workflow.is_some_and(|workflow| workflow.checkpoint == CheckpointMode::Off)
        };
        needed_by(spec).find(off)
    }

    /// Goes on with the newest workflow of the same content, unless it succeeded.
    pub(crate) fn resume(&mut self, spec: Box<Workflow>, out: &mut Vec<Action>) -> Result<Response, Refused> {
        if let Some(workflow) = self.state.submission(spec.submission) {
            return Ok(submitted(workflow, true));
        }
        let mut newest = self.state.workflows.iter().rev();
        let same = newest.find(|(_, workflow)| workflow.digest == spec.digest);
        match same {
            Some((id, workflow)) if !workflow.is_complete() => {
                let id = *id;
                self.retry(id, out)?;
                Ok(submitted(id, true))
            }
            _ => self.submit(spec, out),
        }
    }
}

fn submitted(workflow: WorkflowId, resumed: bool) -> Response {
    Response::Submitted { workflow, resumed }
}
