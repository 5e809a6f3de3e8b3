//! What clients are shown. Nothing here changes anything.

mod coordinator;
mod explain;
mod reasons;
mod task;
mod warnings;
mod worker;
mod workflow;
