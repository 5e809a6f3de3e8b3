//! Long random runs with many coordinators and faults, from fixed seeds.

use super::coordinator::Marks;
use super::store::Trouble;
use super::world::{Delivery, Limits, Listings, Move, World};
use crate::Keep;
use std::ops::Range;

/// SplitMix64 (Steele, Lea, Flood 2014): enough chance for a test, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % bound
    }
}

/// Faults are rare against work, so that runs get far, and rarer in one run than in the next.
fn weight(next: Move, calm: u64) -> u64 {
    match next {
        Move::Perform(_, Trouble::Nothing) | Move::Deliver(_) => 8 * calm,
        Move::Append(_) => 4 * calm,
        Move::Look(_) => calm,
        Move::Land(_) | Move::Perform(..) => 4,
        Move::Start => 2,
        Move::Accept(_) => 20,
        Move::Base(_) => calm,
        Move::Crash(_) | Move::Damage(_) => 1,
    }
}

fn pick(random: &mut Random, moves: &[Move], calm: u64) -> Move {
    let total: u64 = moves.iter().map(|&next| weight(next, calm)).sum();
    let mut ticket = random.below(total);
    for &next in moves {
        match ticket.checked_sub(weight(next, calm)) {
            None => return next,
            Some(rest) => ticket = rest,
        }
    }
    unreachable!("a ticket is below the total")
}

fn run(seed: u64, limits: Limits) -> Marks {
    let mut random = Random(seed);
    let calm = 1 + random.below(8);
    let keep = if random.below(2) == 0 { Keep::Newest } else { Keep::Previous };
    let mut world = World::new(Limits { keep, ..limits });
    for _ in 0..800 {
        let moves = world.moves();
        if moves.is_empty() {
            break;
        }
        world.make(pick(&mut random, &moves, calm));
    }
    world.clone().resume();
    world.settle();
    let marks = world.marks.clone();
    world.resume();
    marks
}

const LIMITS: Limits = Limits {
    starts: 6,
    crashes: 4,
    troubles: 30,
    listings: Listings::Fresh,
    appends: 12,
    looks: 20,
    bases: 4,
    damages: 0,
    keep: Keep::Newest,
    delivery: Delivery::Later,
};

fn check(seeds: Range<u64>, limits: Limits, expected: &[&'static str]) {
    let marks: Marks = seeds.flat_map(|seed| run(seed, limits)).collect();
    let missing: Vec<&&str> = expected.iter().filter(|&mark| !marks.contains(mark)).collect();
    assert!(missing.is_empty(), "rare branches were never met: {missing:?}");
}

#[test]
fn one_committer_nothing_lost_and_replay_is_what_was_acknowledged() {
    let expected = [
        "base made",
        "base made by another",
        "claim read back: another's",
        "claim read back: missing",
        "claim read back: ours",
        "collected",
        "fenced when idle",
        "fenced with records",
        "group commit",
        "increment read back: a seal",
        "increment read back: missing",
        "increment read back: ours",
        "reader restarted",
        "recovery restarted",
        "seal read back: an increment that came first",
        "seal read back: another's",
        "seal read back: missing",
        "seal read back: ours",
        "superseded in recovery",
    ];
    check(0..150, LIMITS, &expected);
}

/// Any object of the log or head of a base becomes unreadable at any moment, and whoever is refused for it is started
/// again with the loss accepted, perhaps by two at once and while the old leader still writes.
#[test]
fn behind_a_damage_the_log_goes_on_where_it_was_accepted() {
    let limits = Limits { damages: 2, starts: 9, bases: 2, ..LIMITS };
    let expected = ["cut", "recovery refused", "recovery fell back to the base before", "maker refused"];
    check(1000..1150, limits, &expected);
}
