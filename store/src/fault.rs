//! What an error of a store means for what was being stored.

use crate::s3::{self, Server, Verdict};
use godwit_checkpoint::Answer;
use godwit_common::duration::Human;
use godwit_common::printable::{one_line, reason};
use std::error::Error;
use std::io;
use std::time::Duration;

/// What an operation does to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It only reads.
    None,
    /// It changes something.
    Write,
}

/// Why an operation brought no answer, or what answer the error was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There is no such object.
    Missing,
    /// There is such an object already.
    Exists,
    /// Nothing was done; worth another try.
    Passing(String),
    /// Nothing was done, and nothing will be until somebody puts that right.
    Lasting(String),
    /// It may have been done.
    Unknown(String),
    /// The store does not have this operation.
    Unsupported(String),
    /// The disk could not promise to keep what was written. Reading it back would prove nothing.
    Disk(String),
}

impl Fault {
    pub(crate) fn of(error: &object_store::Error, server: Option<&Server>, effect: Effect) -> Fault {
        match server {
            Some(server) => of_server(error, server, effect),
            None => of_disk(error),
        }
    }

    /// The time ran out.
    pub(crate) fn late(key: &str, limit: Duration, effect: Effect) -> Fault {
        let sentence = format!("there was no answer about {key} for {}", Human(limit));
        match effect {
            Effect::None => Fault::Passing(sentence),
            Effect::Write => Fault::Unknown(sentence),
        }
    }

    /// What the checkpoint log is told. A disk that broke its promise is no answer.
    pub(crate) fn answer(self) -> Result<Answer, String> {
        Ok(match self {
            Fault::Missing => Answer::Missing,
            Fault::Exists => Answer::AlreadyExists,
            Fault::Passing(sentence) | Fault::Lasting(sentence) | Fault::Unsupported(sentence) => {
                Answer::Failed(sentence)
            }
            Fault::Unknown(sentence) => Answer::Unknown(sentence),
            Fault::Disk(sentence) => return Err(sentence),
        })
    }

    pub(crate) fn sentence(self) -> String {
        match self {
            Fault::Missing => "an object is not there".to_owned(),
            Fault::Exists => "an object is there already".to_owned(),
            Fault::Passing(sentence)
            | Fault::Lasting(sentence)
            | Fault::Unknown(sentence)
            | Fault::Unsupported(sentence)
            | Fault::Disk(sentence) => sentence,
        }
    }
}

fn of_server(error: &object_store::Error, server: &Server, effect: Effect) -> Fault {
    let (verdict, sentence) = s3::judge(error, server, effect);
    match (verdict, effect) {
        (Verdict::Missing, _) => Fault::Missing,
        (Verdict::Exists, _) => Fault::Exists,
        (Verdict::Lasting, _) => Fault::Lasting(sentence),
        (Verdict::Unsupported, _) => Fault::Unsupported(sentence),
        (Verdict::NotSent, _) | (Verdict::Broken, Effect::None) => Fault::Passing(sentence),
        (Verdict::Broken, Effect::Write) => Fault::Unknown(sentence),
    }
}

fn of_disk(error: &object_store::Error) -> Fault {
    match error {
        object_store::Error::NotFound { .. } => Fault::Missing,
        object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. } => Fault::Exists,
        _ if broke_a_promise(error) => Fault::Disk(sentence(error)),
        _ if has_no_links(error) => Fault::Unsupported(format!(
            "its file system has no hard links, by which files are created atomically: {}",
            sentence(error)
        )),
        _ => Fault::Passing(sentence(error)),
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

/// Some network and user-space file systems refuse every hard link.
fn has_no_links(error: &object_store::Error) -> bool {
    let linking = causes(error).any(|cause| cause.to_string().starts_with("Unable to rename file"));
    let refused = [nix::libc::EPERM, nix::libc::EOPNOTSUPP, nix::libc::ENOSYS, nix::libc::EMLINK];
    let errno = causes(error).find_map(|cause| cause.downcast_ref::<io::Error>()?.raw_os_error());
    linking && errno.is_some_and(|errno| refused.contains(&errno))
}

/// The innermost cause, which says most in fewest words.
pub(crate) fn sentence(error: &object_store::Error) -> String {
    match causes(error).find_map(|cause| cause.downcast_ref::<io::Error>()) {
        Some(io) if io.kind() == io::ErrorKind::StorageFull => "no space is left on the disk".to_owned(),
        Some(io) => reason(io),
        None => one_line(&error.to_string()),
    }
}

/// An error and what caused it, the outermost first.
pub(crate) fn causes<'a>(error: &'a object_store::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let first: &(dyn Error + 'static) = error;
    std::iter::successors(Some(first), |&cause| cause.source())
}
