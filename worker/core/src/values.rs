//! Captured values that came ahead of the attempts whose commands ask for them.

use crate::action::Values;
use crate::limits::{VALUES_BYTES_MAX, WAITING_MAX};
use godwit_common::ids::AttemptId;
use godwit_common::message::worker;
use godwit_common::task::TaskSpec;
use godwit_common::template::Placeholder;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Values without their attempts. An attempt that has come keeps its own.
#[derive(Debug, Default)]
pub(crate) struct AttemptValues {
    table: BTreeMap<AttemptId, Given>,
    bytes: usize,
}

/// The values of one attempt.
#[derive(Debug, Default)]
pub(crate) struct Given(Vec<(String, Arc<str>)>);

impl AttemptValues {
    /// More values; one sentence if it is too much.
    pub(crate) fn add(&mut self, values: Vec<worker::AttemptValues>) -> Result<(), String> {
        for worker::AttemptValues { id, values } in values {
            let given = Given(values);
            self.bytes += given.bytes();
            if let Some(before) = self.table.insert(id, given) {
                self.bytes -= before.bytes();
            }
        }
        if self.table.len() > WAITING_MAX || self.bytes > VALUES_BYTES_MAX {
            return Err("the coordinator gave more values than can wait for their tasks".to_owned());
        }
        Ok(())
    }

    /// What came for this attempt; nothing if nothing came.
    pub(crate) fn take(&mut self, id: &AttemptId) -> Given {
        let given = self.table.remove(id).unwrap_or_default();
        self.bytes -= given.bytes();
        given
    }

    pub(crate) fn clear(&mut self) {
        *self = AttemptValues::default();
    }
}

impl Given {
    fn bytes(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// Why an attempt that asks for the values `wanted` cannot be run, if it cannot.
    pub(crate) fn missing(&self, wanted: &BTreeSet<&str>) -> Option<String> {
        let known = |name: &str| self.0.iter().any(|(known, _)| known == name);
        let missing = wanted.iter().find(|name| !known(name))?;
        Some(format!("the coordinator did not say what the value of {missing} is"))
    }
}

impl From<Given> for Values {
    fn from(given: Given) -> Values {
        given.0.into()
    }
}

/// The tasks whose values the templates of a spec ask for.
pub(crate) fn wanted(task: &TaskSpec) -> BTreeSet<&str> {
    let placeholders = task.templates().flat_map(|(_, template)| template.placeholders());
    let names = placeholders.filter_map(|placeholder| match placeholder {
        Placeholder::Result(name) => Some(name.as_str()),
        _ => None,
    });
    names.collect()
}
