//! What is kept of a success: under which key, its outputs, its value. A worker that says what cannot be keeps nothing.

use super::gather::gather;
use super::key::digest;
use super::read::disagreement;
use crate::Core;
use crate::action::Action;
use crate::event::Position;
use crate::report::shorten;
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::ids::TaskId;
use godwit_common::limits::{VALUE_BYTES_MAX, VALUE_INLINE_BYTES_MAX};
use godwit_common::memo::{Memo, MemoKey, OutputState, Produced, Value};
use godwit_common::task::Capture;
use std::sync::Arc;

impl Core {
    /// What is to be recorded of a task that just succeeded.
    pub(crate) fn keep_success(
        &mut self,
        task: TaskId,
        produced: Option<Box<Produced>>,
        out: &mut Vec<Action>,
    ) -> Option<Box<Memo>> {
        let spec = self.state.group(task.group)?.spec.clone();
        let captures = spec.task.capture == Capture::Stdout;
        let memoized = spec.task.is_memoized();
        let Some(produced) = produced else {
            if memoized {
                self.desk.note(task, "its worker did not say what it read and made".to_owned());
            }
            return None;
        };
        let value = produced.value.clone().filter(|text| captures && text.len() <= VALUE_BYTES_MAX);
        let outputs = produced.outputs.len() == spec.task.outputs.len();
        let key = memoized.then(|| match (outputs, value.is_some() == captures) {
            (false, _) => Err("its outputs were not digested".to_owned()),
            (_, false) => Err("its value is missing".to_owned()),
            (true, true) => self.key_of_success(task, &produced),
        });
        let key = key.and_then(|key| key.map_err(|reason| self.desk.note(task, shorten(reason))).ok());
        let states: Vec<OutputState> = if outputs { produced.outputs } else { Vec::new() };
        let value = value.map(|text| self.keep_value(task, text, out));
        let memo = Memo { key, outputs: states, value };
        (memo != Memo::default()).then(|| Box::new(memo))
    }

    fn key_of_success(&mut self, task: TaskId, produced: &Produced) -> Result<MemoKey, String> {
        let workflow = self.state.workflow(task.workflow()).ok_or("it is not there any more")?;
        let makers = &mut self.desk.shelves.entry(task.workflow()).or_default().makers;
        // It is complete unless the attempt was adopted from a coordinator before.
        makers.build(workflow, &mut usize::MAX.clone());
        let gathered = gather(&self.state, makers, &mut self.desk.combined, task)?;
        match disagreement(&self.state, makers, task, &gathered, produced) {
            Some(reason) => Err(reason),
            None => Ok(gathered.recipe.key()),
        }
    }

    fn keep_value(&mut self, task: TaskId, text: Arc<str>, out: &mut Vec<Action>) -> Value {
        let mode = self.state.workflow(task.workflow()).map(|workflow| workflow.checkpoint);
        if text.len() <= VALUE_INLINE_BYTES_MAX || mode == Some(CheckpointMode::Off) {
            return Value::Inline(text);
        }
        self.keep_blob(text, out)
    }

    /// Has a large value put into the store before the record that names it.
    pub(crate) fn keep_blob(&mut self, text: Arc<str>, out: &mut Vec<Action>) -> Value {
        let (digest, bytes) = (digest(&text), text.len() as u64);
        let until = Position(self.appended.0 + 1);
        self.desk.blobs.put(digest, Arc::clone(&text), until, self.gate.durable());
        out.push(Action::AppendBlob(text));
        Value::Blob { digest, bytes }
    }
}
