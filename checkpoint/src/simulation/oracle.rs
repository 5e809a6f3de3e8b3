//! What the store's history really is, found by following the path without taking part in it, through everything that
//! was ever created, deleted or not.

use super::store::MemoryStore;
use crate::base::{Base, Numbered, Part};
use crate::key::{BASES, LOG, PartPlace};
use crate::{BaseNumber, Content, Digest, Keep, Seal, Slot, blob_key, claim_key, read_blob, read_slot};
use bytes::Bytes;
use godwit_common::ids::Epoch;
use std::collections::{BTreeMap, BTreeSet};

pub(super) type Record = Vec<u8>;

#[derive(Clone, Debug)]
pub(super) struct Oracle {
    slot: Slot,
    previous: Digest,
    pub(super) records: Vec<Record>,
    /// Each slot that the path came to, and how many records there are before it.
    path: BTreeMap<Slot, usize>,
    seals: BTreeSet<Slot>,
    cuts: BTreeMap<Slot, (Seal, Digest)>,
    /// Who decided to cut, last.
    pub(super) cut_by: Option<Epoch>,
    /// Slots that are not on the path because it was cut.
    cut_off: BTreeSet<Slot>,
    bases: BTreeSet<BaseNumber>,
}

impl Oracle {
    pub(super) fn new() -> Oracle {
        Oracle {
            slot: Slot::FIRST,
            previous: Digest::NONE,
            records: Vec::new(),
            path: BTreeMap::from([(Slot::FIRST, 0)]),
            seals: BTreeSet::new(),
            cuts: BTreeMap::new(),
            cut_by: None,
            cut_off: BTreeSet::new(),
            bases: BTreeSet::new(),
        }
    }

    /// Goes on from where it stopped, or from the beginning if the log was cut.
    pub(super) fn follow(&mut self, store: &MemoryStore) {
        if self.find_cuts(store) {
            let old = std::mem::replace(self, Oracle::new());
            self.cuts = old.cuts;
            self.cut_by = old.cut_by;
            self.bases = old.bases;
            self.walk(store);
            self.cut_off = old.path.into_keys().filter(|slot| !self.path.contains_key(slot)).collect();
            self.cut_off.extend(old.cut_off);
            self.cut_off.extend(slots(store).filter(|slot| !self.path.contains_key(slot)));
        }
        self.walk(store);
        for slot in slots(store) {
            let beside = !self.path.contains_key(&slot) && !self.cut_off.contains(&slot);
            let is_seal = store.created[&slot.key()][6] == b's';
            assert!(!beside || is_seal, "an increment beside the path: somebody wrote behind a seal");
        }
    }

    fn find_cuts(&mut self, store: &MemoryStore) -> bool {
        let known = self.cuts.len();
        for (key, body) in bases(store) {
            let number = BaseNumber::parse(key).filter(|number| !self.bases.contains(number));
            if let Some(Ok(Numbered::Cut(cut, digest))) = number.map(|number| Numbered::decode(number, body))
            {
                self.cut_by = Some(cut.seal.successor);
                self.bases.insert(cut.number);
                self.cuts.insert(cut.seal.slot, (cut.seal, digest));
            }
        }
        self.cuts.len() > known
    }

    fn walk(&mut self, store: &MemoryStore) {
        loop {
            let seal = match self.cuts.get(&self.slot) {
                Some((seal, digest)) => {
                    self.previous = *digest;
                    seal.clone()
                }
                None => {
                    let Some(bytes) = store.created.get(&self.slot.key()) else {
                        return;
                    };
                    let (content, digest) =
                        read_slot(self.slot, self.previous, bytes).expect("only whole objects are written");
                    self.previous = digest;
                    match content {
                        Content::Increment(increment) => {
                            self.records.extend(increment.records.iter().map(<[u8]>::to_vec));
                            self.arrive(self.slot.next());
                            continue;
                        }
                        Content::Seal(seal) => {
                            self.seals.insert(self.slot);
                            seal
                        }
                    }
                }
            };
            self.arrive(self.slot.next_in(seal.successor));
        }
    }

    fn arrive(&mut self, slot: Slot) {
        self.slot = slot;
        self.path.insert(slot, self.records.len());
    }

    /// A base that was just created holds what the log holds before it.
    pub(super) fn check_new_bases(&mut self, store: &MemoryStore, damaged: bool) {
        for (key, body) in bases(store) {
            let Some(number) = BaseNumber::parse(key).filter(|number| !self.bases.contains(number)) else {
                continue;
            };
            self.bases.insert(number);
            let Some((base, records)) = read_base(store, number, body) else {
                assert!(damaged, "{key} is not whole");
                continue;
            };
            let count = self.path.get(&base.next).expect("a base of a point on the path");
            assert!(records == self.records[..*count], "a base of another state");
        }
    }

    /// Nothing that is needed was deleted. (What was damaged is not missing.)
    pub(super) fn check_needed(&self, store: &MemoryStore, claims: u32, keep: Keep) {
        let is_there = |key: String| assert!(store.objects.contains_key(&key), "{key} was deleted");
        for epoch in 1..=claims {
            let key = claim_key(Epoch(epoch));
            assert!(
                !store.created.contains_key(&key) || store.objects.contains_key(&key),
                "{key} was deleted"
            );
        }
        self.seals.iter().for_each(|slot| is_there(slot.key()));
        let spared = if keep == Keep::Previous { 1 } else { 0 };
        let from = self.oldest_needed(store, spared);
        let written = self.path.keys().filter(|slot| slot.sequence >= from.sequence);
        for slot in written.filter(|slot| store.created.contains_key(&slot.key())) {
            is_there(slot.key());
        }
        for value in self.records.iter().filter_map(|record| named_value(record)) {
            let digest = Digest::of(value);
            let found = store.objects.get(&blob_key(digest)).expect("a value that a record names");
            assert_eq!(read_blob(digest, found).as_deref(), Ok(value));
        }
    }

    /// Where a recovery may have to begin: behind the newest base, or one that is `spared` for when it is damaged. Its
    /// parts must be there.
    fn oldest_needed(&self, store: &MemoryStore, mut spared: usize) -> Slot {
        let mut oldest = None;
        for number in self.bases.iter().rev() {
            let body = &store.objects[&number.key()];
            if let Some((base, _)) = read_base(store, *number, body) {
                oldest = Some(base.next);
                if spared == 0 {
                    return base.next;
                }
                spared -= 1;
            } else if let Ok(Numbered::Retired(_)) = Numbered::decode(*number, body) {
                return oldest.unwrap_or(self.slot);
            }
            // Of what is before a cut, or before a damaged base, all is needed.
        }
        let retired = store.objects.contains_key(&BaseNumber(0).key());
        if retired { oldest.unwrap_or(self.slot) } else { Slot::FIRST }
    }
}

fn bases(store: &MemoryStore) -> impl Iterator<Item = (&String, &Bytes)> {
    store.created.range(BASES.to_owned()..).take_while(|(key, _)| key.starts_with(BASES))
}

fn slots(store: &MemoryStore) -> impl Iterator<Item = Slot> {
    store
        .created
        .range(LOG.to_owned()..)
        .map_while(|(key, _)| key.starts_with(LOG).then(|| Slot::parse(key))?)
}

fn read_base(store: &MemoryStore, number: BaseNumber, body: &[u8]) -> Option<(Base, Vec<Record>)> {
    let Ok(Numbered::Base(base, inline)) = Numbered::decode(number, body) else {
        return None;
    };
    let mut records: Vec<Record> = inline.iter().flatten().map(<[u8]>::to_vec).collect();
    for (index, name) in (0..).zip(&base.parts) {
        let place = PartPlace { number, nonce: base.nonce, index };
        let bytes = store.objects.get(&place.key()).expect("a part of a base that is not retired");
        let part = Part::decode_named(place, name, bytes).ok()?;
        records.extend(part.iter().map(<[u8]>::to_vec));
    }
    Some((*base, records))
}

/// The value that a record names: what stands behind its plus sign.
fn named_value(record: &[u8]) -> Option<&[u8]> {
    let plus = record.iter().position(|&byte| byte == b'+')?;
    Some(&record[plus + 1..])
}
