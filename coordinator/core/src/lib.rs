//! Who runs what, where and when: the coordinator as a pure state machine.
//!
//! Its interface is [`Event`] in, [`Action`] out. It does not know sockets, clocks, stores or processes.
//!
//! **Architecture invariant:** durable state changes only in `State::apply(&Record)`, so that a live run and a replay
//! after a crash are the same code. An answer that reveals a durable fact waits in the gate until the log says that
//! the fact is on storage.

pub mod action;
pub mod event;
pub mod record;

pub use action::Action;
pub use event::Event;
pub use record::Record;
