//! Bases as they are stored, and their writer and collector with answers written by hand.

use super::*;
use crate::{Answer, Operation, Refusal, testing};

fn batch(records: &[&[u8]]) -> Batch {
    let mut batch = Batch::default();
    for record in records {
        batch.push(u32::try_from(record.len()).expect("short"), record);
    }
    batch
}

fn slot(epoch: u32, sequence: u64) -> Slot {
    Slot { epoch: Epoch(epoch), sequence: Sequence(sequence) }
}

fn base() -> Base {
    Base {
        number: BaseNumber(2),
        next: slot(3, 12),
        previous: testing::DIGEST,
        epoch: Epoch(3),
        nonce: Token(7),
        time: Time(1_700_000_000_000_000),
        seals: vec![slot(1, 4), slot(2, 9)],
        records: 3,
        bytes: 33,
        stored_bytes: 99,
        parts: vec![PartName { digest: testing::DIGEST, stored_bytes: 99 }],
        inline_bytes: 11,
    }
}

fn cut() -> Cut {
    let identity = testing::identity("node1");
    let (slot_lost, previous, nonce) = (slot(2, 9), testing::DIGEST, Token(7));
    let seal = Seal { slot: slot_lost, previous, successor: Epoch(3), identity, nonce };
    Cut { number: BaseNumber(2), seal, fences: vec![slot(2, 12)], time: Time(5) }
}

fn check_numbered(bytes: &[u8], golden: &str, expected: &Numbered) {
    assert_eq!(&Numbered::decode(BaseNumber(2), bytes).expect("intact"), expected);
    let read = Numbered::decode(BaseNumber(2), &testing::unhex(golden));
    assert_eq!(read.as_ref(), Ok(expected), "{}", testing::hex(bytes));
    testing::check_fragile(bytes, |bytes| Numbered::decode(BaseNumber(2), bytes));
    assert!(matches!(Numbered::decode(BaseNumber(3), bytes), Err(Fault::Misplaced { .. })));
}

#[test]
fn golden_bytes_of_heads() {
    let inline = batch(&[b"abc"]);
    let records = Records::parse(inline.bytes.clone()).expect("intact");
    let expected = Numbered::Base(Box::new(base()), Some(records));
    check_numbered(&base().encode(Some(&inline)), GOLDEN_BASE, &expected);
    let (bytes, digest) = cut().encode();
    check_numbered(&bytes, GOLDEN_CUT, &Numbered::Cut(Box::new(cut()), digest));
    let retired = Retired { number: BaseNumber(2), epoch: Epoch(3), time: Time(5) };
    check_numbered(&retired.encode(), GOLDEN_RETIRED, &Numbered::Retired(retired));
}

#[test]
fn golden_bytes_of_parts() {
    let place = crate::key::PartPlace { number: BaseNumber(2), nonce: Token(7), index: 1 };
    let (bytes, name) = Part::encode(place, &batch(&[b"abc", b"defgh"]));
    let read = |bytes: &[u8]| Part::decode_named(place, &name, bytes);
    assert_eq!(read(&bytes).map(|records| records.count()), Ok(2));
    let golden = Part::decode(place, &testing::unhex(GOLDEN_PART)).map(|(records, _)| records);
    assert_eq!(golden, read(&bytes), "{}", testing::hex(&bytes));
    testing::check_fragile(&bytes, read);
    let (other, _) = Part::encode(place, &batch(&[b"abd"]));
    assert!(matches!(read(&other), Err(Fault::Exchanged { .. })));
}

#[test]
fn heads_that_make_no_sense_are_refused() {
    let far = Base { next: slot(3, u64::MAX), parts: Vec::new(), inline_bytes: 0, ..base() };
    assert!(matches!(Numbered::decode(BaseNumber(2), &far.encode(None)), Err(Fault::Malformed { .. })));
    let backwards = Cut { seal: Seal { successor: Epoch(2), ..cut().seal }, ..cut() };
    let read = Numbered::decode(BaseNumber(2), &backwards.encode().0);
    assert!(matches!(read, Err(Fault::Malformed { .. })));
    let zero = Base { number: BaseNumber(0), parts: Vec::new(), inline_bytes: 0, ..base() };
    assert!(matches!(Numbered::decode(BaseNumber(0), &zero.encode(None)), Err(Fault::Malformed { .. })));
}

fn writer() -> BaseWriter {
    let point =
        Point { base: BaseNumber(1), next: slot(3, 12), previous: testing::DIGEST, seals: Vec::new() };
    BaseWriter::new(point, Epoch(3), Token(7), Time(5)).with_parts_of(30)
}

/// The key that is to be created next.
fn creates(writer: &mut BaseWriter) -> (String, Bytes) {
    match writer.next_operation() {
        Some(Operation::Create { key, body }) => (key, body),
        other => panic!("not a put: {other:?}"),
    }
}

#[test]
fn a_small_state_fits_into_the_head() {
    let mut writer = writer();
    assert_eq!(writer.next_operation(), None, "records are awaited");
    writer.push(b"abc").expect("short");
    writer.finish();
    let (key, body) = creates(&mut writer);
    assert_eq!(key, "base/0000000002");
    assert!(matches!(writer.answer(Answer::Created), Making::Complete(weight) if weight.records == 1));
    assert_eq!(writer.next_operation(), None);
    let Ok(Numbered::Base(base, Some(records))) = Numbered::decode(BaseNumber(2), &body) else {
        panic!("no base with records in it");
    };
    assert!(records.iter().eq([b"abc"]));
    assert_eq!((base.covered(), base.records, base.parts), (Sequence(11), 1, Vec::new()));
}

#[test]
fn parts_are_put_before_the_head_and_memory_is_bounded() {
    let mut writer = writer();
    let mut keys = Vec::new();
    for _ in 0..10 {
        if !writer.has_room() {
            keys.push(creates(&mut writer).0);
            assert_eq!(writer.answer(Answer::Created), Making::Pending);
        }
        assert!(writer.has_room());
        writer.push(b"0123456").expect("short");
    }
    writer.finish();
    loop {
        keys.push(creates(&mut writer).0);
        match writer.answer(Answer::Created) {
            Making::Pending => {}
            Making::Complete(weight) => break assert_eq!((weight.objects, weight.records), (6, 10)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(keys.len(), 6);
    assert!(keys[..5].iter().all(|key| key.starts_with("part/0000000002/")), "{keys:?}");
    assert_eq!(keys[5], "base/0000000002");
}

/// The head of another maker is there: whether ours was tried again or not, our parts go and theirs stay.
#[test]
fn who_comes_second_takes_its_parts_away() {
    let mut writer = writer();
    for _ in 0..4 {
        writer.push(b"0123456").expect("short");
    }
    writer.finish();
    for _ in 0..2 {
        let _ = creates(&mut writer);
        assert_eq!(writer.answer(Answer::Created), Making::Pending);
    }
    let _ = creates(&mut writer);
    assert_eq!(writer.answer(Answer::AlreadyExists), Making::Pending);
    assert_eq!(writer.next_operation(), Some(Operation::Get { key: BaseNumber(2).key() }));
    let theirs = Base { nonce: Token(8), parts: Vec::new(), inline_bytes: 0, ..base() };
    assert_eq!(writer.answer(Answer::Found(theirs.encode(None))), Making::Pending);
    for (index, last) in [(0, false), (1, true)] {
        let key = format!("part/0000000002/{}/{index:06}", Token(7));
        assert_eq!(writer.next_operation(), Some(Operation::Delete { key }));
        let expected = if last { Making::Outrun(BaseNumber(2)) } else { Making::Pending };
        assert_eq!(writer.answer(Answer::Deleted), expected);
    }
    assert_eq!(writer.next_operation(), None);
}

#[test]
fn a_put_that_was_not_answered_is_read_back() {
    let mut writer = writer();
    writer.push(b"abc").expect("short");
    writer.finish();
    let (_, body) = creates(&mut writer);
    assert_eq!(writer.answer(Answer::Unknown("lost".to_owned())), Making::Pending);
    let _ = writer.next_operation();
    assert!(matches!(writer.answer(Answer::Missing), Making::Retry(_)));
    assert_eq!(creates(&mut writer).1, body, "the same bytes");
    assert_eq!(writer.answer(Answer::AlreadyExists), Making::Pending);
    let _ = writer.next_operation();
    assert!(matches!(writer.answer(Answer::Found(body)), Making::Complete(_)));
}

#[test]
fn an_answer_that_does_not_fit_is_refused() {
    let mut writer = writer();
    assert!(matches!(writer.answer(Answer::Created), Making::Refused(Refusal::Misled { .. })));
    let mut collector = Collector::new(Keep::Newest, Epoch(1), Time(0));
    assert!(collector.next_operation().is_some());
    assert!(matches!(collector.answer(Answer::Created), Collecting::Refused(Refusal::Misled { .. })));
}

const GOLDEN_BASE: &str = "676f6477697462029c0000000000000002030cababababababababababababababababababababababababababababababab\
    ab03078080f9c0c1c48203020104020903216301abababababababababababababababababababababababababababababab\
    abab630b28b52ffd200b59000003000000b73f4b3661626300224c5164bf5ef9f5a0168a2097e978cfa78021080fce384086\
    487328277471";
const GOLDEN_CUT: &str = "676f6477697478027300000000000000020209ababababababababababababababababababababababababababababababab\
    ab03056e6f6465310d31302e302e302e313a3730303005302e312e300701020c05dcaef0a0a50ff75a6b4d38d3024366b89c\
    f905248f9e538a0f94392cdd8a07c2";
const GOLDEN_RETIRED: &str = "676f6477697472023300000000000000020305ee46b419efe58fe9468e21c87b0afc520de9627ff89a3439a352ba1797105c\
    31";
const GOLDEN_PART: &str = "676f64776974700255000000000000000207011828b52ffd2018c1000003000000b73f4b36616263050000006f6d54b56465\
    66676830a44c7212c06f15dd8774d00d86a3bb674924928acc1f679a935f8872d07d5f";
