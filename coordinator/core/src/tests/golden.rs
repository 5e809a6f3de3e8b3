//! The bytes of every record, frozen: a log of today must be read by every later version.

use super::flow::flow;
use super::world::World;
use crate::record::{OutcomesWriter, Record, RecordError};
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::ids::{Attempt, AttemptId, Epoch, Token, WorkerId, WorkflowId};
use godwit_common::memo::{
    ContentDigest, Exported, Memo, MemoKey, Origin, OutputState, PruneFilter, Stamp, Value,
};
use godwit_common::outcome::{Cause, End, Ended, Failure, Outcome, Span, SpoolOutput, Usage};
use godwit_common::resources::{Capacity, Hundredths};
use godwit_common::task::CachePolicy;
use godwit_common::time::Time;
use std::fmt::Write;
use std::time::Duration;

/// Every kind of record that version 1 knew.
pub(super) fn records() -> Vec<Record> {
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

/// Those that came with format 2.
fn newer_records() -> Vec<Record> {
    let task = super::world::task(WorkflowId(7), 2, 300);
    let at = Time(1_800_000_001_000_000);
    let stamp = Stamp { size: 100, modified: 1_800_000_000_000_000_000 };
    let memo = Box::new(Memo {
        key: Some(MemoKey([1; 32])),
        outputs: vec![OutputState { digest: ContentDigest([2; 32]), stamp }],
        value: Some(Value::Inline("five".into())),
    });
    let origin = Origin {
        workflow: WorkflowId(3),
        workflow_name: "test".to_owned(),
        group: "x".to_owned(),
        position: 4,
        source: Some("s".to_owned()),
        at,
    };
    let exported = Exported { memo: (*memo).clone(), origin: origin.clone() };
    let reused = Record::Reused { task, at, memo: memo.clone(), origin: Box::new(origin) };
    let known = records();
    let several = [&known[1], &reused, &known[1], &known[4], &known[5], &known[1]];
    let several = several.into_iter().fold(OutcomesWriter::default(), written).finish();
    let done = match &known[1] {
        Record::Done { worker, ended, .. } => {
            Record::Done { worker: *worker, at, ended: ended.clone(), memo: Some(memo) }
        }
        other => other.clone(),
    };
    vec![
        done,
        reused,
        Record::Imported { results: vec![exported], at },
        Record::Pruned { filter: PruneFilter { group: Some("x".to_owned()), ..PruneFilter::default() }, at },
        Record::NumberUsed { workflow: WorkflowId(8) },
        several,
    ]
}

fn written(mut writer: OutcomesWriter, outcome: &Record) -> OutcomesWriter {
    writer.push(outcome);
    writer
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string");
        hex
    })
}

fn listed(records: impl IntoIterator<Item = Record>) -> String {
    let mut text = String::new();
    for record in records {
        let bytes = record.encode();
        writeln!(text, "{record}\n  {}", hexadecimal(&bytes)).expect("writing to a string");
        assert_eq!(Record::decode(&bytes), Ok(record));
    }
    text
}

#[test]
fn the_bytes_of_records_do_not_change() {
    insta::assert_snapshot!(listed(records().into_iter().chain(newer_records())));
}

#[test]
fn the_bytes_of_bases_do_not_change() {
    let mut world = World::with_workers(&[2, 2]);
    world.submit(flow("a:3; b:3 < a[=]; c < b ~ retries=1"));
    world.step(|id| if id.task.position == 1 { super::worker::exit(1) } else { End::Succeeded });
    world.submit(flow("x < 1/a 1/"));
    world.kill(1);
    world.tell(crate::Event::WorkerEnded(WorkerId(2)));
    insta::assert_snapshot!(listed(world.core.base_records()));
}

/// What the versions before checkpoint modes wrote, and the record that it is today.
#[test]
fn records_of_format_1_are_read() {
    let lines = include_str!("../../fixtures/records-1.txt").lines();
    let fixtures: Vec<&str> = lines.filter_map(|line| line.strip_prefix("  ")).collect();
    let expected: Vec<Record> = records().into_iter().map(as_read_today).collect();
    assert_eq!(fixtures.len(), expected.len());
    for (hex, expected) in fixtures.into_iter().zip(expected) {
        let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
        let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(digits).collect();
        assert_eq!(bytes[0], 1);
        assert_eq!(Record::decode(&bytes), Ok(expected));
    }
}

/// A submission of format 1 is saved and cached as it was then.
fn as_read_today(record: Record) -> Record {
    let Record::Submitted { workflow, at, mut spec } = record else {
        return record;
    };
    spec.checkpoint = Some(CheckpointMode::TaskExit);
    for group in &mut spec.groups {
        group.task.caching.policy = CachePolicy::Never;
    }
    Record::Submitted { workflow, at, spec }
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
            "a record of format 9, and this build reads formats 1 to 2; use the version of godwit that wrote it",
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
        for format in [1, 2] {
            if let Some(first) = bytes.first_mut() {
                *first = format;
            }
            drop(Record::decode(&bytes));
        }
    }
}
