//! The lock file: an object that names its owner, for stores that cannot create objects atomically.
//!
//! It is refreshed all the time, and another coordinator takes it only after it has seen no refresh for
//! `store.standby_timeout`, by its own clock. That stops a second start by mistake. It does not stop an owner that was
//! asleep from writing one last object when it wakes up: that takes a store that can do better.

use crate::Error;
use crate::driver::Driver;
use crate::fault::Fault;
use crate::probe::nonce;
use bytes::Bytes;
use godwit_checkpoint::Answer;
use godwit_common::printable::one_line;
use godwit_common::settings::StoreSettings;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

const KEY: &str = "lock";

/// Two that take the lock at once have both written it after this time, and both see who was last.
const SETTLE: Duration = Duration::from_millis(500);

/// What the lock file says, for its owner and for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    owner: String,
    host: String,
    pid: u32,
    /// Seconds since 1970, by the clock of the owner.
    time: u64,
    /// Differs from refresh to refresh.
    refresh: u64,
}

/// The lock file of one store.
pub(crate) struct LockFile {
    shared: Arc<Shared>,
}

struct Shared {
    url: String,
    driver: Arc<Driver>,
    alive_period: Duration,
    standby_timeout: Duration,
    owner: String,
    state: Mutex<State>,
}

#[derive(Clone, Debug)]
enum State {
    Free,
    /// Ours at the time of the last confirmation.
    Held {
        confirmed: Instant,
        refresher: AbortHandle,
    },
    Lost {
        owner: String,
    },
}

impl LockFile {
    pub(crate) fn new(url: String, driver: Arc<Driver>, settings: &StoreSettings) -> LockFile {
        let shared = Shared {
            url,
            driver,
            alive_period: settings.alive_period,
            standby_timeout: settings.standby_timeout,
            owner: format!("{:032x}", nonce().0),
            state: Mutex::new(State::Free),
        };
        LockFile { shared: Arc::new(shared) }
    }

    /// Takes the lock, and keeps it from then on.
    pub(crate) async fn take(&self) -> Result<(), Error> {
        let shared = &self.shared;
        if matches!(*shared.state(), State::Held { .. }) {
            return Ok(());
        }
        tracing::warn!(
            "the store {} is guarded by a lock file, which protects against a second start by mistake but not against \
             a coordinator that is cut off and comes back",
            shared.url
        );
        shared.wait_until_silent().await?;
        shared.write(0).await.map_err(|fault| shared.away(fault))?;
        sleep(SETTLE.min(shared.alive_period)).await;
        match shared.read().await.map_err(|fault| shared.away(fault))? {
            Some(note) if note.owner == shared.owner => {}
            Some(note) => return Err(shared.locked(&note)),
            None => return Err(shared.away(Fault::Passing("its lock file vanished".to_owned()))),
        }
        let refresher = tokio::spawn(shared.clone().refresh()).abort_handle();
        *shared.state() = State::Held { confirmed: Instant::now(), refresher };
        Ok(())
    }

    /// Makes sure that the lock is still ours, without asking the store if that was seen a moment ago. Before it was
    /// taken there is nothing to lose.
    pub(crate) async fn confirm(&self) -> Result<Result<(), Fault>, Error> {
        let shared = &self.shared;
        let state = shared.state().clone();
        match state {
            State::Free => Ok(Ok(())),
            State::Lost { owner } => Err(Error::LockLost { url: shared.url.clone(), owner }),
            State::Held { confirmed, .. } if confirmed.elapsed() < shared.alive_period * 2 => Ok(Ok(())),
            State::Held { .. } => {
                let seen = shared.look().await;
                match (seen, shared.state().clone()) {
                    (_, State::Lost { owner }) => Err(Error::LockLost { url: shared.url.clone(), owner }),
                    (seen, _) => Ok(seen),
                }
            }
        }
    }

    pub(crate) async fn release(&self) {
        let shared = &self.shared;
        let state = std::mem::replace(&mut *shared.state(), State::Free);
        if let State::Held { refresher, .. } = state {
            refresher.abort();
            // The next coordinator finds out by waiting.
            if let Ok(Some(note)) = shared.read().await
                && note.owner == shared.owner
            {
                let _ = shared.driver.delete(KEY).await;
            }
        }
    }
}

impl LockFile {
    /// Aborts the refresher; who was the owner does not know it yet.
    pub(crate) fn stop_refreshing(&self) {
        if let State::Held { refresher, .. } = &*self.shared.state() {
            refresher.abort();
        }
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        self.stop_refreshing();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // It is replaced in one piece: a panic beside it has not broken it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks until the lock is gone, or its owner has been silent for long enough.
    async fn wait_until_silent(&self) -> Result<(), Error> {
        let mut before: Option<Note> = None;
        let end = Instant::now() + self.standby_timeout;
        loop {
            match (self.read().await.map_err(|fault| self.away(fault))?, &before) {
                (None, _) => return Ok(()),
                (Some(note), _) if note.owner == self.owner => return Ok(()),
                (Some(note), None) => before = Some(note),
                (Some(note), Some(first)) if note != *first => return Err(self.locked(&note)),
                (Some(_), Some(_)) => {}
            }
            if Instant::now() >= end {
                return Ok(());
            }
            sleep(self.alive_period.min(end.saturating_duration_since(Instant::now()))).await;
        }
    }

    async fn refresh(self: Arc<Shared>) {
        for count in 1.. {
            sleep(self.alive_period).await;
            if self.look().await.is_ok() && self.write(count).await.is_ok() {
                continue;
            }
            if matches!(*self.state(), State::Lost { .. }) {
                return;
            }
        }
    }

    /// Looks whose the lock is.
    async fn look(&self) -> Result<(), Fault> {
        let began = Instant::now();
        let found = self.read().await?;
        let mut state = self.state();
        match (found, &mut *state) {
            (Some(note), State::Held { .. }) if note.owner != self.owner => {
                *state = State::Lost { owner: note.shown() };
                Err(Fault::Lasting("the lock file has another owner".to_owned()))
            }
            (Some(_), State::Held { confirmed, .. }) => {
                *confirmed = began;
                Ok(())
            }
            // Somebody removed it by hand; the next refresh makes it again.
            _ => Ok(()),
        }
    }

    async fn read(&self) -> Result<Option<Note>, Fault> {
        match self.driver.get(KEY).await? {
            Answer::Found(body) => {
                Ok(Some(serde_json::from_slice(&body).unwrap_or_else(|_| Note::unreadable())))
            }
            _ => Ok(None),
        }
    }

    async fn write(&self, refresh: u64) -> Result<(), Fault> {
        let host = nix::unistd::gethostname()
            .map_or_else(|_| "unknown".into(), |name| name.to_string_lossy().into());
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let note = Note { owner: self.owner.clone(), host, pid: std::process::id(), time, refresh };
        let body = serde_json::to_vec(&note).expect("a note is text and numbers");
        self.driver.replace(KEY, Bytes::from(body)).await.map(drop)
    }

    fn away(&self, fault: Fault) -> Error {
        Error::Away { url: self.url.clone(), problem: fault.sentence() }
    }

    fn locked(&self, note: &Note) -> Error {
        Error::Locked { url: self.url.clone(), owner: note.shown() }
    }
}

impl Note {
    /// Of a lock file that is something else: nobody's, and never the same as one that can be read.
    fn unreadable() -> Note {
        Note { owner: String::new(), host: "unknown".to_owned(), pid: 0, time: 0, refresh: 0 }
    }

    fn shown(&self) -> String {
        format!("process {} on {}", self.pid, one_line(&self.host))
    }
}

#[cfg(test)]
#[path = "lock_tests.rs"]
mod tests;
