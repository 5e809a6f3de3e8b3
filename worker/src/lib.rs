//! A worker: the tokio shell around [`godwit_worker_core`]. It runs processes, keeps their output, watches over their
//! memory, finds out what the machine has, and speaks with a coordinator.
//!
//! [`run()`] is all of it. [`guard`] is the process that ends what a dead worker leaves behind, [`spool`] reads output
//! from a worker's folder without the worker, [`detect`] finds out what there is.
//!
//! It decides nothing that the core could decide: which attempt starts when, what is reported, when to leave.
//! Everything but the starting of processes and the reading of files runs on one thread.

mod capacity;
mod checks;
mod clock;
mod connector;
pub mod detect;
mod error;
pub mod guard;
mod limits;
mod link;
mod memory;
mod options;
mod out_of_memory;
mod process;
mod procfs;
mod random;
mod run;
mod serve;
mod shell;
mod signals;
pub mod spool;
mod sys;

pub use connector::{AccessPlace, Asking, Connecting, Connector, Embedded, LookUp, LookingUp, Network};
pub use error::Error;
pub use godwit_worker_core::action::Leave;
pub use options::{Children, GuardProgram, WorkerOptions};
pub use run::{Control, run};
pub use signals::signals;
