//! The maker of a base, beside its coordinator: reads the store, puts a base, and collects. It goes on when its
//! coordinator is fenced, as a zombie.

use super::coordinator::Marks;
use super::oracle::Record;
use crate::{Answer, BaseWriter, Collecting, Collector, Keep, Making, Operation, ReadStep, Reader, Refusal};
use godwit_common::ids::{Epoch, Sequence, Token};
use godwit_common::time::Time;

/// Parts of three or four records, and up to one record in the head.
pub(super) const PART_BYTES: usize = 48;

#[derive(Clone, Debug)]
pub(super) struct Maker {
    epoch: Epoch,
    nonce: Token,
    keep: Keep,
    stage: Stage,
    records: Vec<Record>,
    pub(super) wanted: Option<Operation>,
    pub(super) answer: Option<Answer>,
}

#[derive(Clone, Debug)]
enum Stage {
    Reading(Box<Reader>),
    Writing(Box<BaseWriter>),
    Collecting(Box<Collector>),
    Over,
}

impl Maker {
    pub(super) fn new(epoch: Epoch, until: Sequence, nonce: Token, keep: Keep) -> Maker {
        let stage = Stage::Reading(Box::new(Reader::up_to(until)));
        let mut maker = Maker { epoch, nonce, keep, stage, records: Vec::new(), wanted: None, answer: None };
        maker.advance(None, &mut Marks::new());
        maker
    }

    pub(super) fn deliver(&mut self, marks: &mut Marks) {
        self.wanted = None;
        let answer = self.answer.take().expect("an answer has come");
        self.advance(Some(answer), marks);
    }

    fn advance(&mut self, answer: Option<Answer>, marks: &mut Marks) {
        match &self.stage {
            Stage::Reading(_) => self.read(answer, marks),
            Stage::Writing(_) => self.write(answer, marks),
            Stage::Collecting(_) => self.collect(answer, marks),
            Stage::Over => {}
        }
    }

    fn read(&mut self, mut answer: Option<Answer>, marks: &mut Marks) {
        let Stage::Reading(reader) = &mut self.stage else {
            return;
        };
        loop {
            match reader.step(answer.take()) {
                ReadStep::Do(operation) | ReadStep::Retry { operation, .. } => {
                    self.wanted = Some(operation);
                    return;
                }
                ReadStep::Read(chunk) => self.records.extend(chunk.records.iter().map(<[u8]>::to_vec)),
                ReadStep::Restart => {
                    marks.insert("reader restarted");
                    self.records.clear();
                }
                ReadStep::Done(point) => {
                    let writer = BaseWriter::new(point, self.epoch, self.nonce, Time(0));
                    self.stage = Stage::Writing(Box::new(writer.with_parts_of(PART_BYTES)));
                    return self.write(None, marks);
                }
                ReadStep::Refused(refusal) => return self.refused(&refusal, marks),
            }
        }
    }

    fn write(&mut self, answer: Option<Answer>, marks: &mut Marks) {
        let Stage::Writing(writer) = &mut self.stage else {
            return;
        };
        match answer.map_or(Making::Pending, |answer| writer.answer(answer)) {
            Making::Pending | Making::Retry(_) => {}
            Making::Complete(_) => {
                marks.insert("base made");
                return self.begin_collection(marks);
            }
            Making::Outrun(_) => {
                marks.insert("base made by another");
                return self.begin_collection(marks);
            }
            Making::Refused(refusal) => return self.refused(&refusal, marks),
        }
        self.wanted = writer.next_operation();
        while self.wanted.is_none() {
            match self.records.is_empty() {
                true => writer.finish(),
                false => writer.push(&self.records.remove(0)).expect("a short record"),
            }
            self.wanted = writer.next_operation();
        }
    }

    fn begin_collection(&mut self, marks: &mut Marks) {
        self.stage = Stage::Collecting(Box::new(Collector::new(self.keep, self.epoch, Time(0))));
        self.collect(None, marks);
    }

    fn collect(&mut self, answer: Option<Answer>, marks: &mut Marks) {
        let Stage::Collecting(collector) = &mut self.stage else {
            return;
        };
        match answer.map_or(Collecting::Pending, |answer| collector.answer(answer)) {
            Collecting::Pending | Collecting::Retry(_) => self.wanted = collector.next_operation(),
            Collecting::Done(deleted) => {
                marks.insert(if deleted > 0 { "collected" } else { "nothing to collect" });
                self.stage = Stage::Over;
            }
            Collecting::Refused(refusal) => self.refused(&refusal, marks),
        }
    }

    /// Only a store that was damaged is refused.
    fn refused(&mut self, refusal: &Refusal, marks: &mut Marks) {
        assert!(!matches!(refusal, Refusal::Misled { .. } | Refusal::Foreign { .. }), "{refusal}");
        marks.insert("maker refused");
        self.stage = Stage::Over;
    }
}
