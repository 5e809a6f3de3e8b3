//! Scenarios: a fake fleet drives the core by messages, and the invariants are checked after every event.

mod arrays;
mod consistency;
mod disk;
mod flow;
mod gate;
mod golden;
mod loss;
mod memo;
mod modes;
mod placement;
mod random;
mod requests;
mod restart;
mod retries;
mod runs;
mod sizes;
mod worker;
mod world;
