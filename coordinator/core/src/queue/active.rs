//! Counters of a group that is being worked on.

use super::ClassId;
use crate::ranges::Ranges;
use godwit_common::ids::WorkerId;
use std::collections::BTreeSet;
use std::time::Duration;

/// What is not durable about a group.
#[derive(Debug)]
pub(crate) struct Active {
    pub(crate) class: ClassId,
    pub(crate) ready: Ranges,
    pub(crate) granted: u64,
    /// Tasks that wait for the delay before a retry.
    pub(crate) delayed: u64,
    pub(crate) pace: Pace,
    /// Workers that have its spec.
    pub(crate) informed: BTreeSet<WorkerId>,
    /// Attempts that succeeded and failed, since this coordinator started.
    pub(crate) successes: u64,
    pub(crate) failures: u64,
}

/// Tasks of a workflow that are on their way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) ready: u64,
    pub(crate) granted: u64,
}

/// How long the tasks of a group take.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    mean_micros: u64,
    samples: u64,
}

impl Active {
    pub(super) fn new(class: ClassId) -> Active {
        Active {
            class,
            ready: Ranges::default(),
            granted: 0,
            delayed: 0,
            pace: Pace::default(),
            informed: BTreeSet::new(),
            successes: 0,
            failures: 0,
        }
    }
}

impl Pace {
    /// The mean follows the last few dozen samples.
    const WEIGHT_MAX: u64 = 32;

    /// No process is shorter than this; it keeps a wrong clock from filling a worker's queue.
    const SHORTEST_MICROS: u64 = 100;

    pub(crate) fn measure(&mut self, wall: Duration) {
        let sample = u64::try_from(wall.as_micros()).unwrap_or(u64::MAX / 64).min(u64::MAX / 64);
        self.samples = (self.samples + 1).min(Self::WEIGHT_MAX);
        let weight = self.samples;
        self.mean_micros = (self.mean_micros.min(u64::MAX / 64) * (weight - 1) + sample) / weight;
    }

    /// How many tasks make up so much work: none if a single one is longer, or if nothing is known.
    pub(crate) fn tasks_in(&self, work: Duration) -> usize {
        if self.samples == 0 {
            return 0;
        }
        let work = u64::try_from(work.as_micros()).unwrap_or(u64::MAX);
        let tasks = work / self.mean_micros.max(Self::SHORTEST_MICROS);
        usize::try_from(tasks).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tasks_are_given_ahead_and_long_ones_are_not() {
        for (walls, expected) in
            [(&[][..], 0), (&[5_000][..], 4), (&[5_000, 15_000], 2), (&[21_000], 0), (&[0, 0, 0], 200)]
        {
            let mut pace = Pace::default();
            walls.iter().for_each(|wall| pace.measure(Duration::from_micros(*wall)));
            assert_eq!(pace.tasks_in(Duration::from_millis(20)), expected, "{walls:?}");
        }
    }

    #[test]
    fn absurd_walls_do_no_harm() {
        let mut pace = Pace::default();
        for _ in 0..100 {
            pace.measure(Duration::MAX);
        }
        assert_eq!(pace.tasks_in(Duration::MAX), 64);
    }
}
