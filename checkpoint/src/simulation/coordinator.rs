//! One coordinator of the simulation: the driver of a recovery and then of a writer.

use super::maker::Maker;
use super::oracle::Record;
use crate::{Answer, Keep, Operation, Progress, Recovery, Refusal, Step, Writer, testing};
use godwit_common::ids::{Epoch, Sequence, Token};
use godwit_common::time::Time;
use std::collections::BTreeSet;

/// Rare things that happened; the random runs must come across each.
pub(super) type Marks = BTreeSet<&'static str>;

#[derive(Clone, Debug)]
pub(super) struct Coordinator {
    number: u32,
    pub(super) life: Life,
    /// All records that it knows to be durable, in order, and how many of them it replayed.
    pub(super) view: Vec<Record>,
    pub(super) replayed: usize,
    /// What it appended and does not know to be durable.
    waiting: Vec<Record>,
    appended: u32,
    nonces: u32,
    /// What it asked for, until it is done; then the answer, until it is delivered.
    pub(super) wanted: Option<Operation>,
    pub(super) answer: Option<Answer>,
    /// The last thing that it tried to create, for the marks.
    created: Option<Operation>,
    /// Makes a base beside it.
    pub(super) maker: Option<Maker>,
    pub(super) bases: u32,
    /// The store may be damaged, so that refusals are in order.
    pub(super) lenient: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Life {
    Recovering(Box<Recovery>),
    Reigning(Box<Writer>),
    Fenced,
    Superseded,
    Crashed,
    /// The store is damaged; this loss may be accepted.
    Refused(Option<Sequence>),
}

impl Coordinator {
    pub(super) fn new(number: u32, accept: Option<Sequence>, lenient: bool) -> Coordinator {
        let nonce = Token(u128::from(number) << 64);
        let recovery = Recovery::new(testing::identity(&format!("node{number}")), Time(0), nonce, accept);
        let mut coordinator = Coordinator {
            number,
            life: Life::Recovering(Box::new(recovery)),
            view: Vec::new(),
            replayed: 0,
            waiting: Vec::new(),
            appended: 0,
            nonces: 0,
            wanted: None,
            answer: None,
            created: None,
            maker: None,
            bases: 0,
            lenient,
        };
        coordinator.recover(None, &mut Marks::new());
        coordinator
    }

    /// The epoch in which it reigns, if it does.
    pub(super) fn reign(&self) -> Option<Epoch> {
        match &self.life {
            Life::Reigning(writer) => Some(writer.epoch()),
            _ => None,
        }
    }

    pub(super) fn appended(&self) -> u32 {
        self.appended
    }

    pub(super) fn append(&mut self) {
        self.appended += 1;
        let mut record = format!("{}-{}", self.number, self.appended).into_bytes();
        if let Life::Reigning(writer) = &mut self.life {
            if self.appended % 3 == 2 {
                let value = format!("v{}", self.appended).into_bytes();
                writer.append_blob(&value).expect("a short value");
                record.push(b'+');
                record.extend(value);
            }
            writer.append(&record).expect("a short record");
            self.waiting.push(record);
        }
        self.write();
    }

    /// Begins to make a base of what is durable, if there is anything.
    pub(super) fn make_base(&mut self, keep: Keep) {
        if let Life::Reigning(writer) = &self.life {
            self.bases += 1;
            let nonce = Token(u128::from(self.number) << 64 | 1 << 32 | u128::from(self.bases));
            self.maker = Some(Maker::new(writer.epoch(), writer.durable_sequence(), nonce, keep));
        }
    }

    /// Looks whether somebody took over, if it has nothing else to do. Says whether it does.
    pub(super) fn look(&mut self) -> bool {
        if let Life::Reigning(writer) = &mut self.life
            && let Some(operation) = writer.look()
        {
            self.wanted = Some(operation);
            return true;
        }
        false
    }

    /// Dies. What it asked for may still be under way.
    pub(super) fn crash(&mut self) -> Vec<Operation> {
        self.life = Life::Crashed;
        let mut under_way = Vec::new();
        if let (Some(operation), None) = (self.wanted.take(), self.answer.take()) {
            under_way.push(operation);
        }
        if let Some(Maker { wanted: Some(operation), answer: None, .. }) = self.maker.take() {
            under_way.push(operation);
        }
        under_way
    }

    /// Takes the answer that has come.
    pub(super) fn deliver(&mut self, asked: Operation, marks: &mut Marks) {
        let answer = self.answer.take().expect("an answer has come");
        self.mark_read_back(&asked, &answer, marks);
        if let Operation::Create { body, .. } = &asked {
            if body[6] == b'x' && answer == Answer::Created {
                marks.insert("cut");
            }
            self.created = Some(asked);
        }
        match &mut self.life {
            Life::Recovering(_) => self.recover(Some(answer), marks),
            Life::Reigning(writer) => {
                let progress = writer.answer(answer);
                self.progress(progress, marks);
            }
            _ => panic!("the dead get no answers"),
        }
    }

    fn recover(&mut self, mut answer: Option<Answer>, marks: &mut Marks) {
        let Life::Recovering(recovery) = &mut self.life else {
            return;
        };
        loop {
            match recovery.step(answer.take()) {
                Step::Do(operation) | Step::Retry { operation, .. } => {
                    self.wanted = Some(operation);
                    return;
                }
                Step::Replay(chunk) => {
                    if chunk.records.count() > 1 {
                        marks.insert("group commit");
                    }
                    self.view.extend(chunk.records.iter().map(<[u8]>::to_vec));
                }
                Step::Restart => {
                    marks.insert(match recovery.damaged_base() {
                        Some(_) => "recovery fell back to the base before",
                        None => "recovery restarted",
                    });
                    self.view.clear();
                }
                Step::Ready(writer) => {
                    assert_eq!(recovery.epoch(), Some(writer.epoch()));
                    self.replayed = self.view.len();
                    self.life = Life::Reigning(writer);
                    return;
                }
                Step::Refused(Refusal::Superseded { .. } | Refusal::Overtaken { .. }) => {
                    marks.insert("superseded in recovery");
                    self.life = Life::Superseded;
                    return;
                }
                Step::Refused(refusal) => {
                    assert!(self.lenient, "a whole store was refused: {refusal}");
                    marks.insert("recovery refused");
                    self.life = Life::Refused(refusal.acceptable());
                    return;
                }
            }
        }
    }

    fn progress(&mut self, progress: Progress, marks: &mut Marks) {
        match progress {
            Progress::Durable(position) => {
                let news = self.replayed + usize::try_from(position.0).expect("few") - self.view.len();
                self.view.extend(self.waiting.drain(..news));
            }
            Progress::Pending | Progress::Retry(_) => {}
            Progress::Fenced(_) => {
                marks.insert(if self.waiting.is_empty() {
                    "fenced when idle"
                } else {
                    "fenced with records"
                });
                self.life = Life::Fenced;
            }
            Progress::Refused(refusal) => {
                assert!(self.lenient, "a whole store was refused: {refusal}");
                self.life = Life::Refused(None);
            }
        }
        self.write();
    }

    fn write(&mut self) {
        if let Life::Reigning(writer) = &mut self.life
            && let Some(operation) =
                writer.next_operation(Token(u128::from(self.number) << 64 | u128::from(self.nonces)), Time(0))
        {
            self.nonces += 1;
            self.wanted = Some(operation);
        }
    }

    /// Notes what a read brought to light about the put before it.
    fn mark_read_back(&self, asked: &Operation, answer: &Answer, marks: &mut Marks) {
        let Some(Operation::Create { key, body }) = &self.created else {
            return;
        };
        if asked.key() != key || !matches!(asked, Operation::Get { .. }) {
            return;
        }
        // The seventh byte of an object is its kind.
        marks.insert(match (body[6], answer) {
            (b'c', Answer::Found(found)) if found == body => "claim read back: ours",
            (b'c', Answer::Found(_)) => "claim read back: another's",
            (b'c', Answer::Missing) => "claim read back: missing",
            (b's', Answer::Found(found)) if found == body => "seal read back: ours",
            (b's', Answer::Found(found)) if found[6] == b'i' => {
                "seal read back: an increment that came first"
            }
            (b's', Answer::Found(_)) => "seal read back: another's",
            (b's', Answer::Missing) => "seal read back: missing",
            (b'i', Answer::Found(found)) if found == body => "increment read back: ours",
            (b'i', Answer::Found(_)) => "increment read back: a seal",
            (b'i', Answer::Missing) => "increment read back: missing",
            (b'x', Answer::Found(found)) if found == body => "cut read back: ours",
            (b'x', Answer::Found(_)) => "cut read back: another's",
            (b'x', Answer::Missing) => "cut read back: missing",
            _ => return,
        });
    }
}
