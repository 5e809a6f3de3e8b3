//! The writer alone, its answers written by hand.

use super::*;
use crate::limits::INCREMENT_BYTES_TARGET;
use crate::{BaseNumber, Fault, Slot, blob_key, read_blob, testing};

fn writer() -> Writer {
    let (base, previous, seals) = (BaseNumber(0), Digest::NONE, Vec::new());
    Writer::at(Point { base, next: Slot::FIRST, previous, seals })
}

fn created(writer: &mut Writer, nonce: u128) -> Bytes {
    match writer.next_operation(Token(nonce), Time(5)) {
        Some(Operation::Create { key, body }) => {
            assert_eq!(key, writer.at.next.key());
            body
        }
        other => panic!("not a put: {other:?}"),
    }
}

fn records(writer: &Writer, body: &[u8]) -> Vec<Vec<u8>> {
    match read_slot(writer.at.next, writer.at.previous, body).expect("intact") {
        (Content::Increment(increment), _) => increment.records.iter().map(<[u8]>::to_vec).collect(),
        (Content::Seal(seal), _) => panic!("a seal for {seal}"),
    }
}

fn seal(writer: &Writer) -> Seal {
    let identity = testing::identity("node2");
    Seal {
        slot: writer.at.next,
        previous: writer.at.previous,
        successor: Epoch(2),
        identity,
        nonce: Token(99),
    }
}

#[test]
fn what_is_appended_while_a_put_is_in_flight_goes_together_into_the_next() {
    let mut writer = writer();
    assert_eq!(writer.next_operation(Token(0), Time(5)), None);
    assert_eq!(writer.append(b"a"), Ok(Position(1)));
    let first = created(&mut writer, 1);
    assert_eq!(records(&writer, &first), [b"a"]);
    assert_eq!(writer.append(b"b"), Ok(Position(2)));
    assert_eq!(writer.append(b"c"), Ok(Position(3)));
    assert_eq!(writer.next_operation(Token(2), Time(5)), None, "one put in flight");
    assert_eq!((writer.lag_records(), writer.lag_bytes()), (3, 27));
    assert_eq!(writer.answer(Answer::Created), Progress::Durable(Position(1)));
    assert_eq!((writer.durable(), writer.durable_sequence()), (Position(1), Sequence(1)));
    let second = created(&mut writer, 3);
    assert_eq!(records(&writer, &second), [b"b", b"c"]);
    assert_eq!(writer.answer(Answer::Created), Progress::Durable(Position(3)));
    assert_eq!((writer.lag_records(), writer.lag_bytes()), (0, 0));
    assert_eq!(writer.next_operation(Token(4), Time(5)), None);
}

#[test]
fn increments_are_bounded_in_bytes() {
    let mut writer = writer();
    let half = vec![7; INCREMENT_BYTES_TARGET / 2 - FRAME_HEADER_BYTES];
    let large = vec![8; INCREMENT_BYTES_TARGET + 1];
    for record in [&half, &half, &half, &large, &half] {
        writer.append(record).expect("within the limit");
    }
    let mut counts = Vec::new();
    while let Some(Operation::Create { body, .. }) = writer.next_operation(Token(1), Time(5)) {
        counts.push(records(&writer, &body).len());
        let _ = writer.answer(Answer::Created);
    }
    assert_eq!(counts, [2, 1, 1, 1]);
}

#[test]
fn a_record_over_the_limit_is_refused_and_harms_nothing() {
    let mut writer = writer();
    let bytes = RECORD_BYTES_MAX + 1;
    assert_eq!(writer.append(&vec![0; bytes]), Err(Refusal::RecordTooLarge { bytes }));
    assert_eq!(writer.append(b"a"), Ok(Position(1)));
    assert_eq!(writer.lag_records(), 1);
}

#[test]
fn room_ends_at_the_limit_and_comes_back() {
    let mut writer = writer();
    let record = vec![0; RECORD_BYTES_MAX];
    while writer.has_room() {
        writer.append(&record).expect("within the limit");
    }
    assert_eq!(writer.lag_records(), 4);
    let _ = created(&mut writer, 1);
    let _ = writer.answer(Answer::Created);
    assert!(writer.has_room());
}

/// Tries a put again and again; its bytes must never change, whatever nonce is offered.
#[test]
fn a_put_that_is_tried_again_has_the_same_bytes() {
    let mut writer = writer();
    writer.append(b"a").expect("short");
    let first = created(&mut writer, 1);
    writer.append(b"b").expect("short");
    assert!(matches!(writer.answer(Answer::Failed("busy".to_owned())), Progress::Retry(_)));
    assert_eq!(created(&mut writer, 2), first);
    assert_eq!(writer.answer(Answer::Unknown("lost".to_owned())), Progress::Pending);
    let read_back = Operation::Get { key: Slot::FIRST.key() };
    assert_eq!(writer.next_operation(Token(3), Time(5)), Some(read_back.clone()));
    assert!(matches!(writer.answer(Answer::Failed("busy".to_owned())), Progress::Retry(_)));
    assert_eq!(writer.next_operation(Token(4), Time(5)), Some(read_back.clone()));
    assert!(matches!(writer.answer(Answer::Missing), Progress::Retry(_)));
    assert_eq!(created(&mut writer, 5), first);
    assert_eq!(writer.answer(Answer::AlreadyExists), Progress::Pending);
    assert_eq!(writer.next_operation(Token(6), Time(5)), Some(read_back));
    assert_eq!(writer.answer(Answer::Found(first)), Progress::Durable(Position(1)));
    let second = created(&mut writer, 7);
    assert_eq!(records(&writer, &second), [b"b"]);
}

/// Whether it was about to write or only looked, the end is the end.
#[test]
fn a_seal_ends_it() {
    for idle in [true, false] {
        let mut writer = writer();
        if idle {
            assert!(writer.look().is_some());
            assert_eq!(writer.answer(Answer::Missing), Progress::Pending);
            assert!(writer.look().is_some());
        } else {
            writer.append(b"a").expect("short");
            assert_eq!(writer.look(), None, "the put will tell");
            let _ = created(&mut writer, 1);
            assert_eq!(writer.answer(Answer::AlreadyExists), Progress::Pending);
            assert!(writer.next_operation(Token(2), Time(5)).is_some());
        }
        let seal = seal(&writer);
        assert_eq!(writer.answer(Answer::Found(seal.encode())), Progress::Fenced(seal));
        writer.append(b"b").expect("short");
        assert_eq!((writer.next_operation(Token(3), Time(5)), writer.look()), (None, None));
        assert_eq!(writer.durable(), Position(0));
    }
}

fn check_met(found: &[u8], expected: &Refusal) {
    let mut writer = writer();
    writer.append(b"a").expect("short");
    let _ = created(&mut writer, 1);
    assert_eq!(writer.answer(Answer::AlreadyExists), Progress::Pending);
    assert!(writer.next_operation(Token(2), Time(5)).is_some());
    let found = Bytes::copy_from_slice(found);
    assert_eq!(writer.answer(Answer::Found(found)), Progress::Refused(expected.clone()));
    assert_eq!(writer.next_operation(Token(3), Time(5)), None);
}

#[test]
fn anything_else_in_its_slot_is_refused() {
    let key = Slot::FIRST.key();
    let mut other = writer();
    other.append(b"a").expect("short");
    let same_records = created(&mut other, 2);
    check_met(&same_records, &Refusal::Foreign { key: key.clone(), epoch: Epoch(1) });
    check_met(b"", &Refusal::unreadable(key.clone(), Fault::Truncated { bytes: 0, expected: 48 }));
    let backwards = Seal { successor: Epoch(1), ..seal(&other) };
    let fault = Fault::malformed("it hands epoch 1 over to epoch 1");
    check_met(&backwards.encode(), &Refusal::unreadable(key, fault));
}

#[test]
fn an_answer_that_does_not_fit_is_refused() {
    let mut idle = writer();
    assert!(matches!(idle.answer(Answer::Created), Progress::Refused(Refusal::Misled { .. })));
    let mut busy = writer();
    busy.append(b"a").expect("short");
    let _ = created(&mut busy, 1);
    assert!(matches!(busy.answer(Answer::Missing), Progress::Refused(Refusal::Misled { .. })));
}

/// Lets the writer do all that it has to; returns the keys that it wrote.
fn written(writer: &mut Writer) -> Vec<String> {
    let mut keys = Vec::new();
    while let Some(operation) = writer.next_operation(Token(1), Time(5)) {
        keys.push(operation.key().to_owned());
        let _ = writer.answer(Answer::Created);
    }
    keys
}

#[test]
fn a_value_is_stored_before_the_increment_that_may_name_it() {
    let mut writer = writer();
    writer.append(b"before").expect("short");
    let first = writer.append_blob(b"one").expect("short");
    let second = writer.append_blob(b"two").expect("short");
    assert_eq!((first, second), (Digest::of(b"one"), Digest::of(b"two")));
    writer.append(b"after").expect("short");
    assert_eq!(writer.lag_bytes(), 6 + 8 + 6 + 8 + 5);
    let expected = [blob_key(first), blob_key(second), Slot::FIRST.key()];
    assert_eq!(written(&mut writer), expected);
    assert_eq!((writer.lag_bytes(), writer.durable()), (0, Position(2)));
}

/// What is appended while values are stored waits for the next increment, so that values that keep coming do not hold
/// up the first.
#[test]
fn an_increment_waits_for_its_own_values_only() {
    let mut writer = writer();
    let one = writer.append_blob(b"one").expect("short");
    writer.append(b"names one").expect("short");
    assert!(writer.next_operation(Token(1), Time(5)).is_some());
    let two = writer.append_blob(b"two").expect("short");
    writer.append(b"names two").expect("short");
    assert_eq!(writer.answer(Answer::Created), Progress::Pending);
    let next = Slot::FIRST.next();
    assert_eq!(written(&mut writer), [Slot::FIRST.key(), blob_key(two), next.key()]);
    assert_ne!(one, two);
}

#[test]
fn a_value_that_is_there_is_read_back_and_replaced_if_it_is_damaged() {
    for damaged in [false, true] {
        let mut writer = writer();
        writer.append_blob(b"one").expect("short");
        let Some(Operation::Create { key, body }) = writer.next_operation(Token(1), Time(5)) else {
            panic!("no put");
        };
        assert_eq!(writer.look(), None, "there is something to write");
        assert_eq!(writer.answer(Answer::AlreadyExists), Progress::Pending);
        let read_back = writer.next_operation(Token(1), Time(5));
        assert_eq!(read_back, Some(Operation::Get { key: key.clone() }));
        if damaged {
            assert_eq!(writer.answer(Answer::Found(body.slice(..9))), Progress::Pending);
            let replace = writer.next_operation(Token(1), Time(5));
            assert_eq!(replace, Some(Operation::Replace { key, body }));
            assert_eq!(writer.answer(Answer::Replaced), Progress::Pending);
        } else {
            assert_eq!(writer.answer(Answer::Found(body)), Progress::Pending);
        }
        assert_eq!((writer.next_operation(Token(1), Time(5)), writer.lag_bytes()), (None, 0));
        assert!(writer.look().is_some());
    }
}

#[test]
fn a_value_over_the_limit_is_refused() {
    let bytes = BLOB_BYTES_MAX + 1;
    assert_eq!(writer().append_blob(&vec![0; bytes]), Err(Refusal::BlobTooLarge { bytes }));
    let empty = Digest::of(b"");
    assert_eq!(read_blob(empty, &crate::blob::encode(empty, b"")), Ok(Vec::new()));
}

#[test]
fn what_came_since_the_newest_base_is_weighed() {
    let mut writer = writer();
    writer.append(b"a").expect("short");
    let _ = written(&mut writer);
    let covered = writer.since_base();
    assert_eq!((covered.objects, covered.records, covered.bytes), (1, 1, 9));
    writer.append(b"bc").expect("short");
    let _ = written(&mut writer);
    let base = Weight { objects: 1, records: 1, bytes: 9, stored_bytes: 99 };
    writer.based(covered, base);
    assert_eq!((writer.since_base().records, writer.since_base().bytes), (1, 10));
    assert_eq!((writer.base(), writer.point().sequence()), (base, Sequence(2)));
}
