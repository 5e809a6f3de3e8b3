//! Small numbers that name spool files: each is used by one attempt at a time, the smallest free one first.

use std::collections::BTreeSet;

/// The numbers that are free.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slots {
    /// Given back, all below `next`.
    free: BTreeSet<u32>,
    /// Never given out.
    next: u32,
}

impl Slots {
    /// The smallest free number.
    pub(crate) fn take(&mut self) -> u32 {
        self.free.pop_first().unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        })
    }

    /// Gives back what `take` gave.
    pub(crate) fn give_back(&mut self, slot: u32) {
        assert!(slot < self.next, "slot {slot} was never given out");
        assert!(self.free.insert(slot), "slot {slot} is given back twice");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_free_number_is_given() {
        let mut slots = Slots::default();
        assert_eq!([slots.take(), slots.take(), slots.take()], [0, 1, 2]);
        slots.give_back(1);
        slots.give_back(0);
        assert_eq!([slots.take(), slots.take(), slots.take()], [0, 1, 3]);
    }
}
