//! What clients are shown. Nothing here changes anything.

mod coordinator;
mod explain;
mod reasons;
mod reuse;
mod task;
mod warnings;
mod worker;
mod workflow;
