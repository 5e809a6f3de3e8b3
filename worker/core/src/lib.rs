//! Slots, running attempts and results that are not confirmed yet: the worker as a pure state machine.
//!
//! Its interface is [`Event`] in, [`Action`] out, through [`Core::handle`]. It does not know processes, sockets,
//! clocks or files.
//!
//! **Architecture invariant:** resources and slots are given back only on [`Event::Exited`], when an attempt's process
//! and all its children are reaped. Whatever has ended stays in the outbox until the coordinator says that it is kept.

pub mod action;
mod attempts;
mod checks;
mod core;
pub mod event;
pub mod identity;
mod leaving;
pub mod limits;
mod link;
mod orders;
mod outbox;
mod pins;
mod room;
mod slots;
#[cfg(test)]
mod tests;
mod values;

pub use action::Action;
pub use core::Core;
pub use event::Event;
pub use identity::{CpuPlace, Identity, Settings};
