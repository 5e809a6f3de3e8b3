//! What can be wrong with a store, as sentences for the person who named it.

use godwit_common::printable::reason;
use std::io;
use thiserror::Error;

/// Why a store cannot be used, or not any more.
#[derive(Debug, Error)]
pub enum Error {
    /// The URL is not one that this version knows.
    #[error("cannot use the store '{url}': {problem}")]
    Url {
        /// As it was given, without anything secret.
        url: String,
        /// What is wrong with it, and what would be right.
        problem: String,
    },
    /// The settings of the store do not lead to it.
    #[error("cannot use the store {url}: {problem}")]
    Settings {
        /// The store.
        url: String,
        /// What is wrong with them, and what would be right.
        problem: String,
    },
    /// The folder of a local store cannot be made or used.
    #[error("cannot {doing} the store {url}: {}; {advice}", reason(source))]
    Folder {
        /// What was being done.
        doing: &'static str,
        /// The store.
        url: String,
        /// What the system said.
        source: io::Error,
        /// What to do.
        advice: &'static str,
    },
    /// The store does not answer as it should, for too long or for good.
    #[error("cannot open the store {url}: {problem}; put that right, then start again")]
    Away {
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
    /// The store does not create objects atomically, on which fencing depends.
    #[error(
        "the store {url} cannot keep two coordinators apart: {found}; use a store that creates objects atomically, or \
         set store.fencing = \"lock-file\", which protects against a second start by mistake but not against a \
         coordinator that is cut off and comes back"
    )]
    NotAtomic {
        /// The store.
        url: String,
        /// What it did.
        found: String,
    },
    /// Another coordinator holds the lock file.
    #[error(
        "another coordinator, {owner}, holds the lock file of the store {url}; stop it first, or wait until it has \
         been silent for store.standby_timeout"
    )]
    Locked {
        /// The store.
        url: String,
        /// Who holds it.
        owner: String,
    },
    /// Another coordinator took the lock file while we thought that we held it.
    #[error("this coordinator halts: {owner} took over the lock file of the store {url}")]
    LockLost {
        /// The store.
        url: String,
        /// Who holds it now.
        owner: String,
    },
}

impl Error {
    /// Whether the person who named the store asked for something impossible, rather than something having broken.
    pub fn is_input(&self) -> bool {
        matches!(self, Error::Url { .. } | Error::Settings { .. })
    }
}
