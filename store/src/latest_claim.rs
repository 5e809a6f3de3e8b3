//! Who reigns over a store: for standbys, workers and clients that look for the coordinator.

use crate::Error;
use crate::store::Store;
use godwit_checkpoint::{Answer, Claim, Operation, claim_key};
use godwit_common::ids::Epoch;

const CLAIMS: &str = "epoch/";

impl Store {
    /// The claim of the newest epoch, if there is any. A listing says where to begin to look; claims are dense and are
    /// never removed, so looking upwards from there finds the newest even if the listing is old.
    ///
    /// # Errors
    /// [`Error::Away`] if the store does not answer, or the newest claim is damaged.
    pub async fn get_latest_claim(&self) -> Result<Option<Claim>, Error> {
        let mut newest = None;
        let mut epoch = self.listed_epoch().await?.unwrap_or(Epoch(1));
        loop {
            let key = claim_key(epoch);
            match self.perform(Operation::Get { key: key.clone() }).await? {
                Answer::Found(bytes) => {
                    let claim = Claim::decode(epoch, &bytes);
                    newest = Some(claim.map_err(|fault| self.away(format!("{key} is damaged: {fault}"))));
                }
                Answer::Missing => return newest.transpose(),
                Answer::Failed(problem) | Answer::Unknown(problem) => return Err(self.away(problem)),
                other => return Err(self.away(format!("it answered a read of {key} with {other:?}"))),
            }
            epoch = Epoch(epoch.0 + 1);
        }
    }

    async fn listed_epoch(&self) -> Result<Option<Epoch>, Error> {
        let list = Operation::List { prefix: CLAIMS.to_owned(), after: None };
        match self.perform(list).await? {
            Answer::Listed(keys) => Ok(keys.iter().filter_map(|key| parse(key)).max()),
            Answer::Failed(problem) | Answer::Unknown(problem) => Err(self.away(problem)),
            other => Err(self.away(format!("it answered a listing with {other:?}"))),
        }
    }
}

/// The epoch of a claim's key. The last of all numbers is nobody's, so that there is always a next one to look for.
fn parse(key: &str) -> Option<Epoch> {
    let epoch = Epoch(key.strip_prefix(CLAIMS)?.parse().ok()?);
    (claim_key(epoch) == key && epoch.0 < u32::MAX).then_some(epoch)
}
