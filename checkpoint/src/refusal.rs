//! Why a store is not used, or not any more. Each ends the recovery or the writer for good.

use crate::limits::{BLOB_BYTES_MAX, RECORD_BYTES_MAX};
use crate::{Fault, Seal};
use godwit_common::ids::{Epoch, Sequence};
use std::fmt;
use thiserror::Error;

/// What ends a [`Recovery`](crate::Recovery), a [`Writer`](crate::Writer) or a [`Reader`](crate::Reader).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// Another coordinator took the store over after us.
    #[error(
        "epoch {epoch} is over: {successor} took over; use that coordinator, or start another to take over again"
    )]
    Superseded {
        /// The epoch that we had claimed.
        epoch: Epoch,
        /// The seal that says so.
        successor: Box<Seal>,
    },
    /// An object is not what it should be.
    #[error("cannot read {key}: {fault}{}", WayOut(*accept))]
    Unreadable {
        /// Its key.
        key: String,
        /// What is wrong with it.
        fault: Fault,
        /// The sequence number up to which the log is good, if it is possible to go on behind it.
        accept: Option<Sequence>,
    },
    /// An object was lost that other objects came after.
    #[error(
        "cannot read {key}: it is missing though {later} was written after it; restore it from a copy of the store{}",
        WayOut(*accept)
    )]
    Lost {
        /// The key of the missing object.
        key: String,
        /// The key of an object that cannot be there without it.
        later: String,
        /// The sequence number up to which the log is good, if it is possible to go on behind it.
        accept: Option<Sequence>,
    },
    /// Another coordinator took the store over after us, and made a base.
    #[error(
        "epoch {epoch} is over: {key} says that epoch {successor} took over; use that coordinator, or start another \
         to take over again"
    )]
    Overtaken {
        /// The epoch that we had claimed.
        epoch: Epoch,
        /// The key of the base that says so.
        key: String,
        /// The epoch in which the log goes on.
        successor: Epoch,
    },
    /// Somebody else wrote where only the owner of our epoch may.
    #[error(
        "{key} was written for epoch {epoch} by a coordinator that cannot have claimed it; claims were lost, or the \
         store does not create atomically: stop all coordinators and restore the store from a copy"
    )]
    Foreign {
        /// The key of the object.
        key: String,
        /// The epoch that is ours.
        epoch: Epoch,
    },
    /// There is no epoch left to claim: a forged claim has the last number.
    #[error("cannot claim an epoch: {key} has the last number; remove it, as no coordinator counts that far")]
    Exhausted {
        /// The key of the last claim.
        key: String,
    },
    /// A record is over [`RECORD_BYTES_MAX`].
    #[error(
        "cannot append a record of {bytes} bytes to the log: the limit is {RECORD_BYTES_MAX}; submit less at once"
    )]
    RecordTooLarge {
        /// Its length.
        bytes: usize,
    },
    /// A blob is over [`BLOB_BYTES_MAX`].
    #[error("cannot store a value of {bytes} bytes: the limit is {BLOB_BYTES_MAX}; write it to a file")]
    BlobTooLarge {
        /// Its length.
        bytes: usize,
    },
    /// The driver broke the rules of this interface: a defect of ours, after which nothing is certain.
    #[error("the store driver answered '{answer}' to {asked}; this is a defect of godwit, please report it")]
    Misled {
        /// What was asked.
        asked: String,
        /// The name of the answer.
        answer: &'static str,
    },
}

impl Refusal {
    pub(crate) fn unreadable(key: impl Into<String>, fault: Fault) -> Refusal {
        Refusal::Unreadable { key: key.into(), fault, accept: None }
    }

    /// The sequence number up to which the log is good, if it is possible to go on behind it.
    pub fn acceptable(&self) -> Option<Sequence> {
        match self {
            Refusal::Unreadable { accept, .. } | Refusal::Lost { accept, .. } => *accept,
            _ => None,
        }
    }
}

/// How to go on without what was lost.
struct WayOut(Option<Sequence>);

impl fmt::Display for WayOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WayOut(Some(sequence)) = self else {
            return Ok(());
        };
        write!(
            f,
            "; or, to go on with everything up to {sequence} and lose what came after, start with \
             --accept-loss-after {sequence}"
        )
    }
}
