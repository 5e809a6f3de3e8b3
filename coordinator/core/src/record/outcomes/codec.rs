//! One outcome after the other: what is as was to be expected from those before is left out.

use super::bytes::{put, put_step, take, take_step, take_u32};
use crate::record::Record;
use godwit_common::ids::{Attempt, AttemptId, Epoch, GroupId, TaskId, WorkerId, WorkflowId};
use godwit_common::memo::Memo;
use godwit_common::outcome::{End, Ended, Span, SpoolOutput, Usage};
use godwit_common::time::Time;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::time::Duration;

/// The worker is another one than before.
const WORKER: u8 = 1;
/// The group is another one.
const GROUP: u8 = 1 << 1;
/// The position is not the next one.
const POSITION: u8 = 1 << 2;
/// The attempt is another one.
const ATTEMPT: u8 = 1 << 3;
/// There is no usage.
const UNUSED: u8 = 1 << 4;
/// A memo follows.
const MEMO: u8 = 1 << 5;
/// The fields of a whole [`Record::Done`] follow instead.
const WHOLE_DONE: u8 = 1 << 7;
/// The fields of a [`Record::Reused`] follow.
const REUSED: u8 = (1 << 7) | 1;
/// The fields of a [`Record::Settled`] follow.
const SETTLED: u8 = (1 << 7) | 2;

/// Memory is counted in pages where it can be.
const PAGE_BITS: u32 = 12;

/// The bytes are no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// What the outcomes before say of the next one.
#[derive(Clone, Debug)]
pub(super) struct Context {
    worker: WorkerId,
    task: TaskId,
    attempt: Attempt,
    at: Time,
    /// Where the output of the next process of a slot begins, and when the one before it ended.
    slots: BTreeMap<(WorkerId, u32), SlotEnd>,
}

#[derive(Clone, Copy, Debug, Default)]
struct SlotEnd {
    ended: Time,
    stdout: u64,
    stderr: u64,
}

/// What is written of a success.
struct Success<'a> {
    worker: WorkerId,
    at: Time,
    id: AttemptId,
    usage: Option<&'a Usage>,
    memo: Option<&'a Memo>,
}

impl Default for Context {
    fn default() -> Context {
        let group = GroupId { workflow: WorkflowId(0), group: 0 };
        Context {
            worker: WorkerId(0),
            task: group.task(u32::MAX),
            attempt: Attempt { epoch: Epoch(0), number: 1 },
            at: Time(0),
            slots: BTreeMap::new(),
        }
    }
}

impl Context {
    /// Writes an outcome; false if `record` is none.
    pub(super) fn write(&mut self, record: &Record, out: &mut Vec<u8>) -> bool {
        if self.write_success(record, out) {
            return true;
        }
        match record {
            Record::Done { worker, at, ended, memo } => {
                to_postcard(WHOLE_DONE, &(worker, at, ended, memo), out);
            }
            Record::Reused { task, at, memo, origin } => to_postcard(REUSED, &(task, at, memo, origin), out),
            Record::Settled { first, count, outcome, at } => {
                to_postcard(SETTLED, &(first, count, outcome, at), out);
            }
            _ => return false,
        }
        true
    }

    /// Writes a success in the short form; false if `record` is none that fits it.
    pub(super) fn write_success(&mut self, record: &Record, out: &mut Vec<u8>) -> bool {
        let Some(success) = success(record) else {
            return false;
        };
        self.write_id(&success, out);
        put_step(self.at.0, success.at.0, out);
        if let Some(usage) = success.usage {
            self.write_usage(success.worker, success.at, usage, out);
        }
        if let Some(memo) = success.memo {
            postcard::to_io(memo, &mut *out).expect("plain data encodes into memory");
        }
        self.follow(success.worker, success.id, success.at);
        true
    }

    fn write_id(&self, success: &Success<'_>, out: &mut Vec<u8>) {
        let AttemptId { task, attempt } = success.id;
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        let flags = flag(success.worker != self.worker, WORKER)
            | flag(task.group != self.task.group, GROUP)
            | flag(task.position != self.task.position.wrapping_add(1), POSITION)
            | flag(attempt != self.attempt, ATTEMPT)
            | flag(success.usage.is_none(), UNUSED)
            | flag(success.memo.is_some(), MEMO);
        out.push(flags);
        if flags & WORKER != 0 {
            put(success.worker.0.into(), out);
        }
        if flags & GROUP != 0 {
            put(task.workflow().0.into(), out);
            put(task.group.group.into(), out);
        }
        if flags & ATTEMPT != 0 {
            put(attempt.epoch.0.into(), out);
            put(attempt.number.into(), out);
        }
        if flags & POSITION != 0 {
            put_step(self.task.position.wrapping_add(1).into(), task.position.into(), out);
        }
    }

    fn write_usage(&mut self, worker: WorkerId, at: Time, usage: &Usage, out: &mut Vec<u8>) {
        let SpoolOutput { slot, stdout, stderr } = usage.output;
        put(slot.into(), out);
        let before = self.slots.get(&(worker, slot)).copied();
        let end = before.unwrap_or(SlotEnd { ended: at, ..SlotEnd::default() });
        put_step(end.stdout, stdout.offset, out);
        put(stdout.length, out);
        put_step(end.stderr, stderr.offset, out);
        put(stderr.length, out);
        put(memory_code(usage.memory_max).unwrap_or_default(), out);
        put_step(end.ended.0, usage.started.0, out);
        put(micros(usage.wall).unwrap_or_default(), out);
        put(micros(usage.cpu).unwrap_or_default(), out);
        self.slots.insert((worker, slot), SlotEnd::after(usage));
    }

    fn follow(&mut self, worker: WorkerId, id: AttemptId, at: Time) {
        self.worker = worker;
        self.task = id.task;
        self.attempt = id.attempt;
        self.at = at;
    }

    pub(super) fn read(&mut self, rest: &mut &[u8]) -> Result<Record, Malformed> {
        let (flags, after) = rest.split_first().ok_or(Malformed)?;
        *rest = after;
        match *flags {
            WHOLE_DONE => {
                from_postcard(rest).map(|(worker, at, ended, memo)| Record::Done { worker, at, ended, memo })
            }
            REUSED => {
                from_postcard(rest).map(|(task, at, memo, origin)| Record::Reused { task, at, memo, origin })
            }
            SETTLED => from_postcard(rest).map(|(first, count, outcome, at)| Record::Settled {
                first,
                count,
                outcome,
                at,
            }),
            flags if flags & !(WORKER | GROUP | POSITION | ATTEMPT | UNUSED | MEMO) != 0 => Err(Malformed),
            flags => self.read_success(flags, rest),
        }
    }

    fn read_success(&mut self, flags: u8, rest: &mut &[u8]) -> Result<Record, Malformed> {
        let worker = if flags & WORKER != 0 { WorkerId(take_u32(rest)?) } else { self.worker };
        let mut group = self.task.group;
        if flags & GROUP != 0 {
            group = GroupId { workflow: WorkflowId(take_u32(rest)?), group: take_u32(rest)? };
        }
        let mut attempt = self.attempt;
        if flags & ATTEMPT != 0 {
            attempt = Attempt { epoch: Epoch(take_u32(rest)?), number: take_u32(rest)? };
        }
        let mut position = self.task.position.wrapping_add(1);
        if flags & POSITION != 0 {
            position = u32::try_from(take_step(position.into(), rest)?).map_err(|_| Malformed)?;
        }
        let at = Time(take_step(self.at.0, rest)?);
        let usage = if flags & UNUSED == 0 { Some(self.read_usage(worker, at, rest)?) } else { None };
        let memo = if flags & MEMO != 0 { Some(Box::new(from_postcard(rest)?)) } else { None };
        let id = AttemptId { task: group.task(position), attempt };
        self.follow(worker, id, at);
        let ended = Ended { id, end: End::Succeeded, usage, produced: None };
        Ok(Record::Done { worker, at, ended, memo })
    }

    fn read_usage(&mut self, worker: WorkerId, at: Time, rest: &mut &[u8]) -> Result<Usage, Malformed> {
        let slot = take_u32(rest)?;
        let before = self.slots.get(&(worker, slot)).copied();
        let end = before.unwrap_or(SlotEnd { ended: at, ..SlotEnd::default() });
        let stdout = Span { offset: take_step(end.stdout, rest)?, length: take(rest)? };
        let stderr = Span { offset: take_step(end.stderr, rest)?, length: take(rest)? };
        let memory_max = memory_of(take(rest)?)?;
        let started = Time(take_step(end.ended.0, rest)?);
        let usage = Usage {
            started,
            wall: Duration::from_micros(take(rest)?),
            cpu: Duration::from_micros(take(rest)?),
            memory_max,
            output: SpoolOutput { slot, stdout, stderr },
        };
        self.slots.insert((worker, slot), SlotEnd::after(&usage));
        Ok(usage)
    }
}

impl SlotEnd {
    fn after(usage: &Usage) -> SlotEnd {
        let end = |span: Span| span.offset.wrapping_add(span.length);
        SlotEnd {
            ended: usage.started + usage.wall,
            stdout: end(usage.output.stdout),
            stderr: end(usage.output.stderr),
        }
    }
}

/// The parts of a success that the short form can hold.
fn success(record: &Record) -> Option<Success<'_>> {
    let Record::Done { worker, at, ended, memo } = record else {
        return None;
    };
    let Ended { id, end: End::Succeeded, usage, produced: None } = ended else {
        return None;
    };
    let fits = |usage: &Usage| {
        micros(usage.wall).is_some() && micros(usage.cpu).is_some() && memory_code(usage.memory_max).is_some()
    };
    let usage = usage.as_ref();
    usage.is_none_or(fits).then_some(Success {
        worker: *worker,
        at: *at,
        id: *id,
        usage,
        memo: memo.as_deref(),
    })
}

fn to_postcard<T: Serialize>(flags: u8, fields: &T, out: &mut Vec<u8>) {
    out.push(flags);
    postcard::to_io(fields, out).expect("plain data encodes into memory");
}

fn from_postcard<T: DeserializeOwned>(rest: &mut &[u8]) -> Result<T, Malformed> {
    let (value, after) = postcard::take_from_bytes(rest).map_err(|_| Malformed)?;
    *rest = after;
    Ok(value)
}

/// Whole microseconds, if it is that.
fn micros(duration: Duration) -> Option<u64> {
    let micros = u64::try_from(duration.as_micros()).ok()?;
    (Duration::from_micros(micros) == duration).then_some(micros)
}

/// Pages, or bytes with the lowest bit set.
fn memory_code(bytes: u64) -> Option<u64> {
    let pages = bytes >> PAGE_BITS;
    if pages << PAGE_BITS == bytes {
        return Some(pages << 1);
    }
    (bytes >> 63 == 0).then_some(bytes << 1 | 1)
}

fn memory_of(code: u64) -> Result<u64, Malformed> {
    let number = code >> 1;
    if code & 1 == 1 {
        return Ok(number);
    }
    if number >> (64 - PAGE_BITS) == 0 { Ok(number << PAGE_BITS) } else { Err(Malformed) }
}
