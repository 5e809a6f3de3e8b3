//! The one error of the command line: a sentence for people and an exit code for programs.
//!
//! Errors are made where they happen and printed once, by `main`. A workflow that did not succeed is no error: it is
//! an [`Exit`].

pub(crate) use godwit_common::printable::reason;

use godwit_common::message::client::{Refusal, RefusalKind};
use std::fmt;
use std::process::ExitCode;

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All succeeded.
    Success,
    /// Some task did not succeed.
    Unsuccessful,
    /// Wrong usage or input.
    Usage,
    /// Something outside Godwit is missing or broken: the network, the store, the coordinator.
    Infrastructure,
    /// Ended by Ctrl-C or a signal.
    Interrupted,
}

/// What went wrong, as one sentence.
#[derive(Debug)]
pub(crate) struct Error {
    /// Decides the exit code.
    pub(crate) exit: Exit,
    /// Lower case, no full stop: what was being done, to what, and what to do next.
    pub(crate) sentence: String,
}

/// What a command comes to.
pub(crate) type Outcome = Result<Exit, Error>;

impl Error {
    /// The user gave something that cannot be.
    pub(crate) fn usage(sentence: impl fmt::Display) -> Error {
        Error { exit: Exit::Usage, sentence: sentence.to_string() }
    }

    /// Something that Godwit stands on is missing or broken.
    pub(crate) fn infrastructure(sentence: impl fmt::Display) -> Error {
        Error { exit: Exit::Infrastructure, sentence: sentence.to_string() }
    }
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Unsuccessful => 1,
            Exit::Usage => 2,
            Exit::Infrastructure => 3,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        match refusal.kind {
            RefusalKind::Input => Error::usage(refusal.sentence),
            RefusalKind::Infrastructure => Error::infrastructure(refusal.sentence),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Error {}
