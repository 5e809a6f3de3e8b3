//! Ctrl-C, and the signals of those who end processes.

use crate::errors::{Error, reason};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What somebody wants of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Ctrl-C: come to an end.
    End,
    /// Terminated, or the terminal is gone: end now.
    EndNow,
}

/// The signals that are heard instead of ending the process, from its creation on.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    /// # Errors
    /// If the system does not let signals be heard.
    pub(crate) fn new() -> Result<Signals, Error> {
        let heard = |kind| {
            signal(kind).map_err(|error| {
                Error::infrastructure(format!("cannot listen for signals: {}", reason(&error)))
            })
        };
        Ok(Signals {
            interrupt: heard(SignalKind::interrupt())?,
            terminate: heard(SignalKind::terminate())?,
            hangup: heard(SignalKind::hangup())?,
        })
    }

    /// The next one. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Wish {
        tokio::select! {
            _ = self.interrupt.recv() => Wish::End,
            _ = self.terminate.recv() => Wish::EndNow,
            _ = self.hangup.recv() => Wish::EndNow,
        }
    }
}
