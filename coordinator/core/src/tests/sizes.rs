//! How many bytes of the log a task of an array of trivial tasks costs, framed and compressed as in an increment.

use crate::record::{OutcomesWriter, Record};
use godwit_common::ids::{Attempt, AttemptId, Epoch, GroupId, WorkerId, WorkflowId};
use godwit_common::outcome::{End, Ended, Span, SpoolOutput, Usage};
use godwit_common::time::Time;
use std::time::Duration;

const TASKS: u32 = 1000;
const SLOTS: u32 = 16;
const START: u64 = 1_800_000_000_000_000;

/// Numbers that nothing can compress.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// Tasks of a few milliseconds, on workers of 16 slots.
fn successes() -> Vec<Record> {
    let mut chance = Chance(88_172_645_463_325_252);
    let mut ends = [(START, 0u64); SLOTS as usize];
    (0..TASKS).map(|position| success(position, &mut chance, &mut ends)).collect()
}

fn success(position: u32, chance: &mut Chance, ends: &mut [(u64, u64); SLOTS as usize]) -> Record {
    let slot = position % SLOTS;
    let (ended, offset) = ends[slot as usize];
    let (started, wall) = (ended + 300 + chance.below(400), 1500 + chance.below(1500));
    let length = 3 + chance.below(4);
    ends[slot as usize] = (started + wall, offset + length);
    let usage = Usage {
        started: Time(started),
        wall: Duration::from_micros(wall),
        cpu: Duration::from_micros(600 + chance.below(500)),
        memory_max: (400 + chance.below(30)) << 12,
        output: SpoolOutput { slot, stdout: Span { offset, length }, stderr: Span::default() },
    };
    let task = GroupId { workflow: WorkflowId(1), group: 0 }.task(position);
    let id = AttemptId { task, attempt: Attempt { epoch: Epoch(1), number: 1 } };
    let ended = Ended { id, end: End::Succeeded, usage: Some(usage), produced: None };
    Record::Done { worker: WorkerId(1), at: Time(started + wall + chance.below(300)), ended, memo: None }
}

/// Bytes per task of these records. A checksum is chance to a compressor.
fn cost(records: &[Record]) -> f64 {
    let mut chance = Chance(1);
    let mut framed = Vec::new();
    for record in records {
        let bytes = record.encode();
        framed.extend(u32::try_from(bytes.len()).expect("a short record").to_le_bytes());
        framed.extend(&chance.below(u64::MAX).to_le_bytes()[..4]);
        framed.extend(bytes);
    }
    let packed = zstd::bulk::compress(&framed, 1).expect("it compresses");
    f64::from(u32::try_from(packed.len()).expect("few bytes")) / f64::from(TASKS)
}

#[test]
fn a_trivial_task_costs_few_bytes() {
    let each = successes();
    let together = |most: usize| -> Vec<Record> {
        let write = |some: &[Record]| {
            let mut writer = OutcomesWriter::default();
            some.iter().for_each(|record| writer.push(record));
            writer.finish()
        };
        each.chunks(most).map(write).collect()
    };
    let costs = [cost(&each), cost(&together(16)), cost(&together(1000))];
    assert!(costs[0] < 24.0 && costs[1] < 16.0 && costs[2] < 12.0, "{costs:?}");
}

#[test]
fn many_outcomes_are_read_back() {
    let each = successes();
    let mut writer = OutcomesWriter::default();
    each.iter().for_each(|record| writer.push(record));
    let record = writer.finish();
    assert_eq!(Record::decode(&record.encode()).as_ref(), Ok(&record));
    let Record::Outcomes(outcomes) = record else { panic!("several") };
    assert_eq!(outcomes.iter().collect::<Vec<_>>(), each);
}
