//! Bad input: a table of what can be wrong, with the exact sentence and the exact exit code of each, and with what has
//! to be as it was afterwards.
//!
//! Each file is one part of the table. `[HOME]`, `[PORT]` and `[PID]` stand for what differs from run to run.

mod access;
mod check;
mod cluster;
mod coordinators;
mod disk;
mod peers;
mod run;
mod settings;
mod store;
mod usage;
mod workflow_files;
