//! The survival table of docs/checkpointing.md, cell by cell, with real processes and real kills: what is left of
//! finished tasks after each kind of death, in each checkpoint mode, on each kind of store.
//!
//! Which tasks run again is taken from a history that the tasks write themselves. `GODWIT_TEST_ROUNDS=10` does every
//! cell so often; `GODWIT_TEST_STORES=file,moto,seaweedfs` says on which stores, `file,moto` if it is not set.

mod deaths;
mod place;
mod scene;
mod table;

use place::{Site, Store};
use table::Death;

/// Rounds of each cell.
fn rounds() -> u32 {
    std::env::var("GODWIT_TEST_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn check(death: Death) {
    for store in Store::wanted().into_iter().filter(|store| death.makes_sense_on(*store)) {
        let site = Site::open(store);
        for round in 0..rounds() {
            table::check_row(death, &site, round);
        }
    }
}

#[test]
fn a_task_fails() {
    check(Death::TaskFails);
}

#[test]
fn the_workflow_is_cancelled() {
    check(Death::Cancelled);
}

#[test]
fn run_is_interrupted() {
    check(Death::Interrupted);
}

#[test]
fn run_is_interrupted_twice() {
    check(Death::InterruptedTwice);
}

#[test]
fn run_is_terminated() {
    check(Death::Terminated);
}

#[test]
fn run_is_killed() {
    check(Death::RunKilled);
}

#[test]
fn the_coordinator_is_stopped() {
    check(Death::CoordinatorStopped);
}

#[test]
fn the_coordinator_is_killed() {
    check(Death::CoordinatorKilled);
}

#[test]
fn everything_is_killed() {
    check(Death::AllKilled);
}

#[test]
fn the_disk_of_the_coordinator_is_lost() {
    check(Death::DiskLost);
}
