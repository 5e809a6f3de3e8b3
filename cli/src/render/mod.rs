//! From what the coordinator shows to what people read: pure functions that return text.
//!
//! Nothing here prints, reads a clock or knows a terminal: the look, the time and the width are arguments.

mod checkpoints;
mod coordinator;
mod credentials;
mod explain;
mod paint;
mod progress;
mod rate;
mod saved;
mod settings;
mod summary;
mod table;
mod tasks;
mod units;
mod workers;
mod workflows;

#[cfg(test)]
mod samples;

pub(crate) use checkpoints::{
    Checkpoint, CheckpointDetails, CheckpointList, Contents, Finding, Maker, Previous, Total, Verification,
    checkpoint, checkpoints, verification,
};
pub(crate) use coordinator::coordinator;
pub(crate) use credentials::{Credential, credentials};
pub(crate) use explain::explanation;
pub(crate) use progress::{Progress, bar, line};
pub(crate) use rate::Rate;
pub(crate) use settings::settings;
pub(crate) use summary::{Again, summary};
pub(crate) use tasks::tasks;
pub(crate) use units::{Count, Plural};
pub(crate) use workers::{worker, workers};
pub(crate) use workflows::{workflow, workflows};
