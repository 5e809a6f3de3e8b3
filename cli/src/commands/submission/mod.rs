//! What stands between a workflow as it was written and its submission: options that change it, contents of files,
//! and results that are to be imported first. `run` and `submit` do the same here.

mod candidates;
mod digests;
mod import;
mod options;
mod outputs;

/// The folder in which digests are remembered, among what else is kept of a cluster or of runs.
pub(super) const DIGESTS: &str = "digests";

pub(super) use digests::{Digested, digested};
pub(super) use import::{import, imports};
pub(super) use options::apply;
