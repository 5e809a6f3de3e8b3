//! When outcomes become durable: the checkpoint modes, by the names that Parsl gave them.
//!
//! What each mode promises is in docs/checkpointing.md; what it does is the coordinator core's business.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// When the outcomes of a workflow's tasks are written to the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckpointMode {
    /// Every outcome, before anybody is told of it.
    #[default]
    TaskExit,
    /// At the latest one period after they happened.
    Periodic,
    /// When the workflow ends for any reason that lets code run. Parsl calls it `dfk_exit`.
    #[serde(alias = "dfk_exit")]
    WorkflowExit,
    /// When somebody asks for it.
    Manual,
    /// Never: the workflow does not survive its coordinator.
    Off,
}

/// A name that is no mode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no checkpoint mode; there are task_exit, periodic, workflow_exit (or dfk_exit), manual and off"
)]
pub struct UnknownMode(pub String);

impl CheckpointMode {
    /// Every mode, in the order of what it promises.
    pub const ALL: [CheckpointMode; 5] = [
        CheckpointMode::TaskExit,
        CheckpointMode::Periodic,
        CheckpointMode::WorkflowExit,
        CheckpointMode::Manual,
        CheckpointMode::Off,
    ];

    /// Its name in files and flags.
    pub fn name(self) -> &'static str {
        match self {
            CheckpointMode::TaskExit => "task_exit",
            CheckpointMode::Periodic => "periodic",
            CheckpointMode::WorkflowExit => "workflow_exit",
            CheckpointMode::Manual => "manual",
            CheckpointMode::Off => "off",
        }
    }
}

impl fmt::Display for CheckpointMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for CheckpointMode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<CheckpointMode, UnknownMode> {
        let named = CheckpointMode::ALL.into_iter().find(|mode| mode.name() == text);
        named
            .or((text == "dfk_exit").then_some(CheckpointMode::WorkflowExit))
            .ok_or_else(|| UnknownMode(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for mode in CheckpointMode::ALL {
            assert_eq!(mode.name().parse(), Ok(mode));
        }
        assert_eq!("dfk_exit".parse(), Ok(CheckpointMode::WorkflowExit));
        assert_eq!("always".parse::<CheckpointMode>(), Err(UnknownMode("always".to_owned())));
    }
}
