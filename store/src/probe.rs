//! Does a server create objects atomically? It is asked to: two at once, and one more behind them.
//!
//! Some servers ignore the condition and overwrite; others look first and write then. The former are found for sure, the
//! latter with good chances. It costs a handful of small requests.

use crate::Error;
use crate::driver::Driver;
use crate::fault::Fault;
use bytes::Bytes;
use godwit_checkpoint::Answer;
use godwit_common::ids::Token;
use std::time::Duration;
use tokio::time::Instant;

/// Races: a server that looks first and writes then is unlikely to win all of them.
const RACES: u32 = 3;

/// A race that nobody wins is run again, as servers may refuse both when they cannot decide.
const UNDECIDED_MAX: u32 = 10;

/// Wait between tries; twice as long each time.
const BACKOFF_MIN: Duration = Duration::from_millis(100);

/// Asks.
///
/// # Errors
/// [`Error::NotAtomic`] if it does not, [`Error::Away`] if it could not be asked.
pub(crate) async fn run(url: &str, driver: &Driver) -> Result<(), Error> {
    let away = |problem| Error::Away { url: url.to_owned(), problem };
    let end = Instant::now() + driver.timeout;
    let mut backoff = BACKOFF_MIN;
    loop {
        match races(driver).await {
            Ok(()) => return Ok(()),
            Err(Trouble::NotAtomic(found)) => return Err(Error::NotAtomic { url: url.to_owned(), found }),
            Err(Trouble::Fault(Fault::Unsupported(found))) => {
                return Err(Error::NotAtomic { url: url.to_owned(), found });
            }
            Err(Trouble::Fault(Fault::Passing(problem) | Fault::Unknown(problem))) => {
                if Instant::now() + backoff >= end {
                    return Err(away(problem));
                }
                tracing::info!("the store {url} is in trouble: {problem}");
                tokio::time::sleep(backoff).await;
                backoff *= 2;
            }
            Err(Trouble::Fault(fault)) => return Err(away(fault.sentence())),
        }
    }
}

enum Trouble {
    NotAtomic(String),
    Fault(Fault),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Trouble {
        Trouble::Fault(fault)
    }
}

async fn races(driver: &Driver) -> Result<(), Trouble> {
    let mut decided = 0;
    for _ in 0..UNDECIDED_MAX {
        let key = format!("probe/{:032x}", nonce().0);
        let outcome = race(driver, &key, decided == 0).await;
        // What is left over when this fails is a few bytes that nobody reads.
        let deleted = driver.delete(&key).await;
        if outcome? {
            deleted?;
            decided += 1;
        }
        if decided == RACES {
            return Ok(());
        }
    }
    Err(Trouble::NotAtomic(format!(
        "it refused {UNDECIDED_MAX} times to create an object that was not there"
    )))
}

/// One race for a key; whether it was won. `third` adds a create that has to lose.
async fn race(driver: &Driver, key: &str, third: bool) -> Result<bool, Trouble> {
    let bodies = ["one", "two", "three"].map(|name| Bytes::from(format!("godwit asks: {name}, {key}")));
    let [one, two, three] = &bodies;
    let (first, second) = tokio::join!(driver.create(key, one.clone()), driver.create(key, two.clone()));
    let (first, second) = (first? == Answer::Created, second? == Answer::Created);
    if first && second {
        return Err(overwrote("two creations of one object at the same time were both acknowledged"));
    }
    let found = driver.get(key).await?;
    let expected = match (first, second, &found) {
        (true, _, _) => one,
        (_, true, _) => two,
        (_, _, Answer::Missing) => return Ok(false),
        // The answer of the winner was lost, and its second try found the first.
        (_, _, Answer::Found(body)) if body == one => one,
        _ => two,
    };
    if found != Answer::Found(expected.clone()) {
        return Err(overwrote("of two creations of one object, not the one that was acknowledged was kept"));
    }
    if third {
        let created = driver.create(key, three.clone()).await? == Answer::Created;
        if created || driver.get(key).await? != found {
            return Err(overwrote("it overwrote an object when asked to create one only if there is none"));
        }
    }
    Ok(true)
}

fn overwrote(found: &str) -> Trouble {
    Trouble::NotAtomic(found.to_owned())
}

/// 128 random bits.
pub(crate) fn nonce() -> Token {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    Token(u128::from_le_bytes(bytes))
}
