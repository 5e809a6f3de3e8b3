//! Stores of earlier formats are still read, and go on in ours. The fixtures were written by the builds of their time,
//! and never change.

use super::flips::{read, recover_writer, verify};
use super::store::{MemoryStore, Trouble};
use crate::{FORMAT, Progress};
use bytes::Bytes;
use godwit_common::ids::Token;
use godwit_common::time::Time;

macro_rules! fixture {
    ($($key:literal),* $(,)?) => {
        [$(($key, include_bytes!(concat!("../../fixtures/format1/", $key)).as_slice())),*]
    };
}

/// Two reigns: increments at sequence 1 to 3, a seal at 4, increments at 5 and 6, each of one record.
const FORMAT_1: [(&str, &[u8]); 8] = fixture![
    "epoch/0000000001",
    "epoch/0000000002",
    "log/0000000001/00000000000000000001",
    "log/0000000001/00000000000000000002",
    "log/0000000001/00000000000000000003",
    "log/0000000001/00000000000000000004",
    "log/0000000002/00000000000000000005",
    "log/0000000002/00000000000000000006",
];

const RECORDS: [&str; 5] = ["record 1.0", "record 1.1", "record 1.2", "record 2.0", "record 2.1"];

#[test]
fn a_store_of_format_1_is_read_and_goes_on() {
    let mut store = MemoryStore::default();
    for (key, bytes) in FORMAT_1 {
        assert_eq!(bytes[7], 1, "{key} is of format 1");
        store.objects.insert(key.to_owned(), Bytes::from_static(bytes));
    }
    let (findings, bad) = verify(&mut store, &[]);
    assert_eq!((findings.len(), bad.len()), (FORMAT_1.len(), 0));
    assert_eq!(read(&mut store).expect("whole"), RECORDS.map(|record| record.as_bytes().to_vec()));
    let (records, mut writer) = recover_writer(&mut store, None).expect("whole");
    assert_eq!(records, RECORDS.map(|record| record.as_bytes().to_vec()));
    writer.append(b"of our time").expect("short");
    let operation = writer.next_operation(Token(3), Time(7)).expect("a put");
    let answer = store.perform(&operation, Trouble::Nothing);
    assert!(matches!(writer.answer(answer), Progress::Durable(_)));
    assert_eq!(store.objects[operation.key()][7], FORMAT);
    assert_eq!(read(&mut store).expect("whole").last().map(Vec::as_slice), Some(&b"of our time"[..]));
    let (findings, bad) = verify(&mut store, &[]);
    assert_eq!((findings.len(), bad.len()), (FORMAT_1.len() + 3, 0), "a claim, a seal and an increment");
    assert_eq!(findings.last().and_then(|finding| finding.summary.time), Some(Time(7)));
}
