//! Every interleaving of a few coordinators and faults, each state visited once.

use super::store::Trouble;
use super::world::{Delivery, Limits, Listings, Move, Who, World};
use crate::{Digest, Keep, Operation, Slot};
use godwit_common::ids::Sequence;
use std::collections::BTreeSet;
use std::fmt::Debug;

/// Visits every state that can be reached, and returns how many there are. Resumes from each that differs in what is
/// stored, and settles each in which nothing is under way.
fn explore(limits: Limits) -> usize {
    explore_from(World::new(limits))
}

fn explore_from(world: World) -> usize {
    let mut states = BTreeSet::new();
    let mut stores = BTreeSet::new();
    let mut open = vec![world];
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
        ..Limits::NONE
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
        ..Limits::NONE
    });
    assert!(states > 5_000, "{states}");
}

#[test]
fn a_takeover_of_a_takeover() {
    let states = explore_from(reigning(1, Limits { starts: 2, appends: 2, ..Limits::NONE }));
    assert!(states > 5_000, "{states}");
}

/// A coordinator that reigns and has written `appends` increments.
fn reigning(appends: u32, limits: Limits) -> World {
    let mut world = World::new(Limits { starts: 1, appends, ..limits });
    world.start(None);
    world.finish();
    for _ in 0..appends {
        world.make(Move::Append(0));
        world.finish();
    }
    world.limits = limits;
    world
}

/// What is read by the recovery is collected under it, and no listing can be relied on.
#[test]
fn a_base_and_its_collection_under_a_recovery() {
    let limits = Limits { starts: 1, bases: 1, listings: Listings::MayBeStale, ..Limits::NONE };
    let states = explore_from(reigning(2, limits));
    assert!(states > 1_000, "{states}");
}

#[test]
fn a_base_and_a_crash_and_a_fault_anywhere() {
    let limits = Limits { bases: 1, troubles: 1, crashes: 1, ..Limits::NONE };
    let states = explore_from(reigning(4, limits));
    assert!(states > 150, "{states}");
}

/// The old coordinator is fenced while it makes a base, and goes on with that as a zombie.
#[test]
fn two_make_bases_at_once() {
    let mut world = reigning(2, Limits { starts: 1, bases: 1, ..Limits::NONE });
    world.start(None);
    world.finish();
    world.limits = Limits { bases: 1, keep: Keep::Newest, ..Limits::NONE };
    world.make(Move::Base(0));
    let states = explore_from(world);
    assert!(states > 100, "{states}");
}

/// Two are told to accept a loss while the coordinator before them still writes behind it.
#[test]
fn two_cut_at_once() {
    let mut world = reigning(2, Limits { appends: 3, ..Limits::NONE });
    let second = Slot { sequence: Sequence(2), ..Slot::FIRST };
    let index = world.store.objects.keys().position(|key| *key == second.key()).expect("it is there");
    world.limits.damages = 1;
    world.make(Move::Damage(index));
    world.start(Some(Sequence(1)));
    // The first is about to build its first fence.
    while !matches!(&world.coordinators[1].wanted, Some(Operation::Create { key, .. }) if key.starts_with("log/"))
    {
        world.make(Move::Perform(Who::Writer(1), Trouble::Nothing));
    }
    world.start(Some(Sequence(1)));
    let states = explore_from(world);
    assert!(states > 1_000, "{states}");
}
