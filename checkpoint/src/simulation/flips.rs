//! Every bit of a small store flipped, and every object truncated at every length, one at a time: the right state or a
//! refusal that names the object, never another state. The same for readers, and verification names each.

use super::oracle::Record;
use super::store::{MemoryStore, Trouble};
use super::world::{Limits, Move, World};
use crate::{
    Digest, Finding, Keep, Progress, ReadStep, Reader, Recovery, Refusal, Step, Verification, VerifyStep,
    Writer, blob_key, read_blob, testing,
};
use bytes::Bytes;
use godwit_common::ids::{Sequence, Token};
use godwit_common::time::Time;

/// Two reigns with bases in parts, seals, values, and increments before and after each.
fn small_store(keep: Keep, bases: u32) -> (MemoryStore, Vec<Record>) {
    let limits = Limits { appends: 6, bases, keep, ..Limits::NONE };
    let mut world = World::new(limits);
    for reign in 0..2 {
        world.start(None);
        world.finish();
        for append in 0..6 {
            world.make(Move::Append(reign));
            world.finish();
            if append == 3 && bases > 0 {
                world.make(Move::Base(reign));
                world.finish();
            }
        }
    }
    (world.store.clone(), world.truth().to_vec())
}

fn recover(store: &mut MemoryStore, accept: Option<Sequence>) -> Result<Vec<Record>, Refusal> {
    recover_writer(store, accept).map(|(records, _)| records)
}

pub(super) fn recover_writer(
    store: &mut MemoryStore,
    accept: Option<Sequence>,
) -> Result<(Vec<Record>, Writer), Refusal> {
    let nonce = Token(9 << 64 | store.objects.len() as u128);
    let mut recovery = Recovery::new(testing::identity("node9"), Time(0), nonce, accept);
    let mut records = Vec::new();
    let mut answer = None;
    loop {
        answer = match recovery.step(answer.take()) {
            Step::Do(operation) => Some(store.perform(&operation, Trouble::Nothing)),
            Step::Retry { reason, .. } => panic!("nothing fails here: {reason}"),
            Step::Replay(chunk) => {
                records.extend(chunk.records.iter().map(<[u8]>::to_vec));
                None
            }
            Step::Restart => {
                records.clear();
                None
            }
            Step::Ready(writer) => return Ok((records, *writer)),
            Step::Refused(refusal) => return Err(refusal),
        };
    }
}

pub(super) fn read(store: &mut MemoryStore) -> Result<Vec<Record>, Refusal> {
    let mut reader = Reader::new();
    let mut records = Vec::new();
    let mut answer = None;
    loop {
        answer = match reader.step(answer.take()) {
            ReadStep::Do(operation) => Some(store.perform(&operation, Trouble::Nothing)),
            ReadStep::Retry { reason, .. } => panic!("nothing fails here: {reason}"),
            ReadStep::Read(chunk) => {
                records.extend(chunk.records.iter().map(<[u8]>::to_vec));
                None
            }
            ReadStep::Restart => {
                records.clear();
                None
            }
            ReadStep::Done(_) => return Ok(records),
            ReadStep::Refused(refusal) => return Err(refusal),
        };
    }
}

/// All findings, and those with a problem.
pub(super) fn verify(store: &mut MemoryStore, values: &[&str]) -> (Vec<Finding>, Vec<String>) {
    let blobs: Vec<Digest> = values.iter().map(|value| Digest::of(value.as_bytes())).collect();
    let mut verification = Verification::new(blobs);
    let mut findings: Vec<Finding> = Vec::new();
    let mut answer = None;
    loop {
        answer = match verification.step(answer.take()) {
            VerifyStep::Do(operation) => Some(store.perform(&operation, Trouble::Nothing)),
            VerifyStep::Retry { reason, .. } => panic!("nothing fails here: {reason}"),
            VerifyStep::Found(finding) => {
                findings.push(*finding);
                None
            }
            VerifyStep::Restart => {
                findings.clear();
                None
            }
            VerifyStep::Done => break,
            VerifyStep::Refused(refusal) => panic!("{refusal}"),
        };
    }
    let bad = findings.iter().filter(|finding| finding.problem.is_some());
    let bad = bad.map(|finding| finding.summary.key.clone()).collect();
    (findings, bad)
}

/// What the simulation's coordinators store beside some records.
const VALUES: [&str; 2] = ["v2", "v5"];

/// Each way in which the object can be damaged.
fn damages(whole: &Bytes) -> impl Iterator<Item = Bytes> {
    let flipped = (0..whole.len() * 8).map(|bit| {
        let mut bytes = whole.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        Bytes::from(bytes)
    });
    flipped.chain((0..whole.len()).map(|length| whole.slice(..length)))
}

/// What came of all the damages to the objects of one store.
#[derive(Debug, Default)]
struct Tally {
    right: u32,
    refused: u32,
}

fn check_all(store: &MemoryStore, truth: &[Record]) -> Tally {
    let mut tally = Tally::default();
    for (key, whole) in &store.objects {
        let blob = VALUES.iter().find(|value| *key == blob_key(Digest::of(value.as_bytes())));
        for damaged in damages(whole) {
            if let Some(value) = blob {
                assert!(read_blob(Digest::of(value.as_bytes()), &damaged).is_err());
                continue;
            }
            let mut store = store.clone();
            store.objects.insert(key.clone(), damaged);
            assert_outcome(key, truth, read(&mut store), &mut tally);
            assert_outcome(key, truth, recover(&mut store, None), &mut tally);
        }
    }
    tally
}

fn assert_outcome(key: &str, truth: &[Record], outcome: Result<Vec<Record>, Refusal>, tally: &mut Tally) {
    match outcome {
        Ok(records) => {
            assert!(records == truth, "another state was served with {key} damaged");
            tally.right += 1;
        }
        Err(refusal) => {
            assert!(refusal.to_string().contains(key), "{refusal} does not name {key}");
            tally.refused += 1;
        }
    }
}

#[test]
fn any_damage_gives_the_right_state_or_is_refused_by_name() {
    for (keep, bases) in [(Keep::Newest, 1), (Keep::Previous, 2), (Keep::Newest, 0)] {
        let (store, truth) = small_store(keep, bases);
        let tally = check_all(&store, &truth);
        assert!(tally.right > 100 && tally.refused > 1_000, "{tally:?}");
    }
}

/// Accepting the loss that a refusal names makes the store whole again up to there, for ever, whatever was behind.
#[test]
fn an_accepted_loss_is_final() {
    let (store, truth) = small_store(Keep::Newest, 0);
    let log: Vec<String> = store.objects.keys().filter(|key| key.starts_with("log/")).cloned().collect();
    for (index, key) in log.iter().enumerate() {
        let mut damaged = store.clone();
        damaged.objects.insert(key.clone(), Bytes::from_static(b"godwit"));
        let sequence = Sequence(index as u64);
        let refusal = recover(&mut damaged, None).expect_err("refused");
        assert_eq!(refusal.acceptable(), Some(sequence));
        let other = Sequence(sequence.0 + 1);
        assert_eq!(recover(&mut damaged, Some(other)), Err(refusal), "not what the refusal named");
        let (records, mut writer) = recover_writer(&mut damaged, Some(sequence)).expect("accepted");
        assert_eq!(records, truth[..records.len()]);
        let seals = log[..index].iter().filter(|key| store.objects[*key][6] == b's').count();
        assert_eq!(records.len(), index - seals);
        writer.append(b"new").expect("short");
        let operation = writer.next_operation(Token(3), Time(7)).expect("a put");
        let answer = damaged.perform(&operation, Trouble::Nothing);
        assert!(matches!(writer.answer(answer), Progress::Durable(_)));
        // Even if what was lost comes back.
        damaged.objects.insert(key.clone(), store.objects[key].clone());
        let expected: Vec<Record> = [&records[..], &[b"new".to_vec()]].concat();
        assert_eq!(read(&mut damaged).as_ref(), Ok(&expected));
        assert_eq!(recover(&mut damaged, Some(sequence)).as_ref(), Ok(&expected), "no second cut");
    }
}

/// With the base before it and its increments kept, no damage to the newest base loses anything.
#[test]
fn a_damaged_base_loses_nothing_if_the_one_before_is_kept() {
    let (store, truth) = small_store(Keep::Previous, 2);
    let newest = store.objects.keys().rfind(|key| key.starts_with("base/")).expect("a base").clone();
    let parts = newest.replace("base/", "part/");
    let objects = store.objects.keys().filter(|key| **key == newest || key.starts_with(&parts));
    assert!(objects.clone().count() > 1);
    for key in objects {
        for damaged in [None, Some(Bytes::from_static(b"godwit"))] {
            let mut store = store.clone();
            match damaged {
                Some(bytes) => drop(store.objects.insert(key.clone(), bytes)),
                None => drop(store.objects.remove(key)),
            }
            assert_eq!(read(&mut store).as_deref(), Ok(&truth[..]), "{key}");
            assert_eq!(recover(&mut store, None).as_deref(), Ok(&truth[..]), "{key}");
        }
    }
}

/// One object after the other is damaged, and then lost; verification names exactly that one.
#[test]
fn verification_names_every_damaged_object() {
    for (keep, bases) in [(Keep::Newest, 1), (Keep::Previous, 2), (Keep::Newest, 0)] {
        let (store, _) = small_store(keep, bases);
        let (findings, bad) = verify(&mut store.clone(), &VALUES);
        assert_eq!(bad, [""; 0]);
        let keys: Vec<&String> = findings.iter().map(|finding| &finding.summary.key).collect();
        assert!(store.objects.keys().all(|key| keys.contains(&key)), "everything is read");
        for (key, whole) in &store.objects {
            for length in (0..whole.len()).step_by(7) {
                let mut store = store.clone();
                store.objects.insert(key.clone(), whole.slice(..length));
                let (_, bad) = verify(&mut store, &VALUES);
                assert!(bad.contains(key), "{key} is not among {bad:?}");
                assert!(bad.len() == 1 || key.starts_with("base/"), "{bad:?} when {key} was damaged");
            }
        }
    }
}

/// Two damaged increments and a lost one: all three are named, and all others are still read.
#[test]
fn verification_goes_on_after_each_damage() {
    let (mut store, _) = small_store(Keep::Newest, 0);
    let log: Vec<String> = store.objects.keys().filter(|key| key.starts_with("log/")).cloned().collect();
    let (whole, _) = verify(&mut store.clone(), &VALUES);
    store.objects.insert(log[1].clone(), Bytes::new());
    store.objects.insert(log[6].clone(), Bytes::from_static(b"godwit"));
    store.objects.remove(&log[9]);
    let (findings, bad) = verify(&mut store, &VALUES);
    assert_eq!(bad, [&log[1][..], &log[6], &log[9]]);
    assert_eq!(findings.len(), whole.len());
    let records = |findings: &[Finding]| findings.iter().map(|found| found.summary.records).sum::<u64>();
    assert_eq!(records(&findings), records(&whole) - 2, "the seal had none");
}
