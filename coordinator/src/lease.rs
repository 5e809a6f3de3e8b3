//! The lease: for how long a coordinator on a network may speak without having heard from its store.
//!
//! Another coordinator may have taken over while this one was stopped, asleep or cut off. So before anything is said to
//! a peer, the store must have confirmed lately that the log is still ours to write. Until it has, every mouth waits:
//! the coordinator is mute. Nothing is decided here, and nothing is dropped.

use crate::clock::Moment;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// What the mouths wait for. Clones are the same lease.
#[derive(Clone, Debug)]
pub(crate) struct Lease {
    standing: Arc<watch::Sender<Standing>>,
    /// How long a confirmation is good for; none for a coordinator that has all its peers in its own process.
    term: Option<Duration>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Standing {
    confirmed: Option<Moment>,
    /// The store was asked, and does not answer.
    trouble: bool,
    /// Another coordinator leads.
    over: bool,
}

/// What is to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speech {
    /// Something that only a leader knows.
    Fact,
    /// That the store does not answer. This is true of a coordinator that does not lead any more as well.
    Excuse,
}

/// Nothing is to be said any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Over;

/// One of those that wait for the lease.
#[derive(Debug)]
pub(crate) struct Mouth {
    standing: watch::Receiver<Standing>,
    term: Option<Duration>,
}

impl Lease {
    /// Nothing is confirmed yet.
    pub(crate) fn new(term: Option<Duration>) -> Lease {
        Lease { standing: Arc::new(watch::Sender::new(Standing::default())), term }
    }

    /// The log was ours to write at some time after `at`.
    pub(crate) fn confirm(&self, at: Moment) {
        self.standing.send_modify(|standing| {
            standing.confirmed = standing.confirmed.max(Some(at));
            standing.trouble = false;
        });
    }

    /// The store does not answer.
    pub(crate) fn doubt(&self) {
        self.standing.send_modify(|standing| standing.trouble = true);
    }

    /// The log is another's.
    pub(crate) fn end(&self) {
        self.standing.send_modify(|standing| standing.over = true);
    }

    /// Whether nothing may be said just now.
    pub(crate) fn is_mute(&self) -> bool {
        self.standing.borrow().permit(self.term, Speech::Fact) != Some(Ok(()))
    }

    pub(crate) fn mouth(&self) -> Mouth {
        Mouth { standing: self.standing.subscribe(), term: self.term }
    }
}

impl Standing {
    /// None if that has to be waited for.
    fn permit(self, term: Option<Duration>, speech: Speech) -> Option<Result<(), Over>> {
        if self.over {
            return Some(Err(Over));
        }
        let is_confirmed =
            term.is_none_or(|term| self.confirmed.is_some_and(|confirmed| confirmed.age() < term));
        (is_confirmed || (speech == Speech::Excuse && self.trouble)).then_some(Ok(()))
    }
}

impl Mouth {
    /// Waits until that may be said. Safe to cancel.
    pub(crate) async fn may_say(&mut self, speech: Speech) -> Result<(), Over> {
        loop {
            let standing = *self.standing.borrow_and_update();
            if let Some(permit) = standing.permit(self.term, speech) {
                return permit;
            }
            self.standing.changed().await.map_err(|_| Over)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    const TERM: Duration = Duration::from_secs(3600);

    fn check(lease: &Lease, fact: Option<Result<(), Over>>, excuse: Option<Result<(), Over>>) {
        let mut mouth = lease.mouth();
        assert_eq!(mouth.may_say(Speech::Fact).now_or_never(), fact);
        assert_eq!(mouth.may_say(Speech::Excuse).now_or_never(), excuse);
        assert_eq!(lease.is_mute(), fact != Some(Ok(())));
    }

    #[test]
    fn a_leader_speaks_as_long_as_its_confirmation_is_young() {
        let lease = Lease::new(Some(TERM));
        check(&lease, None, None);
        lease.confirm(Moment::now());
        check(&lease, Some(Ok(())), Some(Ok(())));
        let expired = Lease::new(Some(Duration::ZERO));
        expired.confirm(Moment::now());
        check(&expired, None, None);
        expired.doubt();
        check(&expired, None, Some(Ok(())));
        expired.confirm(Moment::now());
        check(&expired, None, None);
    }

    #[test]
    fn without_a_network_there_is_nothing_to_wait_for_and_in_the_end_nothing_to_say() {
        let lease = Lease::new(None);
        check(&lease, Some(Ok(())), Some(Ok(())));
        lease.end();
        check(&lease, Some(Err(Over)), Some(Err(Over)));
    }

    #[tokio::test]
    async fn mouths_open_when_the_store_confirms() {
        let lease = Lease::new(Some(TERM));
        let mut mouth = lease.mouth();
        let waiting = tokio::spawn(async move { mouth.may_say(Speech::Fact).await });
        tokio::task::yield_now().await;
        lease.confirm(Moment::now());
        assert_eq!(waiting.await.expect("no panic"), Ok(()));
    }
}
