//! Signs of life of a coordinator on a network, by which a standby knows that it is not needed.

use crate::clock::Clock;
use godwit_checkpoint::{Alive, Answer, Operation, alive_key};
use godwit_common::ids::{Epoch, Token};
use godwit_store::Store;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// Gives a sign once a `period`, for ever. A store that does not take one takes the next, or a standby takes over.
pub(crate) async fn keep_alive(store: Store, clock: Clock, epoch: Epoch, nonce: Token, period: Duration) {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for counter in 1.. {
        ticks.tick().await;
        let alive = Alive { epoch, nonce, counter, time: clock.now() };
        let sign = Operation::Replace { key: alive_key(epoch), body: alive.encode() };
        match store.perform(sign).await {
            Ok(Answer::Replaced) => {}
            Ok(answer) => tracing::debug!("a sign of life was not taken: {answer:?}"),
            Err(error) => tracing::debug!("a sign of life was not taken: {error}"),
        }
    }
}
