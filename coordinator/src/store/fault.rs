//! What an error of a store means for what was being stored.

use godwit_common::printable::reason;
use std::error::Error;
use std::io;

/// Why an operation brought no answer.
pub(crate) enum Fault {
    /// Worth another try.
    Passing(String),
    /// The disk could not promise to keep what was written. Reading it back would prove nothing.
    Disk(String),
}

impl Fault {
    pub(crate) fn of(error: &object_store::Error) -> Fault {
        let sentence = sentence(error);
        if broke_a_promise(error) { Fault::Disk(sentence) } else { Fault::Passing(sentence) }
    }
}

/// Whether synchronising with the disk failed. `object_store` keeps the error's type to itself, so this goes by the
/// system's own error (EIO is never anything else) and by the words.
fn broke_a_promise(error: &object_store::Error) -> bool {
    causes(error).any(|cause| {
        let io = cause.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error);
        io == Some(nix::libc::EIO) || cause.to_string().starts_with("Unable to sync data to disk")
    })
}

/// The innermost cause, which says most in fewest words.
pub(crate) fn sentence(error: &object_store::Error) -> String {
    match causes(error).find_map(|cause| cause.downcast_ref::<io::Error>()) {
        Some(io) if io.kind() == io::ErrorKind::StorageFull => "no space is left on the disk".to_owned(),
        Some(io) => reason(io),
        None => error.to_string(),
    }
}

fn causes<'a>(error: &'a object_store::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let first: &(dyn Error + 'static) = error;
    std::iter::successors(Some(first), |&cause| cause.source())
}
