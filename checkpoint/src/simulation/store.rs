//! An object store in memory that goes wrong in the ways in which real ones do.

use crate::{Answer, Operation};
use bytes::Bytes;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub(super) struct MemoryStore {
    pub(super) objects: BTreeMap<String, Bytes>,
    /// Puts whose sender knows nothing of them any more and that land later, or never.
    pub(super) floating: Vec<(String, Bytes)>,
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
    /// Its answer is lost, and it may be done later.
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
    /// Everything that can go wrong with `operation`, and nothing.
    pub(super) fn all(operation: &Operation) -> &'static [Trouble] {
        use Trouble::{AnswerLost, Conflict, Failed, Floating, Nothing, RequestLost, TriedTwice};
        match operation {
            Operation::Get { .. } => &[Nothing, Failed],
            Operation::Replace { .. } | Operation::Delete { .. } => {
                &[Nothing, Failed, AnswerLost, RequestLost]
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
            Operation::Replace { key, body } => {
                self.objects.insert(key.clone(), body.clone());
                Answer::Replaced
            }
            Operation::Delete { key } => {
                self.objects.remove(key);
                Answer::Deleted
            }
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
        let lost = Answer::Unknown("the connection broke".to_owned());
        match trouble {
            Trouble::Conflict => return Answer::AlreadyExists,
            Trouble::RequestLost => return lost,
            Trouble::Floating => {
                self.floating.push((key.to_owned(), body.clone()));
                return lost;
            }
            _ => {}
        }
        let created = !self.objects.contains_key(key);
        if created {
            self.objects.insert(key.to_owned(), body.clone());
        }
        match trouble {
            Trouble::AnswerLost => lost,
            Trouble::TriedTwice => Answer::AlreadyExists,
            _ if created => Answer::Created,
            _ => Answer::AlreadyExists,
        }
    }

    /// A floating put lands, if its key is still free.
    pub(super) fn land(&mut self, index: usize) {
        let (key, body) = self.floating.remove(index);
        self.objects.entry(key).or_insert(body);
    }
}
