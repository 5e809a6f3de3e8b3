//! The store, the coordinators, everything that can happen next, and what must always hold.

use super::coordinator::{Coordinator, Life, Marks};
use super::oracle::Oracle;
use super::store::{MemoryStore, Trouble};
use crate::{Answer, Keep, Operation, Slot};
use bytes::Bytes;
use godwit_common::ids::{Epoch, Sequence};

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) store: MemoryStore,
    pub(super) coordinators: Vec<Coordinator>,
    pub(super) limits: Limits,
    pub(super) marks: Marks,
    oracle: Oracle,
    pub(super) damaged: bool,
    /// For each epoch that was ever ready: how many records it had replayed.
    ready: Vec<(Epoch, usize)>,
}

/// How much of each kind may still happen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) starts: u32,
    pub(super) crashes: u32,
    pub(super) troubles: u32,
    /// Any listing may leave out keys, besides.
    pub(super) listings: Listings,
    /// For each coordinator.
    pub(super) appends: u32,
    pub(super) looks: u32,
    /// For each coordinator.
    pub(super) bases: u32,
    /// Objects that are damaged behind everybody's back.
    pub(super) damages: u32,
    pub(super) keep: Keep,
    pub(super) delivery: Delivery,
}

impl Limits {
    pub(super) const NONE: Limits = Limits {
        starts: 0,
        crashes: 0,
        troubles: 0,
        listings: Listings::Fresh,
        appends: 0,
        looks: 0,
        bases: 0,
        damages: 0,
        keep: Keep::Newest,
        delivery: Delivery::AtOnce,
    };
}

/// What listings show that meet no trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listings {
    Fresh,
    MayBeStale,
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
    /// With the loss accepted that somebody was refused for.
    Accept(Sequence),
    Perform(Who, Trouble),
    Deliver(Who),
    Base(usize),
    Append(usize),
    Look(usize),
    Crash(usize),
    Land(usize),
    /// The object with this number among all.
    Damage(usize),
}

/// A coordinator, by its index, or its maker of bases.
#[derive(Clone, Copy, Debug)]
pub(super) enum Who {
    Writer(usize),
    Maker(usize),
}

impl World {
    pub(super) fn new(limits: Limits) -> World {
        World {
            store: MemoryStore::default(),
            coordinators: Vec::new(),
            limits,
            marks: Marks::new(),
            oracle: Oracle::new(),
            damaged: false,
            ready: Vec::new(),
        }
    }

    pub(super) fn moves(&self) -> Vec<Move> {
        let mut moves = Vec::new();
        if self.limits.starts > 0 {
            moves.push(Move::Start);
            let refused = self.coordinators.iter().rev().find_map(|coordinator| match coordinator.life {
                Life::Refused(accept) => accept,
                _ => None,
            });
            moves.extend(refused.map(Move::Accept));
        }
        moves.extend((0..self.store.floating.len()).map(Move::Land));
        for (index, coordinator) in self.coordinators.iter().enumerate() {
            self.moves_of(index, coordinator, &mut moves);
        }
        if self.limits.damages > 0 {
            let damageable = |key: &str| Slot::parse(key).is_some() || key.starts_with("base/");
            let keys = self.store.objects.keys().enumerate().filter(|(_, key)| damageable(key));
            moves.extend(keys.map(|(index, _)| Move::Damage(index)));
        }
        moves
    }

    fn moves_of(&self, index: usize, coordinator: &Coordinator, moves: &mut Vec<Move>) {
        self.operation_moves(Who::Writer(index), &coordinator.wanted, &coordinator.answer, moves);
        if let Some(maker) = &coordinator.maker {
            self.operation_moves(Who::Maker(index), &maker.wanted, &maker.answer, moves);
        }
        let reigns = coordinator.reign().is_some();
        if reigns && coordinator.appended() < self.limits.appends {
            moves.push(Move::Append(index));
        }
        let idle = coordinator.maker.as_ref().is_none_or(|maker| maker.wanted.is_none());
        if reigns && idle && coordinator.bases < self.limits.bases {
            moves.push(Move::Base(index));
        }
        if reigns && coordinator.wanted.is_none() && self.limits.looks > 0 {
            moves.push(Move::Look(index));
        }
        if self.limits.crashes > 0 && matches!(coordinator.life, Life::Recovering(_) | Life::Reigning(_)) {
            moves.push(Move::Crash(index));
        }
    }

    fn operation_moves(
        &self,
        who: Who,
        wanted: &Option<Operation>,
        answer: &Option<Answer>,
        moves: &mut Vec<Move>,
    ) {
        match (wanted, answer) {
            (Some(_), Some(_)) => moves.push(Move::Deliver(who)),
            (Some(operation), None) => {
                let troubles = Trouble::all(operation).iter();
                let troubles = troubles.filter(|&&trouble| self.may_meet(trouble));
                moves.extend(troubles.map(|&trouble| Move::Perform(who, trouble)));
            }
            (None, _) => {}
        }
    }

    fn may_meet(&self, trouble: Trouble) -> bool {
        let is_free = trouble.is_stale() && self.limits.listings == Listings::MayBeStale;
        trouble == Trouble::Nothing || is_free || self.limits.troubles > 0
    }

    /// All records of the log.
    pub(super) fn truth(&self) -> &[super::oracle::Record] {
        &self.oracle.records
    }

    /// Nobody waits for anything.
    pub(super) fn is_quiet(&self) -> bool {
        self.coordinators.iter().all(|coordinator| {
            let idle = coordinator.maker.as_ref().is_none_or(|maker| maker.wanted.is_none());
            coordinator.wanted.is_none() && idle
        })
    }

    pub(super) fn make(&mut self, next: Move) {
        match next {
            Move::Start => {
                self.limits.starts -= 1;
                self.start(None);
            }
            Move::Accept(sequence) => {
                self.limits.starts -= 1;
                self.start(Some(sequence));
            }
            Move::Perform(who, trouble) => {
                self.perform(who, trouble);
                if self.limits.delivery == Delivery::AtOnce {
                    self.deliver(who);
                }
            }
            Move::Deliver(who) => self.deliver(who),
            Move::Base(index) => self.coordinators[index].make_base(self.limits.keep),
            Move::Damage(index) => {
                self.limits.damages -= 1;
                self.damage(index);
            }
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
        self.follow();
        self.check();
    }

    fn follow(&mut self) {
        if !std::mem::take(&mut self.store.changed) {
            return;
        }
        self.oracle.follow(&self.store);
        self.oracle.check_new_bases(&self.store, self.damaged);
        let claims = u32::try_from(self.coordinators.len()).expect("few");
        self.oracle.check_needed(&self.store, claims, self.limits.keep);
    }

    pub(super) fn start(&mut self, accept: Option<Sequence>) {
        let number = u32::try_from(self.coordinators.len()).expect("few") + 1;
        self.coordinators.push(Coordinator::new(number, accept, self.damaged));
    }

    fn perform(&mut self, who: Who, trouble: Trouble) {
        let is_free = trouble.is_stale() && self.limits.listings == Listings::MayBeStale;
        self.limits.troubles -= u32::from(trouble != Trouble::Nothing && !is_free);
        let (wanted, answer) = match who {
            Who::Writer(index) => {
                let coordinator = &mut self.coordinators[index];
                (&coordinator.wanted, &mut coordinator.answer)
            }
            Who::Maker(index) => {
                let maker = self.coordinators[index].maker.as_mut().expect("there is one");
                (&maker.wanted, &mut maker.answer)
            }
        };
        let operation = wanted.as_ref().expect("it wants something");
        *answer = Some(self.store.perform(operation, trouble));
    }

    fn deliver(&mut self, who: Who) {
        match who {
            Who::Writer(index) => self.deliver_to_writer(index),
            Who::Maker(index) => {
                let maker = self.coordinators[index].maker.as_mut().expect("there is one");
                maker.deliver(&mut self.marks);
            }
        }
    }

    fn deliver_to_writer(&mut self, index: usize) {
        let coordinator = &mut self.coordinators[index];
        let asked = coordinator.wanted.take().expect("it wanted something");
        let before = coordinator.reign();
        coordinator.deliver(asked, &mut self.marks);
        if let (None, Some(epoch)) = (before, coordinator.reign()) {
            self.ready.push((epoch, coordinator.replayed));
        }
    }

    /// What was not performed may land after the death of its sender.
    fn crash(&mut self, index: usize) {
        let under_way = self.coordinators[index].crash();
        let writes = under_way
            .into_iter()
            .filter(|operation| !matches!(operation, Operation::Get { .. } | Operation::List { .. }));
        self.store.floating.extend(writes);
    }

    /// An object becomes unreadable. Everybody who lives may find that out.
    fn damage(&mut self, index: usize) {
        self.damaged = true;
        let key = self.store.objects.keys().nth(index).expect("it is there").clone();
        self.store.objects.insert(key, Bytes::from_static(b"godwit, damaged"));
        for coordinator in &mut self.coordinators {
            coordinator.lenient = true;
        }
    }

    /// What must hold after every move. (That nothing is written behind a seal, the oracle checks.)
    pub(super) fn check(&self) {
        let cut_by = self.oracle.cut_by.unwrap_or(Epoch(0));
        for coordinator in &self.coordinators {
            // What was cut off was known to those before the cut, and may still be read by others.
            if cut_by > coordinator.reign().unwrap_or(Epoch(0)) {
                continue;
            }
            let known = coordinator.view.len();
            assert!(
                self.oracle.records.get(..known) == Some(&coordinator.view),
                "what a coordinator was told is durable is no prefix of the log"
            );
            let Some(epoch) = coordinator.reign() else {
                continue;
            };
            for &(later, replayed) in self.ready.iter().filter(|&&(later, _)| later > epoch.max(cut_by)) {
                assert!(known <= replayed, "epoch {later} replayed less than epoch {epoch} had acknowledged");
            }
        }
        let mut epochs: Vec<Epoch> = self.ready.iter().map(|&(epoch, _)| epoch).collect();
        epochs.dedup();
        assert_eq!(epochs.len(), self.ready.len(), "two coordinators in one epoch");
    }

    /// Everything that is under way ends, without faults.
    pub(super) fn finish(&mut self) {
        let limits = self.limits;
        self.limits = Limits { keep: limits.keep, ..Limits::NONE };
        while let Some(&next) = self.moves().first() {
            self.make(next);
        }
        self.limits = limits;
    }

    /// The faults stop and everything that is under way ends. Nobody but the newest may still reign then.
    pub(super) fn settle(&mut self) {
        self.limits = Limits { keep: self.limits.keep, delivery: self.limits.delivery, ..Limits::NONE };
        let mut patience = 1000;
        while let Some(&next) = self.moves().first() {
            self.make(next);
            patience -= 1;
            assert!(patience > 0, "it does not come to an end");
        }
        self.limits.looks = u32::try_from(self.coordinators.len()).expect("few");
        for index in 0..self.coordinators.len() {
            if self.coordinators[index].look() {
                self.perform(Who::Writer(index), Trouble::Nothing);
                self.deliver(Who::Writer(index));
            }
        }
        let reigns: Vec<Epoch> = self.coordinators.iter().filter_map(Coordinator::reign).collect();
        assert!(reigns.len() <= 1, "epochs {reigns:?} reign at once");
    }

    /// All die at once; a new coordinator must find exactly what is there, and be able to go on. What a damaged store
    /// is refused for, is accepted if that is possible.
    pub(super) fn resume(mut self) {
        self.limits.crashes = u32::MAX;
        for index in 0..self.coordinators.len() {
            self.crash(index);
        }
        self.store.floating.clear();
        self.start(None);
        self.settle();
        while let Some(Life::Refused(accept)) = self.coordinators.last().map(|last| last.life.clone()) {
            assert!(self.damaged);
            let Some(accept) = accept else {
                return;
            };
            self.start(Some(accept));
            self.settle();
        }
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
        let replayed = self.coordinators[last].view.clone();
        self.rebase(last);
        self.start(None);
        self.settle();
        assert_eq!(self.coordinators[last + 1].view, replayed);
    }

    /// Makes two bases in a row.
    fn rebase(&mut self, last: usize) {
        for _ in 0..2 {
            self.coordinators[last].make_base(self.limits.keep);
            self.settle();
        }
    }
}
