//! What can end a coordinator, as sentences for the person who started it.

use godwit_checkpoint::{Refusal, Seal};
use godwit_common::printable::reason;
use godwit_coordinator_core::{RecordError, ReplayError};
use std::io;
use thiserror::Error;

/// Why a coordinator did not start or had to halt.
#[derive(Debug, Error)]
pub enum Error {
    /// The URL of the store is not one that this version knows.
    #[error("cannot use the store '{url}': {problem}")]
    StoreUrl {
        /// As it was given.
        url: String,
        /// What is wrong with it, and what would be right.
        problem: String,
    },
    /// The folder of a local store cannot be made or used.
    #[error("cannot {doing} the store {url}: {}; {advice}", reason(source))]
    StoreFolder {
        /// What was being done.
        doing: &'static str,
        /// The store.
        url: String,
        /// What the system said.
        source: io::Error,
        /// What to do.
        advice: &'static str,
    },
    /// The store does not answer as it should, for too long.
    #[error("cannot open the store {url}: {problem}; put that right, then start again")]
    StoreAway {
        /// The store.
        url: String,
        /// What happened last.
        problem: String,
    },
    /// Writing to the disk failed in a way after which nothing is certain.
    #[error(
        "the disk of the store {url} failed to keep what was written: {problem}; the coordinator halts because nothing \
         written after that could be trusted: check the disk, then start it again"
    )]
    Sync {
        /// The store.
        url: String,
        /// What the system said.
        problem: String,
    },
    /// The log refused: damage, or a store that is not ours.
    #[error("the store {url} is refused: {refusal}")]
    Refused {
        /// The store.
        url: String,
        /// Why.
        refusal: Refusal,
    },
    /// Another coordinator took over.
    #[error("this coordinator is fenced: {} took over the store {url}", successor)]
    Fenced {
        /// The store.
        url: String,
        /// The seal, which names the successor.
        successor: Box<Seal>,
    },
    /// A record of the log cannot be read.
    #[error("cannot read {key} in the store {url}: {source}")]
    Record {
        /// The store.
        url: String,
        /// The object.
        key: String,
        /// What is wrong with the record.
        source: RecordError,
    },
    /// A record of the log does not fit what came before it.
    #[error("cannot replay {key} in the store {url}: {source}")]
    Replay {
        /// The store.
        url: String,
        /// The object.
        key: String,
        /// What does not fit.
        source: ReplayError,
    },
    /// The network.
    #[error(transparent)]
    Transport(#[from] godwit_transport::Error),
    /// The driver ended without saying why: a defect of ours.
    #[error("the coordinator ended without a reason; this is a defect of godwit, please report it")]
    Vanished,
}

impl Error {
    /// Whether the person who started it asked for something impossible, rather than something having broken.
    pub fn is_input(&self) -> bool {
        matches!(self, Error::StoreUrl { .. })
    }
}
