//! The checkpoint writer with its store: one operation under way, back-off when the store is in trouble, and a look at
//! the next slot now and then, by which a coordinator knows that it still leads.

use crate::Error;
use crate::backoff::{Backoff, nonce};
use crate::clock::{Clock, Moment};
use crate::lease::Lease;
use godwit_checkpoint::{Answer, Position, Progress, Slot, Weight, Writer};
use godwit_store::Store;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::Instant;

/// How often an idle coordinator looks whether it was fenced, at least.
const LOOK_PERIOD: Duration = Duration::from_secs(5);

type Answering = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send>>;

/// Appends records and makes them durable.
pub(crate) struct Log {
    writer: Writer,
    store: Store,
    clock: Clock,
    lease: Lease,
    flight: Option<Flight>,
    resume_at: Option<Instant>,
    backoff: Backoff,
    look_period: Duration,
    look_at: Instant,
    troubled: bool,
}

/// The one operation that is under way.
struct Flight {
    answering: Answering,
    begun: Moment,
    /// Whether it concerns a slot of the log, rather than a blob.
    is_slot: bool,
}

/// What became of the log.
#[derive(Debug)]
pub(crate) enum News {
    /// Everything up to here is durable.
    Durable(Position),
    /// The store is in trouble; the log goes on trying.
    Trouble(String),
    /// The trouble is over, and there was nothing to write.
    Well,
}

impl Log {
    /// The log of a coordinator whose standing `lease` is told. It looks whether it was fenced at least once a
    /// `look_period`.
    pub(crate) fn new(
        writer: Writer,
        store: Store,
        clock: Clock,
        lease: Lease,
        look_period: Duration,
    ) -> Log {
        Log {
            writer,
            store,
            clock,
            lease,
            flight: None,
            resume_at: None,
            backoff: Backoff::default(),
            look_period: look_period.min(LOOK_PERIOD),
            // Nothing is confirmed before the first look.
            look_at: Instant::now(),
            troubled: false,
        }
    }

    pub(crate) fn append(&mut self, record: &[u8]) -> Result<Position, Error> {
        let url = self.store.url().to_owned();
        self.writer.append(record).map_err(|refusal| Error::Refused { url, refusal: Box::new(refusal) })
    }

    /// Puts a large value into the store before anything that is appended after it.
    pub(crate) fn append_blob(&mut self, value: &str) -> Result<(), Error> {
        let url = self.store.url().to_owned();
        let appended = self.writer.append_blob(value.as_bytes());
        appended.map(drop).map_err(|refusal| Error::Refused { url, refusal: Box::new(refusal) })
    }

    /// Bytes that wait for the store.
    pub(crate) fn lag_bytes(&self) -> u64 {
        self.writer.lag_bytes()
    }

    /// Records that wait for the store.
    pub(crate) fn lag_records(&self) -> u64 {
        self.writer.lag_records()
    }

    /// The log itself, for whoever has to know how it stands.
    pub(crate) fn writer(&self) -> &Writer {
        &self.writer
    }

    /// A base was made, which covers what came since the one before when its making began.
    pub(crate) fn based(&mut self, covered: Weight, base: Weight) {
        self.writer.based(covered, base);
    }

    /// Goes on until there is news. Nothing is lost if the future is dropped; an append is noticed by the next call.
    pub(crate) async fn progress(&mut self) -> Result<News, Error> {
        loop {
            if let Some(at) = self.resume_at {
                tokio::time::sleep_until(at).await;
                self.resume_at = None;
            }
            let Some(flight) = &mut self.flight else {
                self.take_off().await;
                continue;
            };
            let answer = flight.answering.as_mut().await?;
            if let Some(flight) = self.flight.take() {
                self.note(&flight, &answer);
            }
            if let Some(news) = self.judge(answer)? {
                return Ok(news);
            }
        }
    }

    /// Puts the next operation under way, waiting for the time of the next look if there is none.
    async fn take_off(&mut self) {
        let mut operation = self.writer.next_operation(nonce(), self.clock.now());
        if operation.is_none() {
            tokio::time::sleep_until(self.look_at).await;
            operation = self.writer.look();
            self.look_at = Instant::now() + self.look_period;
        }
        if let Some(operation) = operation {
            let store = self.store.clone();
            let is_slot = Slot::parse(operation.key()).is_some();
            let answering = Box::pin(async move { Ok(store.perform(operation).await?) });
            self.flight = Some(Flight { answering, begun: Moment::now(), is_slot });
        }
    }

    /// Our next slot was still free after the operation began, or became ours: the log is ours to write.
    fn note(&self, flight: &Flight, answer: &Answer) {
        if flight.is_slot && matches!(answer, Answer::Created | Answer::Missing) {
            self.lease.confirm(flight.begun);
        }
    }

    fn judge(&mut self, answer: Answer) -> Result<Option<News>, Error> {
        let url = || self.store.url().to_owned();
        match self.writer.answer(answer) {
            Progress::Durable(position) => {
                self.backoff = Backoff::default();
                self.troubled = false;
                Ok(Some(News::Durable(position)))
            }
            Progress::Pending if self.troubled && self.writer.lag_records() == 0 => {
                self.backoff = Backoff::default();
                self.troubled = false;
                Ok(Some(News::Well))
            }
            Progress::Pending => Ok(None),
            Progress::Retry(reason) => {
                let resume_at = Instant::now() + self.backoff.next();
                self.resume_at = Some(resume_at);
                self.look_at = self.look_at.min(resume_at);
                self.troubled = true;
                self.lease.doubt();
                Ok(Some(News::Trouble(reason)))
            }
            Progress::Fenced(seal) => Err(Error::Fenced { url: url(), successor: Box::new(seal) }),
            Progress::Refused(refusal) => Err(Error::Refused { url: url(), refusal: Box::new(refusal) }),
        }
    }
}
