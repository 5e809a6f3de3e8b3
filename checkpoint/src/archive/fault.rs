//! What can be wrong with a file of results, with the place. The caller adds the file's name.

use crate::Fault;

/// Why a file of results is not read. What was read before the fault is whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveFault {
    /// It does not begin as our files do.
    #[error("it is no file that 'godwit checkpoint export' wrote")]
    Foreign,
    /// It is an object of a store, or begins with one.
    #[error(
        "it is a single object of a store; give the store's URL, or a file that 'godwit checkpoint export' wrote"
    )]
    Object,
    /// A format that this build does not know.
    #[error("it was written by a newer godwit (format {format}); upgrade")]
    Newer {
        /// The format.
        format: u8,
    },
    /// Its end is missing.
    #[error(
        "it is truncated: it ends at byte {position} in the middle of chunk {chunk}; copy or export it again"
    )]
    Truncated {
        /// Bytes that are there.
        position: u64,
        /// The chunk that is not whole, counted from 1.
        chunk: u64,
    },
    /// Something in it has changed, or is of another file.
    #[error("it is damaged at byte {position}, in chunk {chunk}: {what}; copy or export it again")]
    Damaged {
        /// Where the chunk begins.
        position: u64,
        /// The chunk, counted from 1.
        chunk: u64,
        /// What was found.
        what: String,
    },
}

impl ArchiveFault {
    /// A fault of the object that stands there.
    pub(super) fn of(fault: Fault, position: u64, chunk: u64) -> ArchiveFault {
        let what = match fault {
            Fault::Newer { format } => return ArchiveFault::Newer { format },
            Fault::Foreign if position == 0 => return ArchiveFault::Foreign,
            Fault::Foreign => "what stands there was not written by godwit".to_owned(),
            Fault::TooLarge { bytes, limit } => format!("it claims {bytes} bytes, over the limit of {limit}"),
            Fault::Malformed { what } => what,
            _ => "its checksum differs".to_owned(),
        };
        ArchiveFault::Damaged { position, chunk, what }
    }
}
