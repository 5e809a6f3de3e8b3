//! The coordinator as a running thing: the tokio shell around [`godwit_coordinator_core`].
//!
//! One driver owns the core and the log; everything else only carries messages to and from it. What is decided, and
//! why, is in the core; what is durable, and when, in [`godwit_checkpoint`].

mod alive;
mod backoff;
mod base;
mod blobs;
mod clock;
mod driver;
mod ending;
mod error;
mod input;
mod lease;
mod log;
mod output;
mod peers;
mod recovery;
mod replay;
mod standby;
mod start;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use godwit_store::Store;
pub use standby::stand_by;
pub use start::{Coordinator, Handle, Network, Options, start};

use godwit_coordinator_core::action::{Level, Notice};
use tokio::sync::mpsc;

/// Tells people something. A console that does not read misses it.
fn say(notices: &mpsc::Sender<Notice>, level: Level, sentence: String) {
    drop(notices.try_send(Notice { level, sentence }));
}
