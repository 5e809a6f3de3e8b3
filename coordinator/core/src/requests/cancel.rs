//! Cancelling what has not ended.

use super::{Refused, wrong};
use crate::Core;
use crate::action::Action;
use crate::state::Workflow;
use godwit_common::message::client::Selector;
use godwit_common::message::view::WorkflowState;
use godwit_common::outcome::Outcome;

impl Core {
    pub(crate) fn cancel(&mut self, of: &Selector, out: &mut Vec<Action>) -> Result<u64, Refused> {
        let stretches = self.select(of)?;
        let cancelled = self.settle_together(stretches, &Outcome::Cancelled, out);
        if cancelled == 0 {
            return Err(self.ended_already(of));
        }
        // What is answered stays so, in every mode.
        self.save(of.workflow, out);
        Ok(cancelled)
    }

    fn ended_already(&self, of: &Selector) -> Refused {
        let state = self.state.workflow(of.workflow).map(Workflow::state);
        let how = match state {
            Some(WorkflowState::Succeeded) => "; it succeeded",
            Some(WorkflowState::Failed) => "; it failed",
            Some(WorkflowState::Cancelled) => "; it was cancelled",
            Some(WorkflowState::Open | WorkflowState::Running) | None => "",
        };
        let workflow = of.workflow;
        wrong(match (&of.group, of.indices) {
            (None, _) => format!("workflow {workflow} has ended already{how}"),
            (Some(group), None) => format!("all tasks of {workflow}/{group} have ended already"),
            (Some(group), Some((first, last))) if first == last => {
                format!("{workflow}/{group}[{first}] has ended already")
            }
            (Some(group), Some((first, last))) => {
                format!("all tasks of {workflow}/{group}[{first}-{last}] have ended already")
            }
        })
    }
}
