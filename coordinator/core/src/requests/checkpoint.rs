//! Saving what is held back, when somebody asks for it.

use super::{Refused, wrong};
use crate::Core;
use crate::action::Action;
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::ids::WorkflowId;

impl Core {
    /// Saves the outcomes of one workflow, or of all, and says how many were not saved before.
    pub(crate) fn checkpoint(
        &mut self,
        workflow: Option<WorkflowId>,
        out: &mut Vec<Action>,
    ) -> Result<u64, Refused> {
        let Some(id) = workflow else {
            return Ok(self.save_everything(out));
        };
        if self.find_workflow(id)?.checkpoint == CheckpointMode::Off {
            return Err(wrong(format!(
                "workflow {id} cannot be saved: its checkpoint mode is off, so that the store does not know it"
            )));
        }
        Ok(self.save(id, out))
    }
}
