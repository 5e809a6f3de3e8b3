//! Large values, which are objects of their own in the store: read when they are first needed, and held within bounds.
//!
//! The value of a task that is about to be placed is pinned: it is there when the task is given to a worker.

use crate::action::Action;
use crate::event::Position;
use crate::limits::{BLOB_BYTES_HELD_MAX, BLOB_READS_MAX};
use godwit_common::ids::TaskId;
use godwit_common::memo::ContentDigest;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;

/// The values that are held, and those that are wanted.
#[derive(Debug, Default)]
pub(crate) struct Blobs {
    held: BTreeMap<ContentDigest, Held>,
    bytes: usize,
    bytes_pinned: usize,
    pins: BTreeMap<TaskId, Vec<ContentDigest>>,
    wanted: VecDeque<ContentDigest>,
    /// The same, to be found.
    queued: BTreeSet<ContentDigest>,
    reading: BTreeSet<ContentDigest>,
    /// Counts what is put in, so that the oldest goes first.
    count: u64,
}

#[derive(Debug)]
struct Held {
    text: Arc<str>,
    order: u64,
    pins: u32,
    /// The store has it when this is durable.
    until: Position,
}

impl Blobs {
    pub(crate) fn get(&self, digest: &ContentDigest) -> Option<Arc<str>> {
        self.held.get(digest).map(|held| Arc::clone(&held.text))
    }

    /// Holds a value. What is not durable yet stays until it is; of the rest the oldest goes if there is too much.
    pub(crate) fn put(&mut self, digest: ContentDigest, text: Arc<str>, until: Position, durable: Position) {
        self.reading.remove(&digest);
        if self.held.contains_key(&digest) {
            return;
        }
        self.count += 1;
        self.bytes += text.len();
        self.held.insert(digest, Held { text, order: self.count, pins: 0, until });
        self.evict(durable, &digest);
    }

    fn evict(&mut self, durable: Position, newest: &ContentDigest) {
        while self.bytes > BLOB_BYTES_HELD_MAX {
            let free = |(digest, held): &(&ContentDigest, &Held)| {
                held.pins == 0 && held.until <= durable && *digest != newest
            };
            let oldest = self.held.iter().filter(free).min_by_key(|(_, held)| held.order);
            let Some(digest) = oldest.map(|(digest, _)| *digest) else { return };
            if let Some(held) = self.held.remove(&digest) {
                self.bytes -= held.text.len();
            }
        }
    }

    /// A task needs these, which are all held.
    pub(crate) fn pin(&mut self, task: TaskId, digests: Vec<ContentDigest>) {
        self.unpin(task);
        for digest in &digests {
            if let Some(held) = self.held.get_mut(digest) {
                self.bytes_pinned += if held.pins == 0 { held.text.len() } else { 0 };
                held.pins += 1;
            }
        }
        if !digests.is_empty() {
            self.pins.insert(task, digests);
        }
    }

    pub(crate) fn unpin(&mut self, task: TaskId) {
        for digest in self.pins.remove(&task).unwrap_or_default() {
            if let Some(held) = self.held.get_mut(&digest) {
                held.pins -= 1;
                self.bytes_pinned -= if held.pins == 0 { held.text.len() } else { 0 };
            }
        }
    }

    pub(super) fn unpin_all(&mut self, tasks: Range<TaskId>) {
        if self.pins.is_empty() || tasks.is_empty() {
            return;
        }
        let pinned: Vec<TaskId> = self.pins.range(tasks).map(|(task, _)| *task).collect();
        pinned.into_iter().for_each(|task| self.unpin(task));
    }

    pub(super) fn want(&mut self, digest: ContentDigest) {
        if !self.reading.contains(&digest) && self.queued.insert(digest) {
            self.wanted.push_back(digest);
        }
    }

    /// Reads what is wanted, as far as there is room for it.
    pub(super) fn read(&mut self, out: &mut Vec<Action>) {
        while self.reading.len() < BLOB_READS_MAX && self.bytes_pinned < BLOB_BYTES_HELD_MAX {
            let Some(digest) = self.wanted.pop_front() else { return };
            self.queued.remove(&digest);
            self.reading.insert(digest);
            out.push(Action::ReadBlob(digest));
        }
    }

    /// A value cannot be read. False if nobody asked for it.
    pub(super) fn give_up(&mut self, digest: &ContentDigest) -> bool {
        self.reading.remove(digest)
    }

    pub(super) fn is_reading(&self, digest: &ContentDigest) -> bool {
        self.reading.contains(digest)
    }
}
