//! The only source of randomness of the command line.

use crate::errors::Error;
use godwit_common::ids::Token;
use std::time::Duration;

/// 128 bits that nobody else draws.
///
/// # Errors
/// If the system has none to give.
pub(crate) fn token() -> Result<Token, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::infrastructure(format!("the system gives no random numbers: {error}")))?;
    Ok(Token(u128::from_le_bytes(bytes)))
}

/// Between half of `delay` and all of it, so that many who wait do not come back together.
pub(crate) fn jitter(delay: Duration) -> Duration {
    // Without randomness the waits are merely less spread.
    let share = getrandom::u32().unwrap_or(u32::MAX);
    delay.mul_f64(0.5 + 0.5 * f64::from(share) / f64::from(u32::MAX))
}
