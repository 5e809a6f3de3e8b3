//! The checkpoint log: how records become durable, how they come back after a crash, and how a new coordinator
//! fences an old one. Pure: it says which objects to read and create and is told what came of it; it never touches
//! a store, a clock or a source of chance itself, and it does not know what a record means.
//!
//! # The objects
//!
//! ```text
//! epoch/<n>                a claim: who reigns in epoch n
//! log/<epoch>/<sequence>   an increment (records) or a seal (the log goes on in a later epoch)
//! ```
//!
//! The log is one path of slots that starts at epoch 1, sequence 1. An increment leads to the next sequence number
//! of its epoch, a seal to the next sequence number in the epoch that it names. Every object names the digest of the
//! one before it on the path, so that none can be exchanged or left out unnoticed.
//!
//! # The protocol
//!
//! It needs an atomic create-if-absent and reads that see what was created. Listings may be stale.
//!
//! 1. [`Recovery`] claims the first free epoch, its own.
//! 2. It walks the path and replays. At the first missing slot of an older epoch it creates its seal. Whichever of
//!    the seal and the old coordinator's late increment is there first, stays: the new coordinator then goes on
//!    behind the increment, or the old one finds the seal and halts ([`Progress::Fenced`]). A seal of an older
//!    epoch is followed, a seal of a newer epoch ends the recovery ([`Refusal::Superseded`]).
//! 3. When the walk has come to its own epoch, [`Writer`] appends there with one put in flight. What is appended
//!    meanwhile goes together into the next increment (group commit).
//!
//! Two coordinators that start at once on an empty store are no special case: the one with epoch 2 seals the slot
//! at epoch 1, sequence 1, which the other one needs for its first increment.
//!
//! An answer that was lost is not guessed: the slot is read back and the bytes are compared, which differ between
//! any two puts by their nonce. A put that is tried again has the same bytes, so that it does not matter which of
//! the two lands, or when.
//!
//! # What is found, and what cannot be
//!
//! A damaged, truncated, foreign, exchanged or missing object before the end of the log is refused by name. Before a
//! slot is taken for the end, the slot behind it is probed and the log is listed from there on; an object that is
//! found there shows that the slot was lost, not unwritten. What cannot be told from a log that was never longer is
//! the loss of its newest objects with nothing behind them, be it one increment or the whole store, and the return
//! of a store to an earlier state. Loss of two or more neighbouring objects is found by the listing alone.

mod alive;
pub mod archive;
mod base;
mod blob;
mod claim;
mod digest;
mod fault;
mod increment;
mod inspect;
mod key;
pub mod limits;
mod object;
mod path;
mod reader;
mod records;
mod recovery;
mod refusal;
mod seal;
#[cfg(test)]
mod simulation;
mod slot;
mod store;
mod summary;
#[cfg(test)]
mod testing;
mod verify;
mod vigil;
mod writer;

pub use alive::Alive;
pub use base::{Base, BaseWriter, Collecting, Collector, Cut, Keep, Making, Point, Retired};
pub use blob::read_blob;
pub use claim::{Claim, Identity};
pub use digest::Digest;
pub use fault::Fault;
pub use increment::Increment;
pub use inspect::{Inspected, inspect};
pub use key::{BaseNumber, Slot, alive_key, blob_key, claim_key};
pub use object::{FORMAT, Kind};
pub use path::Reached;
pub use reader::{ReadStep, Reader};
pub use records::{Iter, Records};
pub use recovery::{Recovery, Step};
pub use refusal::Refusal;
pub use seal::Seal;
pub use slot::{Content, read as read_slot};
pub use store::{Answer, Operation};
pub use summary::{Chunk, Summary, Weight};
pub use verify::{Finding, Problem, Role, Verification, VerifyStep};
pub use vigil::{Vigil, Watch};
pub use writer::{Position, Progress, Writer};
