//! Verification of the log: along the path as far as it leads, over everything that is damaged or missing on it, and
//! then whatever else is there.

use super::bases::Foundation;
use super::{Finding, Problem, Role};
use crate::slot::read_unchained;
use crate::{Chunk, Content, Digest, Fault, Kind, Operation, Seal, Slot};
use bytes::Bytes;
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
pub(super) struct Log {
    foundation: Foundation,
    /// Where the path has come to, and the digest of the object before, if it is known.
    at: Option<Slot>,
    previous: Option<Digest>,
    /// Listed, and not read yet.
    rest: BTreeSet<Slot>,
}

impl Log {
    pub(super) fn new(foundation: Foundation, keys: &[String]) -> Log {
        let rest = keys.iter().filter_map(|key| Slot::parse(key)).collect();
        let (next, previous) = (foundation.next, foundation.previous);
        let mut log = Log { foundation, at: None, previous: None, rest };
        log.arrive(next, Some(previous));
        log
    }

    pub(super) fn operation(&self) -> Option<Operation> {
        let slot = self.at.or_else(|| self.rest.first().copied())?;
        Some(Operation::Get { key: slot.key() })
    }

    pub(super) fn answer(&mut self, bytes: Option<&Bytes>) -> Vec<Finding> {
        let finding = match (self.at, bytes) {
            (Some(slot), Some(bytes)) => Some(self.on_path(slot, bytes)),
            (Some(slot), None) => self.missing(slot),
            (None, bytes) => self.beside(bytes),
        };
        finding.into_iter().collect()
    }

    /// Comes to a slot, and goes on behind it if the log was cut there.
    fn arrive(&mut self, slot: Slot, previous: Option<Digest>) {
        self.at = Some(slot);
        self.previous = previous;
        let cut = self.foundation.cuts.iter().find(|(cut, _)| cut.seal.slot == slot);
        if let Some((next, digest)) = cut.map(|(cut, digest)| (behind(&cut.seal), *digest)) {
            self.arrive(next, Some(digest));
        }
    }

    fn on_path(&mut self, slot: Slot, bytes: &Bytes) -> Finding {
        self.rest.remove(&slot);
        let read = read_unchained(slot, bytes);
        let problem = match &read {
            Ok((content, _)) => self.chain(content).map(Problem::Fault),
            Err(_) => None,
        };
        match &read {
            Ok((Content::Increment(_), digest)) => self.arrive(slot.next(), Some(*digest)),
            Ok((Content::Seal(seal), digest)) => self.arrive(behind(seal), Some(*digest)),
            // What it was is not known: an increment, unless the listing knows better.
            Err(_) => self.arrive(self.next_listed(slot).unwrap_or(slot.next()), None),
        }
        let finding = at(slot, Role::Needed, Some(bytes), read.map(|(content, _)| content));
        Finding { problem: finding.problem.clone().or(problem), ..finding }
    }

    fn chain(&self, content: &Content) -> Option<Fault> {
        let (actual, named) = (self.previous?, content.previous());
        let is_fence = matches!(content, Content::Seal(_)) && named == Digest::NONE;
        (named != actual && !is_fence).then_some(Fault::Unchained { named, actual })
    }

    /// The end of the path, or a hole in it.
    fn missing(&mut self, slot: Slot) -> Option<Finding> {
        match self.next_listed(slot) {
            Some(later) => {
                self.arrive(later, None);
                Some(at(slot, Role::Needed, None, Err(Fault::Foreign)))
            }
            None => {
                self.at = None;
                None
            }
        }
    }

    /// The first slot that is listed behind this one and can be on the path: right behind it if possible.
    fn next_listed(&self, slot: Slot) -> Option<Slot> {
        let behind = self.rest.iter().filter(|later| {
            later.sequence > slot.sequence
                && later.epoch >= slot.epoch
                && !self.foundation.seals.contains(later)
        });
        behind.min_by_key(|later| (later.sequence, later.epoch)).copied()
    }

    /// An object that is not on the path.
    fn beside(&mut self, bytes: Option<&Bytes>) -> Option<Finding> {
        let slot = self.rest.pop_first()?;
        let role = if self.foundation.seals.contains(&slot) {
            Role::Needed
        } else if slot.sequence < self.foundation.next.sequence {
            Role::Covered
        } else {
            Role::Stray
        };
        // Collected since it was listed.
        if bytes.is_none() && role != Role::Needed {
            return None;
        }
        let read = read_unchained(slot, bytes.map(|bytes| &bytes[..]).unwrap_or_default());
        Some(at(slot, role, bytes, read.map(|(content, _)| content)))
    }
}

fn behind(seal: &Seal) -> Slot {
    seal.slot.next_in(seal.successor)
}

fn at(slot: Slot, role: Role, bytes: Option<&Bytes>, read: Result<Content, Fault>) -> Finding {
    let finding = Finding::of(slot.key(), Kind::Increment, role, bytes, |bytes| {
        Ok(Chunk::of_slot(slot, read?, bytes).summary)
    });
    finding.at_slot(slot)
}
