//! The end of a coordinator whose store does not take what is left to save: it is waited for, with a word now and then,
//! but not for ever.

use std::time::Duration;
use tokio::time::Instant;

/// A store that has taken nothing for this long is given up by a coordinator that wants to end.
pub(crate) const END_TIMEOUT: Duration = Duration::from_secs(60);

/// How often it is said what is waited for.
const WORD_PERIOD: Duration = Duration::from_secs(5);

/// Since when the end has been waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending {
    since: Instant,
    give_up: Instant,
    word: Instant,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Say what is waited for, and how much longer.
    Word(Duration),
    /// End without what is left.
    GiveUp,
}

impl Ending {
    pub(crate) fn begin(now: Instant) -> Ending {
        Ending { since: now, give_up: now + END_TIMEOUT, word: now + WORD_PERIOD }
    }

    /// The store has taken something: it is worth waiting on.
    pub(crate) fn progress(&mut self, now: Instant) {
        self.since = now;
        self.give_up = now + END_TIMEOUT;
    }

    /// Nobody wants to wait any longer.
    pub(crate) fn give_up(&mut self, now: Instant) {
        self.give_up = now;
    }

    /// How long the store has taken nothing, in whole seconds.
    pub(crate) fn waited(&self, now: Instant) -> Duration {
        Duration::from_secs((now - self.since).as_secs())
    }

    /// When something is due next.
    pub(crate) fn next(&self) -> Instant {
        self.word.min(self.give_up)
    }

    /// What is due.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Due> {
        if now >= self.give_up {
            return Some(Due::GiveUp);
        }
        if now < self.word {
            return None;
        }
        self.word = now + WORD_PERIOD;
        Some(Due::Word(self.give_up - now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_word_now_and_then_and_an_end() {
        let begun = Instant::now();
        let mut ending = Ending::begin(begun);
        assert_eq!(ending.take_due(begun), None);
        let mut words = 0;
        while let Some(Due::Word(left)) = ending.take_due(ending.next()) {
            words += 1;
            assert!(left <= END_TIMEOUT - WORD_PERIOD);
        }
        assert_eq!((words, ending.next()), (11, begun + END_TIMEOUT));
        ending.progress(ending.next());
        assert!(
            matches!(ending.take_due(ending.next()), Some(Due::Word(_))),
            "a store that works is waited for"
        );
    }
}
