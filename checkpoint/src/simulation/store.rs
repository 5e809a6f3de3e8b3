//! An object store in memory that goes wrong in the ways in which real ones do.

use crate::{Answer, Operation};
use bytes::Bytes;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub(super) struct MemoryStore {
    pub(super) objects: BTreeMap<String, Bytes>,
    /// What was first created at each key, whatever became of it.
    pub(super) created: BTreeMap<String, Bytes>,
    /// Writes whose sender knows nothing of them any more and that land later, or never.
    pub(super) floating: Vec<Operation>,
    /// Something was written or removed since somebody last looked.
    pub(super) changed: bool,
}

/// What goes wrong with one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Nothing,
    /// It is not done, and the answer says so.
    Failed,
    /// It is done, and its answer is lost.
    AnswerLost,
    /// It is not done, and its answer is lost.
    RequestLost,
    /// It is not done, its answer is lost, and it may be done later.
    Floating,
    /// The store answers a put with a conflict though it has no such object.
    Conflict,
    /// The put is done, and the client library tries it a second time.
    TriedTwice,
    /// The listing lacks its newest keys.
    StaleByOne,
    StaleByAll,
}

impl Trouble {
    pub(super) fn is_stale(self) -> bool {
        matches!(self, Trouble::StaleByOne | Trouble::StaleByAll)
    }

    /// Everything that can go wrong with `operation`, and nothing.
    pub(super) fn all(operation: &Operation) -> &'static [Trouble] {
        use Trouble::{AnswerLost, Conflict, Failed, Floating, Nothing, RequestLost, TriedTwice};
        match operation {
            Operation::Get { .. } => &[Nothing, Failed],
            Operation::Replace { .. } | Operation::Delete { .. } => {
                &[Nothing, Failed, AnswerLost, RequestLost, Floating]
            }
            Operation::Create { .. } => {
                &[Nothing, Failed, AnswerLost, RequestLost, Floating, Conflict, TriedTwice]
            }
            Operation::List { .. } => &[Nothing, Failed, Trouble::StaleByOne, Trouble::StaleByAll],
        }
    }
}

impl MemoryStore {
    pub(super) fn perform(&mut self, operation: &Operation, trouble: Trouble) -> Answer {
        if trouble == Trouble::Failed {
            return Answer::Failed("the store is busy".to_owned());
        }
        match operation {
            Operation::Get { key } => self.objects.get(key).cloned().map_or(Answer::Missing, Answer::Found),
            Operation::Create { key, body } => self.create(key, body, trouble),
            Operation::Replace { .. } | Operation::Delete { .. } => self.change(operation, trouble),
            Operation::List { prefix, after } => {
                let after = after.as_ref().unwrap_or(prefix);
                let keys = self.objects.keys().filter(|key| key.starts_with(prefix) && *key > after);
                let mut keys: Vec<String> = keys.cloned().collect();
                match trouble {
                    Trouble::StaleByOne => keys.truncate(keys.len().saturating_sub(1)),
                    Trouble::StaleByAll => keys.clear(),
                    _ => {}
                }
                Answer::Listed(keys)
            }
        }
    }

    fn create(&mut self, key: &str, body: &Bytes, trouble: Trouble) -> Answer {
        match trouble {
            Trouble::Conflict => return Answer::AlreadyExists,
            Trouble::RequestLost => return lost(),
            Trouble::Floating => {
                self.floating.push(Operation::Create { key: key.to_owned(), body: body.clone() });
                return lost();
            }
            _ => {}
        }
        let is_new = self.put_if_absent(key, body);
        match trouble {
            Trouble::AnswerLost => lost(),
            Trouble::TriedTwice => Answer::AlreadyExists,
            _ if is_new => Answer::Created,
            _ => Answer::AlreadyExists,
        }
    }

    fn put_if_absent(&mut self, key: &str, body: &Bytes) -> bool {
        let is_new = !self.objects.contains_key(key);
        self.changed |= is_new;
        if is_new {
            self.objects.insert(key.to_owned(), body.clone());
            self.created.entry(key.to_owned()).or_insert_with(|| body.clone());
        }
        is_new
    }

    fn change(&mut self, operation: &Operation, trouble: Trouble) -> Answer {
        match trouble {
            Trouble::RequestLost => return lost(),
            Trouble::Floating => {
                self.floating.push(operation.clone());
                return lost();
            }
            _ => {}
        }
        self.write(operation);
        match (trouble, operation) {
            (Trouble::AnswerLost, _) => lost(),
            (_, Operation::Replace { .. }) => Answer::Replaced,
            _ => Answer::Deleted,
        }
    }

    fn write(&mut self, operation: &Operation) {
        self.changed = true;
        match operation {
            Operation::Create { key, body } => {
                self.put_if_absent(key, body);
            }
            Operation::Replace { key, body } => {
                self.objects.insert(key.clone(), body.clone());
            }
            Operation::Delete { key } => {
                self.objects.remove(key);
            }
            Operation::Get { .. } | Operation::List { .. } => {}
        }
    }

    /// A floating write lands.
    pub(super) fn land(&mut self, index: usize) {
        let operation = self.floating.remove(index);
        self.write(&operation);
    }
}

fn lost() -> Answer {
    Answer::Unknown("the connection broke".to_owned())
}
