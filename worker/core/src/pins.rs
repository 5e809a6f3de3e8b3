//! Which cpus a pinned task gets: whole ones, close together or far apart.
//!
//! Only pinned tasks are counted here. How many cpus are free in all is the pool's business, so a pinned task that
//! finds too few unpinned cpus simply runs unpinned.

use crate::identity::CpuPlace;
use godwit_common::task::Pin;
use std::collections::BTreeMap;

/// The cpus and which of them are somebody's own.
#[derive(Clone, Debug)]
pub(crate) struct Pins {
    cpus: Vec<CpuPlace>,
    taken: Vec<bool>,
}

impl Pins {
    pub(crate) fn new(cpus: Vec<CpuPlace>) -> Pins {
        let taken = vec![false; cpus.len()];
        Pins { cpus, taken }
    }

    /// `count` positions in the worker's list of cpus, ascending; none if there are not so many.
    pub(crate) fn take(&mut self, pin: Pin, count: u32) -> Vec<u32> {
        let mut order = match pin {
            Pin::No => return Vec::new(),
            Pin::Compact => self.compact(count as usize),
            Pin::Spread => self.spread(),
        };
        if order.len() < count as usize {
            return Vec::new();
        }
        order.truncate(count as usize);
        order.sort_unstable();
        for position in &order {
            self.taken[*position as usize] = true;
        }
        order
    }

    pub(crate) fn give_back(&mut self, positions: &[u32]) {
        for position in positions {
            let taken = std::mem::replace(&mut self.taken[*position as usize], false);
            assert!(taken, "cpu {position} is given back twice");
        }
    }

    fn free(&self) -> impl Iterator<Item = (u32, CpuPlace)> + '_ {
        (0u32..).zip(self.cpus.iter().copied()).filter(|(position, _)| !self.taken[*position as usize])
    }

    /// Free cpus, node by node: first the fullest node that has room for all of them, so that empty nodes stay empty;
    /// if there is none, the emptiest first. Hardware threads of a core stand side by side.
    fn compact(&self, count: usize) -> Vec<u32> {
        let mut nodes: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
        for (position, place) in self.free() {
            nodes.entry(place.node).or_default().push((place.core, position));
        }
        let mut nodes: Vec<_> = nodes.into_values().collect();
        nodes.sort_by_key(|cpus| match cpus.len() {
            free if free >= count => (false, free),
            free => (true, usize::MAX - free),
        });
        let sorted = nodes.into_iter().flat_map(|mut cpus| {
            cpus.sort_unstable();
            cpus
        });
        sorted.map(|(_, position)| position).collect()
    }

    /// Free cpus, taking turns between nodes, then between the cores of a node, then between the threads of a core.
    fn spread(&self) -> Vec<u32> {
        let mut nodes: BTreeMap<u32, BTreeMap<u32, Vec<u32>>> = BTreeMap::new();
        for (position, place) in self.free() {
            let cores = nodes.entry(place.node).or_default();
            cores.entry(place.core).or_default().push(position);
        }
        let mut order = Vec::new();
        for (node, cores) in nodes {
            for (turn, positions) in cores.into_values().enumerate() {
                let threads = positions.into_iter().enumerate();
                order.extend(threads.map(|(thread, position)| (thread, turn, node, position)));
            }
        }
        order.sort_unstable();
        order.into_iter().map(|(.., position)| position).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Two nodes of two cores of two threads, numbered as Linux often does: threads of a core are 4 apart.
    fn machine() -> Pins {
        let place = |cpu: u32| CpuPlace { node: (cpu % 4) / 2, core: cpu % 4 };
        Pins::new((0..8).map(place).collect())
    }

    #[track_caller]
    fn check(taken: &[u32], pin: Pin, count: u32, expected: &[u32]) {
        let mut pins = machine();
        for position in taken {
            pins.taken[*position as usize] = true;
        }
        assert_eq!(pins.take(pin, count), expected);
    }

    #[test]
    fn compact_stays_on_a_core_and_a_node() {
        check(&[], Pin::Compact, 2, &[0, 4]);
        check(&[], Pin::Compact, 4, &[0, 1, 4, 5]);
        check(&[0], Pin::Compact, 4, &[2, 3, 6, 7]);
        check(&[0], Pin::Compact, 2, &[1, 4]);
        check(&[0, 1, 2], Pin::Compact, 4, &[3, 4, 6, 7]);
    }

    #[test]
    fn spread_takes_nodes_then_cores_then_threads() {
        check(&[], Pin::Spread, 2, &[0, 2]);
        check(&[], Pin::Spread, 4, &[0, 1, 2, 3]);
        check(&[], Pin::Spread, 5, &[0, 1, 2, 3, 4]);
    }

    #[test]
    fn what_cannot_be_pinned_is_not() {
        check(&[], Pin::No, 2, &[]);
        check(&[1], Pin::Spread, 8, &[]);
        check(&[], Pin::Compact, 9, &[]);
    }

    proptest! {
        #[test]
        fn nothing_is_given_twice(steps in proptest::collection::vec((any::<bool>(), 0u32..6), 0..20)) {
            let mut pins = machine();
            let mut held: Vec<Vec<u32>> = Vec::new();
            for (spread, count) in steps {
                if count == 0 {
                    if let Some(positions) = held.pop() {
                        pins.give_back(&positions);
                    }
                    continue;
                }
                let positions = pins.take(if spread { Pin::Spread } else { Pin::Compact }, count);
                prop_assert!(positions.iter().all(|one| held.iter().all(|other| !other.contains(one))));
                prop_assert!(positions.is_empty() || positions.len() == count as usize);
                held.push(positions);
            }
        }
    }
}
