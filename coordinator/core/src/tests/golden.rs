//! The bytes of every record, frozen: a log of today must be read by every later version.

use super::flow::flow;
use crate::record::{Record, RecordError};
use godwit_common::ids::{Attempt, AttemptId, Epoch, Token, WorkerId, WorkflowId};
use godwit_common::outcome::{Cause, End, Ended, Failure, Outcome, Span, SpoolOutput, Usage};
use godwit_common::resources::{Capacity, Hundredths};
use godwit_common::time::Time;
use std::fmt::Write;
use std::time::Duration;

fn records() -> Vec<Record> {
    let task = super::world::task(WorkflowId(7), 2, 300);
    let attempt = Attempt { epoch: Epoch(3), number: 2 };
    let id = AttemptId { task, attempt };
    let usage = Some(Usage {
        started: Time(1_800_000_000_000_000),
        wall: Duration::from_millis(1500),
        cpu: Duration::from_millis(700),
        memory_max: 5 << 20,
        output: SpoolOutput {
            slot: 1,
            stdout: Span { offset: 1000, length: 20 },
            stderr: Span { offset: 3, length: 0 },
        },
    });
    let failure = Failure { cause: Cause::Signal(11), stderr_tail: b"oh".to_vec() };
    let (worker, at) = (WorkerId(4), Time(1_800_000_001_000_000));
    let ended = |end| Ended { id, end, usage: usage.clone(), produced: None };
    vec![
        Record::Submitted {
            workflow: WorkflowId(7),
            at,
            spec: Box::new(flow("a:3; b:3 < a[=] 6/x ~ gpus=1 retries=2")),
        },
        Record::Done { worker, at, ended: ended(End::Succeeded), memo: None },
        Record::Failed { worker, at, ended: ended(End::Failed(failure.clone())) },
        Record::NodeLost { task, attempt, worker, at },
        Record::Settled { first: task, count: 9, outcome: Outcome::Failed(failure), at },
        Record::Settled { first: task, count: 9, outcome: Outcome::Skipped, at },
        Record::Reopened { workflow: WorkflowId(7), at, tasks: vec![(task, 9)] },
        Record::Forgotten { workflow: WorkflowId(7) },
        Record::WorkerJoined {
            worker,
            life: Token(1 << 100),
            host: "n1".to_owned(),
            pid: 4711,
            spool: "/s".to_owned(),
            capacity: Capacity {
                cpus: Hundredths(250),
                memory: 1 << 33,
                gpus: 2,
                disk: 0,
                named: vec![("x".to_owned(), 4)],
            },
            at,
        },
        Record::WorkerLeft { worker, reason: "bye".to_owned(), at },
    ]
}

#[test]
fn the_bytes_of_records_do_not_change() {
    let mut text = String::new();
    for record in records() {
        let bytes = record.encode();
        let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("writing to a string");
            hex
        });
        writeln!(text, "{record}\n  {hex}").expect("writing to a string");
        assert_eq!(Record::decode(&bytes), Ok(record));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn bytes_that_are_no_record_are_refused() {
    let bytes = Record::Forgotten { workflow: WorkflowId(7) }.encode();
    let mut longer = bytes.clone();
    longer.push(0);
    for (bytes, expected) in [
        (&[][..], "an empty record"),
        (
            &[9, 7, 7][..],
            "a record of format 9, and this build reads format 1; use the version of godwit that wrote it",
        ),
        (&longer, "a record with 1 bytes too many"),
    ] {
        assert_eq!(Record::decode(bytes).unwrap_err().to_string(), expected);
    }
    assert!(matches!(Record::decode(&bytes[..1]), Err(RecordError::Malformed(_))));
}

proptest::proptest! {
    #[test]
    fn foreign_bytes_never_end_the_process(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let mut bytes = bytes;
        if let Some(first) = bytes.first_mut() {
            *first = 1;
        }
        drop(Record::decode(&bytes));
    }
}
