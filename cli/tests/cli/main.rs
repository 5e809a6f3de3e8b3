//! The `godwit` binary from outside: what it prints, and how it exits.
//!
//! Whole clusters under loss are the business of `integration-tests`; here one of everything is enough.

mod cluster;
mod completions;
mod godwit;
mod help;
mod run;
mod usage;
