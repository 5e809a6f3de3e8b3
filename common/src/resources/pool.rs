//! What is free of a worker's resources: taken whole or not at all, given back once.
//!
//! Both sides count with this: the coordinator to place tasks, the worker to start them, so they never disagree
//! about what fits.

use super::{Capacity, Hundredths, Request};

/// The free part of a [`Capacity`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    cpus: Hundredths,
    memory: u64,
    gpus: Vec<Hundredths>,
    disk: u64,
    named: Vec<(String, u64)>,
}

/// What one task took from a [`Pool`]. Neither clonable nor droppable by accident: it goes back by [`Pool::give_back`].
#[derive(Debug, PartialEq, Eq)]
#[must_use = "resources that are dropped instead of given back are lost"]
pub struct Held {
    request: Request,
    gpus: Vec<(u32, Hundredths)>,
}

impl Held {
    /// What was asked for.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The devices that the task may use, by index, ascending.
    pub fn gpus(&self) -> impl Iterator<Item = u32> + '_ {
        self.gpus.iter().map(|(device, _)| *device)
    }
}

impl Pool {
    /// A pool from which nothing has been taken.
    pub fn new(capacity: &Capacity) -> Pool {
        Pool {
            cpus: capacity.cpus,
            memory: capacity.memory,
            gpus: vec![Hundredths::whole(1); capacity.gpus as usize],
            disk: capacity.disk,
            named: capacity.named.clone(),
        }
    }

    /// Cpus that are free.
    pub fn cpus(&self) -> Hundredths {
        self.cpus
    }

    /// Bytes of memory that are free.
    pub fn memory(&self) -> u64 {
        self.memory
    }

    /// Takes all that is asked for, or nothing.
    pub fn take(&mut self, want: &Request) -> Option<Held> {
        if want.cpus > self.cpus || want.memory > self.memory || want.disk > self.disk {
            return None;
        }
        if !want.named.iter().all(|(name, amount)| self.named_free(name) >= *amount) {
            return None;
        }
        let gpus = self.choose_gpus(want.gpus)?;
        self.cpus.0 -= want.cpus.0;
        self.memory -= want.memory;
        self.disk -= want.disk;
        for (device, share) in &gpus {
            self.gpus[*device as usize].0 -= share.0;
        }
        for (name, amount) in &want.named {
            *self.named_mut(name) -= amount;
        }
        Some(Held { request: want.clone(), gpus })
    }

    /// Gives back what [`Pool::take`] of this pool gave.
    pub fn give_back(&mut self, held: Held) {
        let Held { request, gpus } = held;
        self.cpus.0 += request.cpus.0;
        self.memory += request.memory;
        self.disk += request.disk;
        for (device, share) in gpus {
            self.gpus[device as usize].0 += share.0;
        }
        for (name, amount) in &request.named {
            *self.named_mut(name) += amount;
        }
    }

    fn named_free(&self, name: &str) -> u64 {
        self.named.iter().find(|(known, _)| known == name).map_or(0, |(_, free)| *free)
    }

    fn named_mut(&mut self, name: &str) -> &mut u64 {
        let found = self.named.iter_mut().find(|(known, _)| known == name);
        &mut found.expect("only resources that this pool has are taken from it").1
    }

    /// Whole devices must be entirely free; a fraction goes to the fullest device that still has room (best fit), so
    /// that whole devices stay whole.
    fn choose_gpus(&self, want: Hundredths) -> Option<Vec<(u32, Hundredths)>> {
        let devices = || (0u32..).zip(self.gpus.iter().copied());
        if want.0 == 0 {
            return Some(Vec::new());
        }
        if want.0 < 100 {
            let (device, _) = devices().filter(|(_, free)| *free >= want).min_by_key(|(_, free)| *free)?;
            return Some(vec![(device, want)]);
        }
        let count = (want.0 / 100) as usize;
        let whole: Vec<_> = devices().filter(|(_, free)| free.0 == 100).take(count).collect();
        (whole.len() == count && want.0.is_multiple_of(100)).then_some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn capacity() -> Capacity {
        Capacity {
            cpus: Hundredths(400),
            memory: 1000,
            gpus: 2,
            disk: 10,
            named: vec![("licence".into(), 2)],
        }
    }

    fn gpus(hundredths: u32) -> Request {
        Request { cpus: Hundredths(0), gpus: Hundredths(hundredths), ..Request::default() }
    }

    #[test]
    fn a_fraction_shares_the_fullest_device() {
        let mut pool = Pool::new(&capacity());
        let first = pool.take(&gpus(50)).expect("fits");
        let second = pool.take(&gpus(50)).expect("fits");
        assert_eq!(first.gpus().collect::<Vec<_>>(), second.gpus().collect::<Vec<_>>());
        let whole = pool.take(&gpus(100)).expect("the other device stayed whole");
        assert_eq!(whole.gpus().collect::<Vec<_>>(), [1]);
        assert!(pool.take(&gpus(10)).is_none());
    }

    #[test]
    fn unknown_resources_and_broken_amounts_never_fit() {
        let mut pool = Pool::new(&capacity());
        let magic = Request { named: vec![("magic".into(), 1)], ..Request::default() };
        assert!(pool.take(&magic).is_none());
        assert!(pool.take(&gpus(150)).is_none());
        assert_eq!(pool, Pool::new(&capacity()));
    }

    fn any_request() -> impl Strategy<Value = Request> {
        let named = prop_oneof![Just(vec![]), (1u64..3).prop_map(|n| vec![("licence".to_owned(), n)])];
        (0u32..300, 0u64..600, prop_oneof![Just(0u32), 1u32..100, Just(100), Just(200)], 0u64..6, named)
            .prop_map(|(cpus, memory, gpus, disk, named)| Request {
                cpus: Hundredths(cpus),
                memory,
                gpus: Hundredths(gpus),
                disk,
                named,
            })
    }

    proptest! {
        #[test]
        fn all_that_is_taken_comes_back(requests in proptest::collection::vec(any_request(), 0..20)) {
            let mut pool = Pool::new(&capacity());
            let held: Vec<_> = requests.iter().filter_map(|want| pool.take(want)).collect();
            let cpus: u32 = held.iter().map(|held| held.request().cpus.0).sum();
            prop_assert!(cpus <= 400);
            for held in held {
                pool.give_back(held);
            }
            prop_assert_eq!(pool, Pool::new(&capacity()));
        }
    }
}
