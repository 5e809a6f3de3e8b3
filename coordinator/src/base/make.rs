//! The making of one base: read the store, replay, put the records of the state, and delete what they stand for. One
//! operation of the store at a time, so that the log hardly notices.

use super::{Failure, Made, Workshop};
use crate::backoff::{Patience, nonce};
use crate::replay::Replay;
use godwit_checkpoint::{
    Answer, BaseWriter, Collecting, Collector, Keep, Making, Operation, Point, ReadStep, Reader, Weight,
};
use godwit_common::ids::Sequence;
use godwit_coordinator_core::Core;
use godwit_store::Store;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

/// A store that is in trouble for this long gets no base now.
const TROUBLE_MAX: Duration = Duration::from_secs(5 * 60);

/// Encoded records that wait for their part. Each may be about a mebibyte.
const RECORDS_MAX: usize = 8;

/// A store of which nothing is urgent.
struct Patient<'a> {
    store: &'a Store,
    patience: Patience,
}

impl Patient<'_> {
    async fn perform(&mut self, operation: Operation) -> Result<Answer, Failure> {
        let answer = self.store.perform(operation).await.map_err(|error| Failure(error.to_string()))?;
        if !matches!(answer, Answer::Failed(_) | Answer::Unknown(_)) {
            self.patience = Patience::default();
        }
        Ok(answer)
    }

    async fn wait(&mut self, reason: String) -> Result<(), Failure> {
        if self.patience.lasted() > TROUBLE_MAX {
            return Err(Failure(reason));
        }
        tracing::debug!("a base has to wait for the store: {reason}");
        self.patience.wait().await;
        Ok(())
    }
}

/// Makes a base of the state after the increment `up_to`, and collects.
pub(super) async fn make(workshop: Workshop, up_to: Sequence) -> Result<Made, Failure> {
    let Workshop { store, clock, epoch, .. } = &workshop;
    let mut store = Patient { store, patience: Patience::default() };
    let (core, point) = read(&workshop, &mut store, up_to).await?;
    let writer = BaseWriter::new(point, *epoch, nonce(), clock.now());
    let Some(weight) = write(writer, &mut store, core).await? else {
        return Ok(Made::ByAnother);
    };
    let collector = Collector::new(Keep::Previous, *epoch, clock.now());
    // The base stands, whatever comes of this; the next collection does what is left.
    let deleted = match collect(collector, &mut store).await {
        Ok(deleted) => deleted,
        Err(failure) => {
            tracing::warn!("what a new base stands for was not deleted: {failure}");
            0
        }
    };
    Ok(Made::Base(weight, deleted))
}

/// The state after that increment, in a core of its own.
async fn read(
    workshop: &Workshop,
    store: &mut Patient<'_>,
    up_to: Sequence,
) -> Result<(Core, Point), Failure> {
    let fresh = || Replay::new((workshop.fresh)(), workshop.store.url().to_owned());
    let (mut reader, mut replay, mut answer) = (Reader::up_to(up_to), fresh(), None);
    loop {
        answer = match reader.step(answer) {
            ReadStep::Do(operation) => Some(store.perform(operation).await?),
            ReadStep::Retry { operation, reason } => {
                store.wait(reason).await?;
                Some(store.perform(operation).await?)
            }
            ReadStep::Read(chunk) => {
                if replay.apply(chunk).await.is_err() {
                    let stopped = || Failure("its replay broke off".to_owned());
                    return Err(replay.finish().await.err().map_or_else(stopped, Failure::from));
                }
                None
            }
            ReadStep::Restart => {
                replay = fresh();
                None
            }
            ReadStep::Done(point) => return Ok((replay.finish().await?, point)),
            ReadStep::Refused(refusal) => return Err(Failure(refusal.to_string())),
        };
    }
}

/// Puts the records of the state; what they weigh, or none if somebody else was faster.
async fn write(
    mut writer: BaseWriter,
    store: &mut Patient<'_>,
    core: Core,
) -> Result<Option<Weight>, Failure> {
    let mut records = encode(core);
    let mut more = true;
    loop {
        while more && writer.has_room() {
            match records.recv().await {
                Some(record) => writer.push(&record).map_err(|refusal| Failure(refusal.to_string()))?,
                None => {
                    more = false;
                    writer.finish();
                }
            }
        }
        let Some(operation) = writer.next_operation() else {
            return Err(Failure("it came to a standstill; this is a defect of godwit".to_owned()));
        };
        let answer = store.perform(operation).await?;
        match writer.answer(answer) {
            Making::Pending => {}
            Making::Retry(reason) => store.wait(reason).await?,
            Making::Complete(weight) => return Ok(Some(weight)),
            Making::Outrun(_) => return Ok(None),
            Making::Refused(refusal) => return Err(Failure(refusal.to_string())),
        }
    }
}

/// Encodes on a thread of its own, no faster than the records are taken. Ends when nobody takes them any more.
fn encode(core: Core) -> mpsc::Receiver<Vec<u8>> {
    let (sender, records) = mpsc::channel(RECORDS_MAX);
    spawn_blocking(move || {
        for record in core.base_records() {
            if sender.blocking_send(record.encode()).is_err() {
                return;
            }
        }
    });
    records
}

/// Deletes what bases stand for; says how many objects.
async fn collect(mut collector: Collector, store: &mut Patient<'_>) -> Result<u64, Failure> {
    let mut deleted = 0;
    while let Some(operation) = collector.next_operation() {
        let answer = store.perform(operation).await?;
        match collector.answer(answer) {
            Collecting::Pending => {}
            Collecting::Retry(reason) => store.wait(reason).await?,
            Collecting::Done(count) => deleted = count,
            Collecting::Refused(refusal) => return Err(Failure(refusal.to_string())),
        }
    }
    Ok(deleted)
}
