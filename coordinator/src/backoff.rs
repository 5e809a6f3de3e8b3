//! How long to wait before a store is asked again, and the random numbers that this and the log need.

use godwit_common::ids::Token;
use std::time::Duration;
use tokio::time::Instant;

/// First wait after trouble; doubled up to [`BACKOFF_MAX`], and shortened at random by up to a half.
const BACKOFF_MIN: Duration = Duration::from_millis(100);

/// A store that works again is noticed within this time.
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// Exponential back-off with jitter.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    tries: u32,
}

impl Backoff {
    pub(crate) fn next(&mut self) -> Duration {
        let full = BACKOFF_MIN.saturating_mul(1 << self.tries.min(16)).min(BACKOFF_MAX);
        self.tries += 1;
        let byte = nonce().0.to_le_bytes()[0];
        full - full.mul_f64(f64::from(byte) / 512.0)
    }
}

/// How long trouble has lasted, and when it is worth a word.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    backoff: Backoff,
    since: Option<Instant>,
    told: bool,
}

/// Trouble that is over sooner is nobody's concern.
pub(crate) const QUIET_TIME: Duration = Duration::from_secs(2);

impl Patience {
    /// How long the trouble has lasted, from the first time that this is asked.
    pub(crate) fn lasted(&mut self) -> Duration {
        self.since.get_or_insert_with(Instant::now).elapsed()
    }

    /// Whether it is time to say something: once, after a moment.
    pub(crate) fn is_worth_a_word(&mut self) -> bool {
        let due = !self.told && self.lasted() >= QUIET_TIME;
        self.told |= due;
        due
    }

    /// Whether something was said.
    pub(crate) fn was_told(&self) -> bool {
        self.told
    }

    /// Waits before the next try; not beyond the moment at which there is something to say.
    pub(crate) async fn wait(&mut self) {
        let mut pause = self.backoff.next();
        if !self.told {
            pause = pause.min(QUIET_TIME.saturating_sub(self.lasted()).max(Duration::from_millis(1)));
        }
        tokio::time::sleep(pause).await;
    }
}

/// 128 random bits.
pub(crate) fn nonce() -> Token {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    Token(u128::from_le_bytes(bytes))
}
