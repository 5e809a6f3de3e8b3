//! Replay of the log into a core, on a thread of its own: a long log must not hold up what else there is to do, and the
//! next object is read while the last one is applied.

use crate::Error;
use godwit_checkpoint::Chunk;
use godwit_coordinator_core::{Core, Record};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

/// Chunks that wait to be applied. Each may take tens of megabytes.
const CHUNKS_MAX: usize = 2;

/// Applies chunks in their order. Dropped, it stops after the chunk that it is at.
#[derive(Debug)]
pub(crate) struct Replay {
    chunks: mpsc::Sender<Chunk>,
    thread: JoinHandle<Result<Core, Error>>,
}

/// A chunk could not be applied, or one before it; [`Replay::finish`] says why.
#[derive(Debug)]
pub(crate) struct Stopped;

impl Replay {
    /// Into `core`, which knows nothing; `url` is that of the store.
    pub(crate) fn new(mut core: Core, url: String) -> Replay {
        let (chunks, mut queue) = mpsc::channel::<Chunk>(CHUNKS_MAX);
        let thread = spawn_blocking(move || {
            while let Some(chunk) = queue.blocking_recv() {
                apply(&mut core, &url, &chunk)?;
            }
            Ok(core)
        });
        Replay { chunks, thread }
    }

    /// Hands over the next chunk.
    pub(crate) async fn apply(&self, chunk: Chunk) -> Result<(), Stopped> {
        self.chunks.send(chunk).await.map_err(|_| Stopped)
    }

    /// Waits until all are applied.
    pub(crate) async fn finish(self) -> Result<Core, Error> {
        drop(self.chunks);
        self.thread.await.unwrap_or(Err(Error::Vanished))
    }
}

fn apply(core: &mut Core, url: &str, chunk: &Chunk) -> Result<(), Error> {
    let place = || (url.to_owned(), chunk.summary.key.clone());
    for bytes in &chunk.records {
        let record = Record::decode(bytes).map_err(|source| {
            let (url, key) = place();
            Error::Record { url, key, source }
        })?;
        core.replay(&record).map_err(|source| {
            let (url, key) = place();
            Error::Replay { url, key, source }
        })?;
    }
    Ok(())
}
