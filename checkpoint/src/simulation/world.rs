//! The store, the coordinators, everything that can happen next, and what must always hold.

use super::coordinator::{Coordinator, Life, Marks};
use super::oracle::Oracle;
use super::store::{MemoryStore, Trouble};
use crate::Operation;
use godwit_common::ids::Epoch;

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) store: MemoryStore,
    pub(super) coordinators: Vec<Coordinator>,
    pub(super) limits: Limits,
    pub(super) marks: Marks,
    oracle: Oracle,
    /// For each epoch that was ever ready: how many records it had replayed.
    ready: Vec<(Epoch, usize)>,
}

/// How much of each kind may still happen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) starts: u32,
    pub(super) crashes: u32,
    pub(super) troubles: u32,
    /// For each coordinator.
    pub(super) appends: u32,
    pub(super) looks: u32,
    pub(super) delivery: Delivery,
}

/// When answers arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// In the same move: fewer states.
    AtOnce,
    /// In a move of their own, so that the world moves on in between, and the receiver may die before.
    Later,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Move {
    Start,
    Perform(usize, Trouble),
    Deliver(usize),
    Append(usize),
    Look(usize),
    Crash(usize),
    Land(usize),
}

impl World {
    pub(super) fn new(limits: Limits) -> World {
        World {
            store: MemoryStore::default(),
            coordinators: Vec::new(),
            limits,
            marks: Marks::new(),
            oracle: Oracle::new(),
            ready: Vec::new(),
        }
    }

    pub(super) fn moves(&self) -> Vec<Move> {
        let mut moves = Vec::new();
        if self.limits.starts > 0 {
            moves.push(Move::Start);
        }
        moves.extend((0..self.store.floating.len()).map(Move::Land));
        for (index, coordinator) in self.coordinators.iter().enumerate() {
            self.moves_of(index, coordinator, &mut moves);
        }
        moves
    }

    fn moves_of(&self, index: usize, coordinator: &Coordinator, moves: &mut Vec<Move>) {
        match (&coordinator.wanted, &coordinator.answer) {
            (Some(_), Some(_)) => moves.push(Move::Deliver(index)),
            (Some(operation), None) => {
                let troubles = Trouble::all(operation).iter();
                let troubles =
                    troubles.filter(|&&trouble| trouble == Trouble::Nothing || self.limits.troubles > 0);
                moves.extend(troubles.map(|&trouble| Move::Perform(index, trouble)));
            }
            (None, _) => {}
        }
        let reigns = coordinator.reign().is_some();
        if reigns && coordinator.appended() < self.limits.appends {
            moves.push(Move::Append(index));
        }
        if reigns && coordinator.wanted.is_none() && self.limits.looks > 0 {
            moves.push(Move::Look(index));
        }
        if self.limits.crashes > 0 && matches!(coordinator.life, Life::Recovering(_) | Life::Reigning(_)) {
            moves.push(Move::Crash(index));
        }
    }

    /// Nobody waits for anything.
    pub(super) fn is_quiet(&self) -> bool {
        self.coordinators.iter().all(|coordinator| coordinator.wanted.is_none())
    }

    pub(super) fn make(&mut self, next: Move) {
        match next {
            Move::Start => {
                self.limits.starts -= 1;
                self.start();
            }
            Move::Perform(index, trouble) => {
                self.perform(index, trouble);
                if self.limits.delivery == Delivery::AtOnce {
                    self.deliver(index);
                }
            }
            Move::Deliver(index) => self.deliver(index),
            Move::Append(index) => self.coordinators[index].append(),
            Move::Look(index) => {
                self.limits.looks -= u32::from(self.coordinators[index].look());
            }
            Move::Crash(index) => {
                self.limits.crashes -= 1;
                self.crash(index);
            }
            Move::Land(index) => self.store.land(index),
        }
        self.oracle.follow(&self.store);
        self.check();
    }

    pub(super) fn start(&mut self) {
        let number = u32::try_from(self.coordinators.len()).expect("few") + 1;
        self.coordinators.push(Coordinator::new(number));
    }

    fn perform(&mut self, index: usize, trouble: Trouble) {
        self.limits.troubles -= u32::from(trouble != Trouble::Nothing);
        let coordinator = &mut self.coordinators[index];
        let operation = coordinator.wanted.as_ref().expect("it wants something");
        coordinator.answer = Some(self.store.perform(operation, trouble));
    }

    fn deliver(&mut self, index: usize) {
        let coordinator = &mut self.coordinators[index];
        let asked = coordinator.wanted.take().expect("it wanted something");
        let before = coordinator.reign();
        coordinator.deliver(asked, &mut self.marks);
        if let (None, Some(epoch)) = (before, coordinator.reign()) {
            self.ready.push((epoch, coordinator.replayed));
        }
    }

    /// A put that was not performed may land after the death of its sender.
    fn crash(&mut self, index: usize) {
        let performed = self.coordinators[index].answer.is_some();
        if let Some(Operation::Create { key, body }) = self.coordinators[index].crash()
            && !performed
        {
            self.store.floating.push((key, body));
        }
    }

    /// What must hold after every move. (That nothing is written behind a seal, the oracle checks.)
    pub(super) fn check(&self) {
        for coordinator in &self.coordinators {
            let known = coordinator.view.len();
            assert!(
                self.oracle.records.get(..known) == Some(&coordinator.view),
                "what a coordinator was told is durable is no prefix of the log"
            );
            let Some(epoch) = coordinator.reign() else {
                continue;
            };
            for &(later, replayed) in self.ready.iter().filter(|&&(later, _)| later > epoch) {
                assert!(known <= replayed, "epoch {later} replayed less than epoch {epoch} had acknowledged");
            }
        }
        let mut epochs: Vec<Epoch> = self.ready.iter().map(|&(epoch, _)| epoch).collect();
        epochs.dedup();
        assert_eq!(epochs.len(), self.ready.len(), "two coordinators in one epoch");
    }

    /// The faults stop and everything that is under way ends. Nobody but the newest may still reign then.
    pub(super) fn settle(&mut self) {
        self.limits = Limits { starts: 0, crashes: 0, troubles: 0, appends: 0, looks: 0, ..self.limits };
        let mut patience = 1000;
        while let Some(&next) = self.moves().first() {
            self.make(next);
            patience -= 1;
            assert!(patience > 0, "it does not come to an end");
        }
        self.limits.looks = u32::try_from(self.coordinators.len()).expect("few");
        for index in 0..self.coordinators.len() {
            if self.coordinators[index].look() {
                self.perform(index, Trouble::Nothing);
                self.deliver(index);
            }
        }
        let reigns: Vec<Epoch> = self.coordinators.iter().filter_map(Coordinator::reign).collect();
        assert!(reigns.len() <= 1, "epochs {reigns:?} reign at once");
    }

    /// All die at once; a new coordinator must find exactly what is there, and be able to go on.
    pub(super) fn resume(mut self) {
        self.limits.crashes = u32::MAX;
        for index in 0..self.coordinators.len() {
            self.crash(index);
        }
        self.store.floating.clear();
        self.start();
        self.settle();
        let last = self.coordinators.len() - 1;
        assert!(
            self.coordinators[last].reign().is_some(),
            "a store without faults and rivals is not taken over"
        );
        assert_eq!(self.coordinators[last].view, self.oracle.records);
        self.coordinators[last].append();
        self.settle();
        assert_eq!(self.coordinators[last].view, self.oracle.records);
        assert_eq!(self.coordinators[last].view.len(), self.coordinators[last].replayed + 1);
    }
}
