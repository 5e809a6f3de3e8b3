//! Looks for a coordinator that was there and is gone: it may be started again, here or elsewhere.

use super::{Client, Failure};
use crate::chance;
use crate::cluster::Cluster;
use crate::errors::Error;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A coordinator that is away for longer than this needs a person.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Wait before the first new try; doubled for each further one.
const DELAY_MIN: Duration = Duration::from_millis(200);

/// The wait is never longer than this.
const DELAY_MAX: Duration = Duration::from_secs(5);

/// Tries to connect until somebody is there, or patience ends; `tell` hears what users should know.
///
/// # Errors
/// The last reason, or the first that trying again cannot mend.
pub(crate) async fn find_again(
    cluster: &Cluster,
    lost: &Error,
    tell: impl Fn(&str),
) -> Result<Client, Error> {
    let patience = godwit_common::duration::Human(PATIENCE);
    tell(&format!("lost the coordinator ({lost}); looking for it again for {patience}"));
    let end = Instant::now() + PATIENCE;
    let mut delay = DELAY_MIN;
    loop {
        sleep(chance::jitter(delay)).await;
        delay = (delay * 2).min(DELAY_MAX);
        match Client::connect(cluster).await {
            Ok(client) => {
                tell("the coordinator is back");
                return Ok(client);
            }
            Err(Failure::Lost(_)) if Instant::now() < end => {}
            Err(failure) => return Err(failure.into()),
        }
    }
}
