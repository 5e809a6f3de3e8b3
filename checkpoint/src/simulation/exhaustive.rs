//! Every interleaving of a few coordinators and faults, each state visited once.

use super::world::{Delivery, Limits, World};
use crate::Digest;
use std::collections::BTreeSet;
use std::fmt::Debug;

/// Visits every state that can be reached, and returns how many there are. Resumes from each that differs in what is
/// stored, and settles each in which nothing is under way.
fn explore(limits: Limits) -> usize {
    let mut states = BTreeSet::new();
    let mut stores = BTreeSet::new();
    let mut open = vec![World::new(limits)];
    while let Some(world) = open.pop() {
        if stores.insert(fingerprint(&world.store)) {
            world.clone().resume();
        }
        if world.is_quiet() {
            world.clone().settle();
        }
        for next in world.moves() {
            let mut after = world.clone();
            after.make(next);
            after.marks.clear();
            if states.insert(fingerprint(&after)) {
                open.push(after);
            }
        }
    }
    states.len()
}

fn fingerprint(state: &impl Debug) -> [u8; Digest::BYTES] {
    Digest::of(format!("{state:?}").as_bytes()).0
}

#[test]
fn two_start_at_once_on_an_empty_store() {
    let states = explore(Limits {
        starts: 2,
        crashes: 0,
        troubles: 0,
        appends: 2,
        looks: 1,
        delivery: Delivery::Later,
    });
    assert!(states > 1000, "{states}");
}

#[test]
fn two_with_a_crash_and_a_fault_anywhere() {
    let states = explore(Limits {
        starts: 2,
        crashes: 1,
        troubles: 1,
        appends: 1,
        looks: 0,
        delivery: Delivery::AtOnce,
    });
    assert!(states > 5_000, "{states}");
}

#[test]
fn a_takeover_of_a_takeover() {
    let states = explore(Limits {
        starts: 3,
        crashes: 0,
        troubles: 0,
        appends: 1,
        looks: 0,
        delivery: Delivery::AtOnce,
    });
    assert!(states > 20_000, "{states}");
}
