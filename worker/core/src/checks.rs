//! Results whose files are being looked at for the coordinator. They take neither slot nor room, and belong to one
//! connection: the next coordinator asks again.

use crate::limits::{CHECKED_MAX, CHECKS_MAX};
use godwit_common::ids::TaskId;
use godwit_common::memo::{Check, Checked};
use std::collections::BTreeSet;

/// What was asked on this connection.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    /// Asked and not answered: number of the check and task.
    asked: BTreeSet<(u64, TaskId)>,
    answers: Vec<Checked>,
}

impl Checks {
    /// The coordinator wants to know about these.
    pub(crate) fn ask(&mut self, checks: &[Check]) -> Result<(), String> {
        if checks.len() + self.asked.len() > CHECKS_MAX {
            return Err(format!("the coordinator asked about more than {CHECKS_MAX} results at once"));
        }
        self.asked.extend(checks.iter().map(|check| (check.number, check.task)));
        Ok(())
    }

    /// These were looked at. What an earlier connection asked is not answered.
    pub(crate) fn answer(&mut self, checked: Vec<Checked>) {
        let asked = &mut self.asked;
        self.answers.extend(checked.into_iter().filter(|answer| asked.remove(&(answer.number, answer.task))));
    }

    pub(crate) fn take_answers(&mut self) -> Vec<Vec<Checked>> {
        let mut answers = std::mem::take(&mut self.answers);
        let mut messages = Vec::new();
        while !answers.is_empty() {
            let rest = answers.split_off(answers.len().min(CHECKED_MAX));
            messages.push(std::mem::replace(&mut answers, rest));
        }
        messages
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        *self = Checks::default();
    }
}
