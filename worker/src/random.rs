//! Chance: a life's token, and the jitter of waits.

use godwit_common::ids::Token;
use std::time::Duration;

/// Drawn once for each start of a worker.
pub(crate) fn token() -> Result<Token, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(Token(u128::from_le_bytes(bytes)))
}

/// Between half of `span` and all of it. Without a source of chance, all of it.
pub(crate) fn jitter(span: Duration) -> Duration {
    let permille = getrandom::u32().map_or(1000, |drawn| 500 + drawn % 501);
    span * permille / 1000
}
