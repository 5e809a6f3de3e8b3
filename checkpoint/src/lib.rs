//! The checkpoint log: how records become durable, how they come back after a crash, and how a new coordinator
//! fences an old one. Pure: it says which objects to read and write and is told what came of it; it never touches
//! a store, a clock or a source of chance itself, and it does not know what a record means.
//!
//! # The objects
//!
//! ```text
//! epoch/<n>                    a claim: who reigns in epoch n
//! log/<epoch>/<sequence>       an increment (records) or a seal (the log goes on in a later epoch)
//! base/<number>                a base, or what is left of it when it is retired, or a cut
//! part/<number>/<nonce>/<k>    a part of a base that is too large for its head
//! blob/<blake3>                a value too large for a record, by its content
//! alive/<epoch>                a coordinator's sign of life, overwritten again and again
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
//! 2. It reads the newest base, if there is one, walks the path behind it, and replays. At the first missing slot of an
//!    older epoch it creates its seal. Whichever of the seal and the old coordinator's late increment is there first,
//!    stays: the new coordinator then goes on behind the increment, or the old one finds the seal and halts
//!    ([`Progress::Fenced`]). A seal of an older epoch is followed, a seal of a newer epoch ends the recovery
//!    ([`Refusal::Superseded`]).
//! 3. When the walk has come to its own epoch, it looks whether a newer base was made meanwhile. If so, what it walked
//!    over may have been collected under it, and it starts over from that base ([`Step::Restart`]).
//! 4. Else [`Writer`] appends in its epoch with one put in flight. What is appended meanwhile goes together into the
//!    next increment (group commit). Values that records name are put before ([`Writer::append_blob`]).
//!
//! Two coordinators that start at once on an empty store are no special case: the one with epoch 2 seals the slot
//! at epoch 1, sequence 1, which the other one needs for its first increment.
//!
//! An answer that was lost is not guessed: the slot is read back and the bytes are compared, which differ between
//! any two puts by their nonce. A put that is tried again has the same bytes, so that it does not matter which of
//! the two lands, or when.
//!
//! # Bases and collection
//!
//! A base holds records which, applied to the empty state, give the state at one point of the path. It is made beside
//! the run: a [`Reader`] reads what is stored up to a point, the caller replays that and hands the records of the
//! resulting state to a [`BaseWriter`], which puts parts and then the head. Then a [`Collector`] takes away what the
//! base made needless. All three may be broken off anywhere, and done by two at once.
//!
//! Bases are *numbered* densely from 1, rather than named by the sequence number that they cover. A head is never
//! removed, only replaced by a marker when it is *retired*. So the newest base is found by reads alone: it is the one
//! behind which nothing is found; and put-if-absent decides who makes the next. Number 0 is the empty state that every
//! log begins with; it is nowhere stored, but is retired like the others.
//!
//! What collection deletes rests on facts that stay true for ever, so that it does not matter who deletes it, or when:
//! increments before a complete base, parts of retired bases, and parts of bases that another maker made first. Bases
//! are retired before anything before them goes. Never deleted are claims, seals of the path (the head of every base
//! lists them), fences, heads, and blobs.
//!
//! With [`Keep::Previous`] the base before the newest stays with what came after it, so that a damaged base loses
//! nothing: a recovery then falls back to the one before, as long as that is not retired.
//!
//! # Losses that are accepted
//!
//! When an object of the log is damaged or lost, the refusal names the sequence number before it. A recovery that is
//! given this number goes on from there. It first seals every slot at which a coordinator of the lost part may still
//! write (*fences*; what is before them is not known, and so they name no digest), and then creates a [`Cut`] as
//! the next number of the bases: whoever reads on from the base before takes the cut's seal for what is in the lost
//! slot. As only one can create that number, only one can cut.
//!
//! # What is found, and what cannot be
//!
//! A damaged, truncated, foreign, exchanged or missing object before the end of the log is refused by name. Before a
//! slot is taken for the end, the slot behind it is probed and the log is listed from there on; an object that is
//! found there shows that the slot was lost, not unwritten. What cannot be told from a log that was never longer is
//! the loss of its newest objects with nothing behind them, be it one increment or the whole store, and the return
//! of a store to an earlier state. Loss of two or more neighbouring objects is found by the listing alone.
//! [`Verification`] reads everything and names all that is wrong at once.

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
