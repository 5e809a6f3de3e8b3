//! What must always hold of memoization, as sentences.

use super::desk::Stage;
use crate::Core;

impl Core {
    /// Whoever leads is pending; whoever follows has a leader; whoever waits for a check or a value will be told; and a
    /// task that reused a result has what was recorded for exactly its key.
    pub(crate) fn check_desk(&self) -> Result<(), String> {
        for (task, key) in self.desk.flights.leaders() {
            let name = self.full_name(*task);
            if !self.state.is_pending(*task) || self.desk.flights.leader(key) != Some(*task) {
                return Err(format!("{name} leads and has ended, or leads nobody"));
            }
        }
        for (task, stage) in self.desk.stages() {
            let name = self.full_name(*task);
            if !self.state.is_pending(*task) {
                return Err(format!("{name} waits and has ended"));
            }
            let fault = match stage {
                Stage::Follow(key) if !self.desk.flights.is_following(key, *task) => "follows nobody",
                Stage::Check { asked: None, .. } if !self.desk.checks.is_waiting(*task) => {
                    "waits for no check"
                }
                Stage::Check { asked: Some(number), .. } => match self.desk.checks.worker(*number) {
                    Some(worker) if self.fleet.session(worker).is_some() => continue,
                    _ => "waits for the check of nobody",
                },
                Stage::Fetch(missing) if missing.is_empty() => "waits for no value",
                Stage::Follow(_) | Stage::Check { .. } | Stage::Fetch(_) => continue,
            };
            return Err(format!("{name} {fault}"));
        }
        Ok(())
    }
}
