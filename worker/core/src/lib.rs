//! Slots, running attempts and results that are not confirmed yet: the worker as a pure state machine.
//!
//! Its interface is [`Event`] in, [`Action`] out. It does not know processes, sockets, clocks or files.

pub mod action;
pub mod event;

pub use action::Action;
pub use event::Event;
