//! Start of a reign: claim the next epoch, replay the log into a core, fence the predecessor.

use crate::backoff::Patience;
use crate::replay::Replay;
use crate::{Error, say};
use godwit_checkpoint::{Answer, Identity, Operation, Recovery, Refusal, Step, Writer};
use godwit_common::duration::Human;
use godwit_common::ids::{Sequence, Token};
use godwit_common::time::Time;
use godwit_coordinator_core::Core;
use godwit_coordinator_core::action::{Level, Notice};
use godwit_store::Store;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// A store that is in trouble for this long is given up at the start, where somebody is waiting for an answer.
const TROUBLE_MAX: Duration = Duration::from_secs(30);

/// How often a long replay says how far it is.
const PROGRESS_PERIOD: Duration = Duration::from_secs(2);

/// What a recovery comes to.
pub(crate) struct Recovered {
    /// The state that the log holds.
    pub(crate) core: Core,
    /// The log, which is ours.
    pub(crate) writer: Writer,
    /// The newest base is damaged, though nothing is lost.
    pub(crate) has_damaged_base: bool,
}

/// What a recovery needs.
pub(crate) struct Start<'a, F> {
    pub(crate) store: &'a Store,
    pub(crate) identity: Identity,
    pub(crate) accept_loss_after: Option<Sequence>,
    pub(crate) now: Time,
    /// Of our claim.
    pub(crate) nonce: Token,
    /// Makes a core that knows nothing.
    pub(crate) fresh: F,
    pub(crate) notices: &'a mpsc::Sender<Notice>,
}

/// Takes the store over and brings a core to the state that it holds.
pub(crate) async fn recover<F: Fn() -> Core>(start: Start<'_, F>) -> Result<Recovered, Error> {
    let Start { store, identity, accept_loss_after, now, nonce, fresh, notices } = start;
    let url = || store.url().to_owned();
    let mut recovery = Recovery::new(identity, now, nonce, accept_loss_after);
    let mut replay = Replay::new(fresh(), url());
    let mut patience = Patience::default();
    let mut report_at = Instant::now() + PROGRESS_PERIOD;
    let mut answer = None;
    loop {
        answer = match recovery.step(answer) {
            Step::Do(operation) => Some(store.perform(operation).await?),
            Step::Retry { operation, reason } => {
                Some(retry(&mut patience, store, operation, reason, notices).await?)
            }
            Step::Replay(chunk) => {
                settle(&mut patience, store, notices);
                if replay.apply(chunk).await.is_err() {
                    return Err(replay.finish().await.err().unwrap_or(Error::Vanished));
                }
                if Instant::now() >= report_at {
                    report_at = Instant::now() + PROGRESS_PERIOD;
                    let records = grouped(recovery.progress().read.records);
                    say(notices, Level::Info, format!("reading the store {}: {records} records", url()));
                }
                None
            }
            Step::Restart => {
                replay = Replay::new(fresh(), url());
                None
            }
            Step::Ready(writer) => {
                settle(&mut patience, store, notices);
                let damaged = recovery.damaged_base();
                if let Some(damage) = damaged {
                    let sentence = format!(
                        "the newest base of the store {} is damaged ({damage}); nothing is lost, as the one before it \
                         serves, and another is made",
                        url()
                    );
                    say(notices, Level::Warning, sentence);
                }
                if let Some(accepted) = accept_loss_after {
                    tell_loss(recovery.loss(), accepted, &url(), notices);
                }
                let has_damaged_base = damaged.is_some();
                return Ok(Recovered { core: replay.finish().await?, writer: *writer, has_damaged_base });
            }
            Step::Refused(refusal) => {
                return Err(Error::Refused { url: url(), refusal: Box::new(refusal) });
            }
        };
    }
}

/// Nobody loses anything without being told, nor believes to have accepted what was not there.
fn tell_loss(loss: Option<&Refusal>, accepted: Sequence, url: &str, notices: &mpsc::Sender<Notice>) {
    let sentence = match loss {
        Some(_) => format!(
            "the store {url} goes on with everything up to {accepted}; what came after is lost, as was accepted"
        ),
        None => format!(
            "the log in the store {url} is not damaged right behind {accepted}: --accept-loss-after changed nothing, \
             and nothing is lost"
        ),
    };
    say(notices, Level::Warning, sentence);
}

/// Does an operation again that did not come off, as long as that may help.
async fn retry(
    patience: &mut Patience,
    store: &Store,
    operation: Operation,
    problem: String,
    notices: &mpsc::Sender<Notice>,
) -> Result<Answer, Error> {
    let url = store.url();
    if patience.lasted() > TROUBLE_MAX {
        return Err(godwit_store::Error::Away { url: url.to_owned(), problem }.into());
    }
    if patience.is_worth_a_word() {
        let limit = Human(TROUBLE_MAX);
        say(notices, Level::Warning, format!("waiting up to {limit} for the store {url}: {problem}"));
    }
    tracing::debug!("the store {url} is in trouble: {problem}");
    patience.wait().await;
    Ok(store.perform(operation).await?)
}

/// The trouble is over.
fn settle(patience: &mut Patience, store: &Store, notices: &mpsc::Sender<Notice>) {
    if patience.was_told() {
        say(notices, Level::Info, format!("the store {} answers again", store.url()));
    }
    *patience = Patience::default();
}

/// `1,200,000`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_200_000].map(grouped), ["0", "999", "1,000", "1,200,000"]);
    }
}
