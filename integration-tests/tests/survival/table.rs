//! The table: what has to run again after each death in each mode.

use crate::deaths::die;
use crate::place::{Site, Store};
use crate::scene::Scene;
use std::fmt;
use std::ops::RangeInclusive;

/// How something ends before the workflow has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    /// A task of a run fails, and with it the workflow.
    TaskFails,
    /// The workflow of a run is cancelled.
    Cancelled,
    /// One SIGINT to `godwit run`.
    Interrupted,
    /// Two of them.
    InterruptedTwice,
    /// SIGTERM to `godwit run`.
    Terminated,
    /// SIGKILL to `godwit run`.
    RunKilled,
    /// SIGTERM to a coordinator.
    CoordinatorStopped,
    /// SIGKILL to a coordinator; its worker goes on.
    CoordinatorKilled,
    /// SIGKILL to a coordinator and its worker.
    AllKilled,
    /// The same, and everything that they had on disk is gone; only the store is left.
    DiskLost,
}

/// A checkpoint mode by the name that users give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    TaskExit,
    Periodic,
    WorkflowExit,
    Manual,
    Off,
}

/// Tasks of the group `early`, which ended before the last save, and of `late`, which ended after it.
pub(crate) const TASKS: usize = 10;

/// How many tasks of a group run again.
type Again = RangeInclusive<usize>;

const NONE: Again = 0..=0;
const ALL: Again = TASKS..=TASKS;
const SOME: Again = 0..=TASKS;

impl Mode {
    const ALL: [Mode; 5] = [Mode::TaskExit, Mode::Periodic, Mode::WorkflowExit, Mode::Manual, Mode::Off];
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::TaskExit => "task_exit",
            Mode::Periodic => "periodic",
            Mode::WorkflowExit => "workflow_exit",
            Mode::Manual => "manual",
            Mode::Off => "off",
        })
    }
}

impl Death {
    pub(crate) fn makes_sense_on(self, store: Store) -> bool {
        self != Death::DiskLost || store != Store::File
    }

    /// Whether it happens to `godwit run`, else to a cluster.
    pub(crate) fn is_of_run(self) -> bool {
        use Death::{Cancelled, Interrupted, InterruptedTwice, RunKilled, TaskFails, Terminated};
        matches!(self, TaskFails | Cancelled | Interrupted | InterruptedTwice | Terminated | RunKilled)
    }

    /// Whether the coordinator may still run code.
    fn is_orderly(self) -> bool {
        !matches!(self, Death::RunKilled | Death::CoordinatorKilled | Death::AllKilled | Death::DiskLost)
    }

    /// Which tasks of `early` and `late` run again.
    fn expected(self, mode: Mode) -> (Again, Again) {
        match mode {
            Mode::TaskExit => (NONE, NONE),
            Mode::Periodic if self.is_orderly() => (NONE, NONE),
            Mode::Periodic => (NONE, SOME),
            Mode::WorkflowExit if self.is_orderly() => (NONE, NONE),
            Mode::WorkflowExit => (ALL, ALL),
            // Whoever is told that a workflow was cancelled can rely on all of it.
            Mode::Manual if self == Death::Cancelled => (NONE, NONE),
            Mode::Manual => (NONE, ALL),
            Mode::Off => (ALL, ALL),
        }
    }
}

/// Every cell of a row.
pub(crate) fn check_row(death: Death, site: &Site, round: u32) {
    for mode in Mode::ALL {
        let mut scene = Scene::set(mode, site, death.is_of_run());
        die(&mut scene, death);
        let again = scene.finish();
        let (early, late) = death.expected(mode);
        let cell = format!("{death:?} in mode {mode} on {:?}, round {round}", site.store());
        assert!(early.contains(&again.0), "{cell}: {} of early ran again, not {early:?}", again.0);
        assert!(late.contains(&again.1), "{cell}: {} of late ran again, not {late:?}", again.1);
    }
}
