//! Who runs what, where and when: the coordinator as a pure state machine.
//!
//! Its interface is [`Event`] in, [`Action`] out. It does not know sockets, clocks, stores or processes.
//!
//! **Architecture invariant:** durable state changes only in `State::apply(&Record)`, so that a live run and a replay
//! after a crash are the same code. An answer that reveals a durable fact waits in the gate until the log says that
//! the fact is on storage. Outcomes of workflows whose checkpoint mode saves them later are applied and shown at once
//! and appended later, in an order that leaves nothing half there after a crash.

pub mod action;
mod adopt;
mod begin;
mod check;
mod core;
mod decide;
mod delays;
pub mod event;
pub mod exported;
mod fleet;
mod gate;
mod grant;
mod hello;
mod hold;
pub mod limits;
mod loss;
mod memo;
mod place;
mod quarantine;
mod queue;
mod ranges;
pub mod record;
mod report;
mod requests;
mod saving;
mod speak;
mod state;
mod timers;
mod unsaved;
mod view;
mod watch;

#[cfg(test)]
mod tests;

pub use action::Action;
pub use core::{Core, Identity, ReplayError};
pub use event::Event;
pub use record::{Record, RecordError};
