//! `godwit checkpoint verify`: everything in a store, judged one by one and then in order.

use super::place::find;
use crate::args::{CheckpointVerify, Output};
use crate::commands::Context;
use crate::console::{look, print, print_json};
use crate::errors::{Error, Exit, Outcome};
use crate::render::{Finding, Verification, verification};
use crate::results::{News, Stop, Walk, decode, get};
use godwit_checkpoint::{Digest, Inspected, Kind, Refusal, Slot, blob_key, inspect};
use godwit_common::ids::Sequence;
use godwit_store::{Entry, Store};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

/// Objects that are read at the same time: a store far away answers each of them late.
const READ_AT_ONCE: usize = 16;

/// The lock file of stores that need one.
const LOCK: &str = "lock";

/// Reads everything and says what is wrong.
pub(super) async fn verify(context: &Context, arguments: &CheckpointVerify) -> Outcome {
    let form = arguments.output.form;
    let store = find(context, &arguments.place, form).await?.open()?;
    let found = examine(&store).await?;
    match form {
        Output::Json => print_json(&found)?,
        Output::Quiet => {
            print(&found.faults.iter().map(|fault| format!("{}\n", fault.key)).collect::<String>())?;
        }
        Output::Table => print(&verification(&found, look()))?,
    }
    Ok(if found.whole { Exit::Success } else { Exit::Unsuccessful })
}

/// What is learned about a store.
#[derive(Default)]
struct Examination {
    /// What is wrong, by key.
    faults: BTreeMap<String, String>,
    strays: Vec<String>,
    objects: u64,
    stored_bytes: u64,
    /// Slots that hold something, with its digest and the one that it names, if it is whole.
    slots: BTreeMap<Slot, Option<(Digest, Option<Digest>)>>,
    /// Objects that others cannot be without, and which those are.
    needed: BTreeMap<String, String>,
    present: BTreeSet<String>,
}

async fn examine(store: &Store) -> Result<Verification, Error> {
    let mut seen = Examination::default();
    seen.read_all(store).await?;
    let end = seen.walk(store).await?;
    seen.miss(store).await?;
    if let End::Refused(refusal, _) = &end {
        seen.go_on_behind(refusal);
    }
    let (usable, accept) = match end {
        End::Good(sequence) => (sequence, None),
        End::Refused(refusal, reached) => (refusal.acceptable().or(reached), refusal.acceptable()),
    };
    let faults = seen.faults.into_iter().map(|(key, fault)| Finding { key, fault });
    let faults: Vec<Finding> = faults.collect();
    Ok(Verification {
        store: store.url().to_owned(),
        whole: faults.is_empty(),
        objects: seen.objects,
        stored_bytes: seen.stored_bytes,
        usable: usable.filter(|sequence| sequence.0 > 0),
        accept_loss_after: accept,
        faults,
        strays: seen.strays,
    })
}

/// Whether an object is there and is not a base that was retired.
async fn stands(store: &Store, key: &str) -> Result<bool, Error> {
    let judged = get(store, key).await?.and_then(|bytes| inspect(key, &bytes)).and_then(Result::ok);
    Ok(judged.is_some_and(|seen| seen.summary.kind != Kind::Retired))
}

/// How the walk through the log ended.
enum End {
    Good(Option<Sequence>),
    /// Why, and how far it had come.
    Refused(Box<Refusal>, Option<Sequence>),
}

impl Examination {
    /// Judges every object by itself.
    async fn read_all(&mut self, store: &Store) -> Result<(), Error> {
        let mut entries = store.list_all("").await.map_err(Error::infrastructure)?.into_iter();
        let mut reading = JoinSet::new();
        loop {
            while reading.len() < READ_AT_ONCE
                && let Some(Entry { key, .. }) = entries.next()
            {
                let store = store.clone();
                reading.spawn(async move {
                    let bytes = get(&store, &key).await;
                    (key, bytes)
                });
            }
            let Some(read) = reading.join_next().await else { return Ok(()) };
            let (key, bytes) =
                read.map_err(|error| Error::infrastructure(format!("reading broke down: {error}")))?;
            // What is not there any more was collected meanwhile; the walk tells if it was not.
            if let Some(bytes) = bytes? {
                self.judge(key, &bytes);
            }
        }
    }

    fn judge(&mut self, key: String, bytes: &[u8]) {
        let Some(judged) = inspect(&key, bytes) else {
            if key != LOCK {
                self.strays.push(key);
            }
            return;
        };
        self.objects += 1;
        self.stored_bytes += bytes.len() as u64;
        self.present.insert(key.clone());
        match judged {
            Ok(Inspected { digest, previous, needs, .. }) => {
                if let Some(slot) = Slot::parse(&key) {
                    self.slots.insert(slot, Some((digest, previous)));
                }
                self.needed.extend(needs.into_iter().map(|part| (part, key.clone())));
            }
            Err(fault) => {
                if let Some(slot) = Slot::parse(&key) {
                    self.slots.insert(slot, None);
                }
                self.faults.insert(key, fault.to_string());
            }
        }
    }

    /// Goes through the log in order, which shows what is missing or exchanged, and what blobs are needed.
    async fn walk(&mut self, store: &Store) -> Result<End, Error> {
        let mut walk = Walk::new(store);
        let end = loop {
            match walk.next().await {
                Ok(News::Chunk(chunk)) => {
                    for record in decode(store.url(), &chunk) {
                        match record {
                            Ok(record) => self.need_blobs(&record, &chunk.summary.key),
                            Err(error) => drop(self.faults.insert(chunk.summary.key.clone(), error.sentence)),
                        }
                    }
                }
                Ok(News::Restart) => {}
                Ok(News::Done(point)) => break End::Good(Some(point.sequence())),
                Err(Stop::Refused(refusal)) => {
                    self.refused(&refusal);
                    break End::Refused(Box::new(refusal), walk.reached().sequence);
                }
                Err(Stop::Broken(error)) => return Err(error),
            }
        };
        if let Some(refusal) = walk.damaged_base().cloned() {
            self.refused(&refusal);
        }
        Ok(end)
    }

    fn need_blobs(&mut self, record: &godwit_coordinator_core::Record, key: &str) {
        record.blobs(&mut |digest| {
            self.needed.insert(blob_key(Digest(digest.0)), key.to_owned());
        });
    }

    fn refused(&mut self, refusal: &Refusal) {
        let (key, fault) = match refusal {
            Refusal::Unreadable { key, fault, .. } => (key.clone(), fault.to_string()),
            Refusal::Lost { key, later, .. } => {
                (key.clone(), format!("it is missing, though {later} was written after it"))
            }
            other => ("log".to_owned(), other.to_string()),
        };
        self.faults.entry(key).or_insert(fault);
    }

    /// Names what others cannot be without and is not there.
    async fn miss(&mut self, store: &Store) -> Result<(), Error> {
        let needed = std::mem::take(&mut self.needed);
        for (key, by) in needed.into_iter().filter(|(key, _)| !self.present.contains(key)) {
            // It may have been written after the listing, and whoever needs it may be retired or gone by now.
            if get(store, &key).await?.is_none() && stands(store, &by).await? {
                self.faults.insert(key, format!("it is missing, though {by} names it"));
            }
        }
        Ok(())
    }

    /// The walk stopped at the first fault. What is behind it is judged by the numbers and by the chain.
    fn go_on_behind(&mut self, refusal: &Refusal) {
        let good = refusal.acceptable().unwrap_or(Sequence(0));
        let behind = self.slots.iter().filter(|(slot, _)| slot.sequence > good);
        let mut before: Option<(Slot, Option<Digest>)> = None;
        let mut found = Vec::new();
        for (slot, seen) in behind {
            if let Some((last, digest)) = before {
                for number in last.sequence.0 + 1..slot.sequence.0 {
                    let lost = Slot { epoch: last.epoch, sequence: Sequence(number) };
                    found.push((lost.key(), format!("it is missing, though {slot} was written after it")));
                }
                let named = seen.and_then(|(_, previous)| previous);
                if slot.sequence == last.sequence.next()
                    && let (Some(named), Some(digest)) = (named, digest)
                    && named != digest
                {
                    let what = format!(
                        "it was written after an object with digest {named}, but {last} has {digest}"
                    );
                    found.push((slot.key(), what));
                }
            }
            before = Some((*slot, seen.map(|(digest, _)| digest)));
        }
        for (key, fault) in found {
            self.faults.entry(key).or_insert(fault);
        }
    }
}
