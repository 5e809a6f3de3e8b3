//! What one running attempt occupies: resources, a slot, and cpus of its own if it is pinned.

use crate::identity::CpuPlace;
use crate::pins::Pins;
use crate::slots::Slots;
use godwit_common::resources::{Capacity, Held, Pool, Request};
use godwit_common::task::Pin;

/// What is free on the worker.
#[derive(Debug)]
pub(crate) struct Room {
    pool: Pool,
    slots: Slots,
    pins: Pins,
}

/// What one attempt occupies. It goes back by [`Room::give_back`].
#[derive(Debug)]
#[must_use = "a place that is dropped instead of given back is lost"]
pub(crate) struct Place {
    pub(crate) held: Held,
    pub(crate) slot: u32,
    pub(crate) pinned: Vec<u32>,
}

impl Room {
    pub(crate) fn new(capacity: &Capacity, cpus: Vec<CpuPlace>) -> Room {
        Room { pool: Pool::new(capacity), slots: Slots::default(), pins: Pins::new(cpus) }
    }

    /// Takes all that is asked for, or nothing.
    pub(crate) fn take(&mut self, want: &Request, pin: Pin) -> Option<Place> {
        let held = self.pool.take(want)?;
        Some(Place { held, slot: self.slots.take(), pinned: self.pins.take(pin, want.cpus.ceil()) })
    }

    pub(crate) fn give_back(&mut self, place: Place) {
        let Place { held, slot, pinned } = place;
        self.pool.give_back(held);
        self.slots.give_back(slot);
        self.pins.give_back(&pinned);
    }
}
