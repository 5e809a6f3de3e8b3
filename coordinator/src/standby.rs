//! A standby: waits until the coordinator that leads a store falls silent.
//!
//! It writes nothing and leaves no trace. What silence is, is the business of [`Vigil`]; taking over is an ordinary
//! [`start`](crate::start()), which fences whoever led.

use crate::backoff::Patience;
use crate::clock::{Clock, seconds};
use crate::{Error, say};
use godwit_checkpoint::{Alive, Answer, Claim, Operation, Vigil, Watch, alive_key};
use godwit_common::duration::Human;
use godwit_common::ids::Epoch;
use godwit_common::settings::StoreSettings;
use godwit_common::time::Time;
use godwit_coordinator_core::action::{Level, Notice};
use godwit_store::Store;
use std::time::Duration;
use tokio::sync::mpsc;

/// Looks at the store in one timeout: so much later at most than the timeout says it is noticed that it is over.
const LOOKS: u32 = 8;

/// Who leads, and how it is doing, as far as a standby can tell.
struct Sight<'a> {
    store: &'a Store,
    notices: &'a mpsc::Sender<Notice>,
    timeout: Duration,
    leader: Option<Leader>,
    patience: Patience,
}

struct Leader {
    epoch: Epoch,
    name: String,
    /// When it gave its newest sign of life, and when that was seen.
    sign: Option<(Time, Time)>,
    silence_told: bool,
}

/// Waits until the coordinator that leads `store` has given no sign of life for the timeout of a standby. Says to
/// `notices` what it sees, at the start and when something changes.
///
/// # Errors
/// [`Error::Store`] if the store cannot be used at all. Trouble that may pass is waited for.
pub async fn stand_by(
    store: &Store,
    settings: &StoreSettings,
    notices: &mpsc::Sender<Notice>,
) -> Result<(), Error> {
    let (clock, timeout) = (Clock::new(), settings.standby_timeout);
    let mut vigil = Vigil::new(timeout);
    let mut sight = Sight { store, notices, timeout, leader: None, patience: Patience::default() };
    loop {
        let operation = vigil.operation();
        let sign_key = alive_key(vigil.epoch());
        let answer = store.perform(operation.clone()).await?;
        if let (Operation::Get { key }, Answer::Found(bytes)) = (&operation, &answer)
            && *key == sign_key
            && let Ok(alive) = Alive::decode(vigil.epoch(), bytes)
        {
            sight.note(vigil.epoch(), clock.now(), alive.time).await;
        }
        match vigil.answer(clock.now(), answer) {
            Watch::Look => {}
            Watch::Wait => {
                sight.look(vigil.epoch(), clock.now()).await;
                tokio::time::sleep(timeout / LOOKS).await;
            }
            Watch::Silent(epoch) => {
                sight.look(epoch, clock.now()).await;
                sight.take_over();
                return Ok(());
            }
            Watch::Trouble(problem) => sight.trouble(&problem).await,
        }
    }
}

impl Sight<'_> {
    fn say(&self, level: Level, sentence: String) {
        say(self.notices, level, sentence);
    }

    /// Makes sure that we know who leads.
    async fn meet(&mut self, epoch: Epoch) -> bool {
        if self.leader.as_ref().is_some_and(|leader| leader.epoch == epoch) {
            return false;
        }
        // A claim that cannot be read names nobody, but there is one.
        let claim = self.store.get_latest_claim().await.ok().flatten();
        let name = match claim.filter(|claim| claim.epoch == epoch) {
            Some(Claim { identity, .. }) => format!("epoch {epoch} of {identity}"),
            None => format!("epoch {epoch}"),
        };
        self.leader = Some(Leader { epoch, name, sign: None, silence_told: false });
        true
    }

    /// A sign of life was read.
    async fn note(&mut self, epoch: Epoch, now: Time, given: Time) {
        let is_new = self.meet(epoch).await;
        let Some(leader) = &mut self.leader else { return };
        let was_silent = leader.silence_told;
        if leader.sign.is_none_or(|(before, _)| before != given) {
            leader.sign = Some((given, now));
            leader.silence_told = false;
        }
        if is_new {
            let ago = Human(seconds(now.since(given)));
            let sentence = format!("standing by for {}, last sign of life {ago} ago", leader.name);
            self.say(Level::Info, sentence);
        } else if was_silent && !leader.silence_told {
            let sentence = format!("{} gives signs of life again", leader.name);
            self.say(Level::Info, sentence);
        }
    }

    /// A look at the leader is complete.
    async fn look(&mut self, epoch: Epoch, now: Time) {
        if self.patience.was_told() {
            self.say(Level::Info, format!("the store {} answers again", self.store.url()));
        }
        self.patience = Patience::default();
        let (url, timeout) = (self.store.url(), Human(self.timeout));
        if self.meet(epoch).await {
            let sentence = match (epoch, &self.leader) {
                (Epoch(0), _) | (_, None) => {
                    format!("nobody has led the store {url} yet; taking over if nobody does within {timeout}")
                }
                (_, Some(leader)) => format!(
                    "standing by for {}, which gives no signs of life; taking over if its log does not grow for \
                     {timeout}",
                    leader.name
                ),
            };
            return self.say(Level::Info, sentence);
        }
        let Some(leader) = &mut self.leader else { return };
        let silent = leader.sign.map_or(Duration::ZERO, |(_, seen)| now.since(seen));
        if silent >= self.timeout / 2 && !leader.silence_told {
            leader.silence_told = true;
            let silent = Human(seconds(silent));
            let sentence =
                format!("{} has been silent for {silent}; taking over after {timeout}", leader.name);
            self.say(Level::Warning, sentence);
        }
    }

    fn take_over(&self) {
        let timeout = Human(self.timeout);
        let sentence = match self.leader.as_ref().filter(|leader| leader.epoch.0 > 0) {
            Some(leader) => format!("taking over from {}: it was silent for {timeout}", leader.name),
            None => format!("taking over the store {}: nobody leads it", self.store.url()),
        };
        self.say(Level::Warning, sentence);
    }

    /// Trouble with the store is no silence.
    async fn trouble(&mut self, problem: &str) {
        if self.patience.is_worth_a_word() {
            let sentence =
                format!("cannot see from the store {} whether it is led: {problem}", self.store.url());
            self.say(Level::Warning, sentence);
        }
        self.patience.wait().await;
    }
}
