//! What this crate asks of a store, and what it may be told. The driver that does it is the crate `store`.

use bytes::Bytes;

/// One thing to do with the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Read an object. The read must see everything whose creation was answered before it began.
    Get {
        /// Its key.
        key: String,
    },
    /// Create an object if there is none with this key, atomically and durably: on a local disk, file and directory
    /// are synchronised before the answer.
    Create {
        /// Its key.
        key: String,
        /// All its bytes.
        body: Bytes,
    },
    /// Write an object, whether or not there is one with this key; who reads it meanwhile finds the old or the new one,
    /// never a mixture. Durable as with [`Operation::Create`].
    Replace {
        /// Its key.
        key: String,
        /// All its bytes.
        body: Bytes,
    },
    /// Remove an object, if it is there.
    Delete {
        /// Its key.
        key: String,
    },
    /// List keys, in any order. Keys may be left out (a stale listing, a page's end): the answer is only a hint, and
    /// what is left out costs at most time.
    List {
        /// What the keys begin with; it ends with a slash.
        prefix: String,
        /// Only keys that sort behind this one are wanted.
        after: Option<String>,
    },
}

/// What came of an [`Operation`].
///
/// A driver must not turn every error into an answer. If synchronising a file or directory with the disk failed, the
/// object may be readable and yet not durable, so that reading it back would prove nothing: the coordinator halts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The object's bytes.
    Found(Bytes),
    /// There is no object with this key.
    Missing,
    /// The object is durable, and it was this operation that created it.
    Created,
    /// An object with this key is said to be there already. It may be one's own, from a try whose answer was lost,
    /// and with some stores it may even be absent; so it is always read back.
    AlreadyExists,
    /// The object is durable in place of whatever had its key.
    Replaced,
    /// There is no object with this key any more, or there was none.
    Deleted,
    /// The keys that were found.
    Listed(Vec<String>),
    /// Nothing was done, for this reason; worth another try later.
    Failed(String),
    /// It may have been done, or may still be done, or not: the connection broke or the time ran out.
    Unknown(String),
}

impl Operation {
    /// The key, or the prefix of a listing: what to name in a message.
    pub fn key(&self) -> &str {
        match self {
            Operation::Get { key }
            | Operation::Create { key, .. }
            | Operation::Replace { key, .. }
            | Operation::Delete { key } => key,
            Operation::List { prefix, .. } => prefix,
        }
    }
}

impl Answer {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Answer::Found(_) => "found",
            Answer::Missing => "missing",
            Answer::Created => "created",
            Answer::AlreadyExists => "already exists",
            Answer::Replaced => "replaced",
            Answer::Deleted => "deleted",
            Answer::Listed(_) => "listed",
            Answer::Failed(_) => "failed",
            Answer::Unknown(_) => "unknown",
        }
    }
}
