//! What the store's history really is, found by following the path without taking part in it.

use super::store::MemoryStore;
use crate::{Content, Digest, Slot, read_slot};

pub(super) type Record = Vec<u8>;

#[derive(Clone, Debug)]
pub(super) struct Oracle {
    slot: Slot,
    previous: Digest,
    objects: usize,
    pub(super) records: Vec<Record>,
}

impl Oracle {
    pub(super) fn new() -> Oracle {
        Oracle { slot: Slot::FIRST, previous: Digest::NONE, objects: 0, records: Vec::new() }
    }

    /// Goes on from where it stopped: objects are only ever added, so that what was read stays true.
    pub(super) fn follow(&mut self, store: &MemoryStore) {
        while let Some(bytes) = store.objects.get(&self.slot.key()) {
            let (content, digest) =
                read_slot(self.slot, self.previous, bytes).expect("only whole objects are written");
            self.objects += 1;
            self.previous = digest;
            self.slot = match content {
                Content::Increment(increment) => {
                    self.records.extend(increment.records.iter().map(<[u8]>::to_vec));
                    self.slot.next()
                }
                Content::Seal(seal) => self.slot.next_in(seal.successor),
            };
        }
        let stored = store.objects.keys().filter(|key| Slot::parse(key).is_some()).count();
        assert_eq!(stored, self.objects, "an object beside the path: somebody wrote behind a seal");
    }
}
