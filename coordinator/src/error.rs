//! What can end a coordinator, as sentences for the person who started it.

use godwit_checkpoint::{Refusal, Seal};
use godwit_common::duration::Human;
use godwit_coordinator_core::{RecordError, ReplayError};
use std::fmt;
use thiserror::Error;

/// Why a coordinator did not start or had to halt.
#[derive(Debug, Error)]
pub enum Error {
    /// The store cannot be used, or not any more.
    #[error(transparent)]
    Store(#[from] godwit_store::Error),
    /// The log refused: damage, or a store that is not ours.
    #[error("the store {url} is refused: {refusal}")]
    Refused {
        /// The store.
        url: String,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// Another coordinator took over.
    #[error("this coordinator is fenced: {} took over the store {url}", successor)]
    Fenced {
        /// The store.
        url: String,
        /// The seal, which names the successor.
        successor: Box<Seal>,
    },
    /// What was to be saved in the end could not be.
    #[error(
        "ended without saving {}: the store {url} took nothing for {waited} ({problem}); tasks whose \
         outcomes were to be saved run again when it is back", Records(*records)
    )]
    Unsaved {
        /// The store.
        url: String,
        /// How many.
        records: u64,
        /// How long it was waited for.
        waited: Human,
        /// What is wrong with the store.
        problem: String,
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
        matches!(self, Error::Store(error) if error.is_input())
    }

    /// Whether another coordinator has taken over.
    pub fn is_fenced(&self) -> bool {
        match self {
            Error::Fenced { .. } | Error::Store(godwit_store::Error::LockLost { .. }) => true,
            Error::Refused { refusal, .. } => {
                matches!(**refusal, Refusal::Superseded { .. } | Refusal::Overtaken { .. })
            }
            _ => false,
        }
    }
}

/// `1 record`, `3 records`.
pub(crate) struct Records(pub(crate) u64);

impl fmt::Display for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Records(count) = self;
        write!(f, "{count} record{}", if *count == 1 { "" } else { "s" })
    }
}
