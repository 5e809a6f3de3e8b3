//! The vocabulary that every part of Godwit speaks: ids, time, sizes, resources, tasks, workflows, outcomes,
//! messages and settings.
//!
//! **Architecture invariant:** this crate is pure. It has no async, no thread, no clock, no randomness, no file,
//! no socket and no environment; whatever comes from outside is an argument. It knows words, not behaviour: who
//! runs what and when is decided in `coordinator/core` and `worker/core`.

pub mod checkpoint;
pub mod duration;
pub mod frame;
pub mod ids;
pub mod limits;
pub mod memo;
pub mod message;
pub mod nearest;
pub mod outcome;
pub mod printable;
pub mod reading;
pub mod resources;
pub mod settings;
pub mod shape;
pub mod size;
pub mod spool;
pub mod task;
pub mod template;
pub mod time;
pub mod workflow;
pub mod workflow_file;
