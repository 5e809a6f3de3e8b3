//! Stores that were tampered with or lost objects: each is refused by name, or is whole.

use super::oracle::Record;
use super::store::{MemoryStore, Trouble};
use crate::object::{self, Kind};
use crate::{Answer, Digest, Progress, Recovery, Refusal, Slot, Step, Writer, claim_key, testing};
use bytes::Bytes;
use godwit_common::ids::{Epoch, Sequence, Token};
use godwit_common::time::Time;

/// Recovers without faults but what the listings leave out.
fn recover(store: &mut MemoryStore, nonce: u128, listing: Trouble) -> Result<(Vec<Record>, Writer), Refusal> {
    let mut recovery = Recovery::new(testing::identity("node9"), Time(0), Token(nonce << 64), None);
    let mut records = Vec::new();
    let mut answer = None;
    loop {
        answer = match recovery.step(answer.take()) {
            Step::Do(operation) => Some(store.perform(&operation, listing)),
            Step::Retry { reason, .. } => panic!("nothing fails here: {reason}"),
            Step::Restart => {
                records.clear();
                None
            }
            Step::Replay(chunk) => {
                records.extend(chunk.records.iter().map(<[u8]>::to_vec));
                None
            }
            Step::Ready(writer) => return Ok((records, *writer)),
            Step::Refused(refusal) => return Err(refusal),
        };
    }
}

/// Two reigns: increments at sequence 1 to 3, a seal at 4, increments at 5 and 6, each of one record.
fn history(flavour: &str) -> MemoryStore {
    let mut store = MemoryStore::default();
    for (nonce, count) in [(1, 3), (2, 2)] {
        let (_, mut writer) = recover(&mut store, nonce, Trouble::Nothing).expect("whole");
        for number in 0..count {
            writer.append(format!("{flavour}{nonce}.{number}").as_bytes()).expect("short");
            let operation = writer.next_operation(Token(number), Time(0)).expect("a put");
            let answer = store.perform(&operation, Trouble::Nothing);
            assert!(matches!(writer.answer(answer), Progress::Durable(_)));
        }
    }
    store
}

fn key(sequence: u64) -> String {
    let epoch = if sequence <= 4 { 1 } else { 2 };
    Slot { epoch: Epoch(epoch), sequence: Sequence(sequence) }.key()
}

fn check(damage: impl Fn(&mut MemoryStore), expected: &str) {
    let mut store = history("");
    damage(&mut store);
    let found = match recover(&mut store, 9, Trouble::Nothing) {
        Ok((records, writer)) => format!("{} records, then epoch {}", records.len(), writer.epoch()),
        Err(refusal) => refusal.to_string(),
    };
    assert_eq!(found, expected);
}

/// Changes the bytes of one object.
fn change(key: String, change: impl Fn(&mut Vec<u8>)) -> impl Fn(&mut MemoryStore) {
    move |store| {
        let mut bytes = store.objects[&key].to_vec();
        change(&mut bytes);
        store.objects.insert(key.clone(), bytes.into());
    }
}

/// The format is raised and the checksum made right again.
fn upgrade(bytes: &mut Vec<u8>) {
    bytes[7] = 3;
    bytes.truncate(bytes.len() - Digest::BYTES);
    let digest = Digest::of(bytes);
    bytes.extend_from_slice(&digest.0);
}

fn way_out(sequence: u64) -> String {
    format!(
        "; or, to go on with everything up to {sequence} and lose what came after, start with \
         --accept-loss-after {sequence}"
    )
}

#[test]
fn damaged_objects_of_the_log_are_named() {
    let second = "cannot read log/0000000001/00000000000000000002";
    let copy = "restore it from a copy of the store";
    let way = way_out(1);
    let length = history("").objects[&key(2)].len();
    check(|_| {}, "5 records, then epoch 3");
    check(
        change(key(2), |bytes| bytes[40] ^= 1),
        &format!("{second}: its checksum differs, so its bytes were damaged; {copy}{way}"),
    );
    check(
        change(key(2), |bytes| bytes.truncate(50)),
        &format!("{second}: it is truncated: 50 of {length} bytes are there; {copy}{way}"),
    );
    check(
        change(key(2), Vec::clear),
        &format!("{second}: it is truncated: 0 of 48 bytes are there; {copy}{way}"),
    );
    check(
        change(key(2), |bytes| *bytes = vec![b'#'; 99]),
        &format!("{second}: it was not written by godwit; {copy}, or use an empty store{way}"),
    );
    check(
        change(key(2), upgrade),
        &format!("{second}: this store was written by a newer godwit (format 3); upgrade"),
    );
    check(
        change(key(4), upgrade),
        "cannot read log/0000000001/00000000000000000004: this store was written by a newer godwit (format 3); upgrade",
    );
    check(
        change(key(2), |bytes| {
            *bytes = object::close(Kind::Claim, &(), &[]).0.to_vec();
        }),
        &format!("{second}: its checksum holds but it is a claim; {copy}{way}"),
    );
}

#[test]
fn exchanged_objects_of_the_log_are_named() {
    check(
        |store| {
            let third = store.objects[&key(3)].clone();
            store.objects.insert(key(2), third);
        },
        "cannot read log/0000000001/00000000000000000002: it belongs at log/0000000001/00000000000000000003; \
         somebody moved or copied it, so restore the store from a copy; or, to go on with everything up to 1 and lose \
         what came after, start with --accept-loss-after 1",
    );
    for sequence in 2..=6 {
        let mut store = history("");
        let other = history("other").objects[&key(sequence)].clone();
        store.objects.insert(key(sequence), other);
        let refusal = recover(&mut store, 9, Trouble::Nothing).expect_err("refused").to_string();
        let named = format!("cannot read {}: it was written after an object with digest", key(sequence));
        assert!(refusal.starts_with(&named), "{refusal}");
    }
}

#[test]
fn lost_claims_cannot_make_an_epoch_reign_twice() {
    let foreign = "by a coordinator that cannot have claimed it; claims were lost, or the store does not create \
                   atomically: stop all coordinators and restore the store from a copy";
    let lose = |lost: &'static [u32]| {
        move |store: &mut MemoryStore| {
            store.objects.retain(|key, _| !lost.iter().any(|&n| *key == claim_key(Epoch(n))));
        }
    };
    check(lose(&[1]), "5 records, then epoch 3");
    check(lose(&[2]), &format!("log/0000000001/00000000000000000004 was written for epoch 2 {foreign}"));
    check(lose(&[1, 2]), &format!("log/0000000001/00000000000000000001 was written for epoch 1 {foreign}"));
}

#[test]
fn a_claim_takes_its_epoch_in_whatever_state_it_is() {
    check(change(claim_key(Epoch(2)), Vec::clear), "5 records, then epoch 3");
    check(change(claim_key(Epoch(2)), |bytes| bytes[20] ^= 1), "5 records, then epoch 3");
    check(
        change(claim_key(Epoch(2)), upgrade),
        "cannot read epoch/0000000002: this store was written by a newer godwit (format 3); upgrade",
    );
    check(
        |store| {
            store.objects.insert(claim_key(Epoch(u32::MAX)), Bytes::new());
        },
        "cannot claim an epoch: epoch/4294967295 has the last number; remove it, as no coordinator counts that far",
    );
}

#[test]
fn keys_that_are_not_ours_are_left_alone() {
    check(
        |store| {
            for key in ["epoch/notes", "log/0000000009/notes", "log/0000000001/00000000000000000007#1"] {
                store.objects.insert(key.to_owned(), Bytes::new());
            }
        },
        "5 records, then epoch 3",
    );
}

/// What of the log is left may be served only if nothing is missing before its end; the first missing object is named
/// otherwise. With listings that show nothing, this is certain if one object is lost within an epoch.
#[test]
fn any_loss_but_that_of_the_newest_is_named() {
    for kept in 0_u32..1 << 6 {
        let missing = (1..=6).filter(|sequence| kept >> (sequence - 1) & 1 == 0);
        let missing: Vec<String> = missing.map(key).collect();
        let is_prefix = (kept + 1).is_power_of_two();
        for listing in [Trouble::Nothing, Trouble::StaleByAll] {
            let mut store = history("");
            store.objects.retain(|key, _| !missing.contains(key));
            match recover(&mut store, 9, listing) {
                Ok((records, _)) => {
                    let certain = listing == Trouble::Nothing || (missing.len() == 1 && missing[0] != key(4));
                    assert!(
                        is_prefix || !certain,
                        "{missing:?} are missing and {} records were served",
                        records.len()
                    );
                }
                Err(Refusal::Lost { key, .. }) => {
                    assert!(!is_prefix && key == missing[0], "{key} of {missing:?}");
                }
                Err(refusal) => panic!("{refusal}"),
            }
        }
    }
}

#[test]
fn an_answer_that_does_not_fit_is_refused() {
    let mut recovery = Recovery::new(testing::identity("node1"), Time(0), Token(1), None);
    assert!(matches!(recovery.step(None), Step::Do(_)));
    let Step::Refused(refusal) = recovery.step(Some(Answer::Created)) else { panic!("taken") };
    let expected = "the store driver answered 'created' to the operation on epoch/; this is a defect of godwit, please report it";
    assert_eq!(refusal.to_string(), expected);
}

#[test]
fn the_predecessor_is_known_by_its_claim() {
    let mut store = history("");
    let mut recovery = Recovery::new(testing::identity("node3"), Time(0), Token(9), None);
    let mut answer = None;
    while let Step::Do(operation) = recovery.step(answer.take()) {
        answer = Some(store.perform(&operation, Trouble::Nothing));
    }
    assert_eq!(recovery.predecessor().map(|claim| claim.epoch), Some(Epoch(2)));
    assert_eq!(recovery.epoch(), Some(Epoch(3)));
}
