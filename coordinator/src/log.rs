//! The checkpoint writer with its store: one operation under way, back-off when the store is in trouble.

use crate::Error;
use godwit_checkpoint::{Answer, Position, Progress, Writer};
use godwit_common::ids::Token;
use godwit_store::Store;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::Instant;

/// First wait after trouble; doubled up to [`BACKOFF_MAX`], and shortened at random by up to a half.
const BACKOFF_MIN: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(10);

/// How often an idle coordinator looks whether it was fenced.
const LOOK_PERIOD: Duration = Duration::from_secs(5);

type Flight = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send>>;

/// Appends records and makes them durable.
pub(crate) struct Log {
    writer: Writer,
    store: Store,
    flight: Option<Flight>,
    resume_at: Option<Instant>,
    backoff: Backoff,
    look_at: Instant,
}

/// What became of the log.
#[derive(Debug)]
pub(crate) enum News {
    /// Everything up to here is durable.
    Durable(Position),
    /// The store is in trouble; the log goes on trying.
    Trouble(String),
}

impl Log {
    pub(crate) fn new(writer: Writer, store: Store) -> Log {
        let look_at = Instant::now() + LOOK_PERIOD;
        Log { writer, store, flight: None, resume_at: None, backoff: Backoff::default(), look_at }
    }

    pub(crate) fn append(&mut self, record: &[u8]) -> Result<Position, Error> {
        let url = self.store.url().to_owned();
        self.writer.append(record).map_err(|refusal| Error::Refused { url, refusal })
    }

    /// Bytes that wait for the store.
    pub(crate) fn lag_bytes(&self) -> u64 {
        self.writer.lag_bytes()
    }

    /// Goes on until there is news. Nothing is lost if the future is dropped; an append is noticed by the next call.
    pub(crate) async fn progress(&mut self) -> Result<News, Error> {
        loop {
            if let Some(at) = self.resume_at {
                tokio::time::sleep_until(at).await;
                self.resume_at = None;
            }
            let answer = match &mut self.flight {
                Some(flight) => flight.await?,
                None => {
                    self.take_off().await;
                    continue;
                }
            };
            self.flight = None;
            if let Some(news) = self.judge(answer)? {
                return Ok(news);
            }
        }
    }

    /// Puts the next operation under way, waiting for the time of the next look if there is none.
    async fn take_off(&mut self) {
        let mut operation = self.writer.next_operation(nonce());
        if operation.is_none() {
            tokio::time::sleep_until(self.look_at).await;
            operation = self.writer.look();
            self.look_at = Instant::now() + LOOK_PERIOD;
        }
        if let Some(operation) = operation {
            let store = self.store.clone();
            self.flight = Some(Box::pin(async move { Ok(store.perform(operation).await?) }));
        }
    }

    fn judge(&mut self, answer: Answer) -> Result<Option<News>, Error> {
        let url = || self.store.url().to_owned();
        match self.writer.answer(answer) {
            Progress::Durable(position) => {
                self.backoff = Backoff::default();
                Ok(Some(News::Durable(position)))
            }
            Progress::Pending => Ok(None),
            Progress::Retry(reason) => {
                self.resume_at = Some(Instant::now() + self.backoff.next());
                Ok(Some(News::Trouble(reason)))
            }
            Progress::Fenced(seal) => Err(Error::Fenced { url: url(), successor: Box::new(seal) }),
            Progress::Refused(refusal) => Err(Error::Refused { url: url(), refusal }),
        }
    }
}

/// Exponential back-off with jitter.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    tries: u32,
}

impl Backoff {
    pub(crate) fn next(&mut self) -> Duration {
        let full = BACKOFF_MIN.saturating_mul(1 << self.tries.min(16)).min(BACKOFF_MAX);
        self.tries += 1;
        let byte = nonce().0.to_le_bytes()[0];
        full - full.mul_f64(f64::from(byte) / 512.0)
    }
}

/// 128 random bits.
pub(crate) fn nonce() -> Token {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    Token(u128::from_le_bytes(bytes))
}
