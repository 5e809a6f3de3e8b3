//! Stores: the driver that does what the checkpoint log asks, on a local disk, in a bucket that speaks S3, or in memory.
//!
//! It knows nothing of increments and epochs. It decides which errors of a store leave things as they were, which leave
//! them unknown, and which end all trust; it finds credentials; and it makes sure, before a coordinator depends on it,
//! that a store can create an object atomically. How long to go on when a store is in trouble is the log's business.
//!
//! **Architecture invariant:** no other crate touches an object store, and no secret leaves this one: not in an error, a
//! log line, a `Debug` text or an object.

mod driver;
mod error;
mod fault;
mod latest_claim;
mod location;
mod lock;
mod orphans;
mod probe;
mod s3;
mod store;

#[cfg(test)]
mod tests;

pub use driver::Entry;
pub use error::Error;
pub use store::Store;
