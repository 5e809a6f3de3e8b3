//! The coordinator as a running thing: the tokio shell around [`godwit_coordinator_core`].
//!
//! One driver owns the core and the log; everything else only carries messages to and from it. What is decided, and
//! why, is in the core; what is durable, and when, in [`godwit_checkpoint`].

mod clock;
mod driver;
mod error;
mod input;
mod log;
mod output;
mod peers;
mod recovery;
mod start;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use godwit_store::Store;
pub use start::{Coordinator, Handle, Network, Options, start};
