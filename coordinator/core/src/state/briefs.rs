//! What is remembered of tasks that succeeded: about thirty bytes each, none before; with a key about sixty, and about
//! fifty for each output.
//!
//! Each brief is encoded on its own into the bytes of its chunk of neighbouring tasks.

use godwit_common::ids::{Attempt, WorkerId};
use godwit_common::memo::{Memo, Origin};
use godwit_common::outcome::Usage;
use godwit_common::time::Time;
use serde::{Deserialize, Serialize};

/// Tasks in one chunk.
const CHUNK_TASKS: u32 = 256;

/// The offset of a brief that is not there.
const NONE: u32 = u32::MAX;

/// How a task succeeded, and what it left behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Brief {
    pub(crate) how: How,
    pub(crate) made: Option<Made>,
}

/// By which way a task succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum How {
    /// This attempt at it succeeded.
    Ran(Ran),
    /// It took this result.
    Reused(Origin),
}

/// The attempt that succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ran {
    pub(crate) worker: WorkerId,
    pub(crate) attempt: Attempt,
    pub(crate) usage: Option<Usage>,
}

/// What a success left behind, for tasks that need it or would compute the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Made {
    pub(crate) memo: Memo,
    /// When.
    pub(crate) at: Time,
}

impl Brief {
    /// The attempt that succeeded, if the task ran.
    pub(crate) fn ran(self) -> Option<Ran> {
        match self.how {
            How::Ran(ran) => Some(ran),
            How::Reused(_) => None,
        }
    }
}

/// The briefs of one group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Briefs {
    chunks: Vec<Option<Box<Chunk>>>,
}

#[derive(Clone, Debug)]
struct Chunk {
    offsets: Box<[u32]>,
    bytes: Vec<u8>,
    missing: u32,
}

impl Briefs {
    /// Remembers the brief of the task at `position` in a group of `tasks`.
    pub(crate) fn set(&mut self, position: u32, tasks: u32, brief: &Brief) {
        let (index, offset) = place(position);
        if self.chunks.is_empty() {
            self.chunks.resize(tasks.div_ceil(CHUNK_TASKS) as usize, None);
        }
        let width = CHUNK_TASKS.min(tasks - position / CHUNK_TASKS * CHUNK_TASKS);
        self.chunks[index].get_or_insert_with(|| Box::new(Chunk::new(width))).push(offset, brief);
    }

    /// Bytes that are taken up.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let chunks = self.chunks.iter().flatten();
        let sizes = chunks.map(|chunk| size_of::<Chunk>() + chunk.offsets.len() * 4 + chunk.bytes.capacity());
        self.chunks.len() * size_of::<usize>() + sizes.sum::<usize>()
    }

    /// The brief of the task at `position`, if it has one.
    pub(crate) fn get(&self, position: u32) -> Option<Brief> {
        let (index, offset) = place(position);
        self.chunks.get(index)?.as_ref()?.get(offset)
    }
}

fn place(position: u32) -> (usize, usize) {
    ((position / CHUNK_TASKS) as usize, (position % CHUNK_TASKS) as usize)
}

/// The same briefs, in whatever order they were set.
impl PartialEq for Chunk {
    fn eq(&self, other: &Chunk) -> bool {
        let mut offsets = 0..self.offsets.len();
        self.offsets.len() == other.offsets.len()
            && offsets.all(|offset| self.get(offset) == other.get(offset))
    }
}

impl Eq for Chunk {}

impl Chunk {
    fn new(width: u32) -> Chunk {
        Chunk { offsets: vec![NONE; width as usize].into(), bytes: Vec::new(), missing: width }
    }

    fn get(&self, offset: usize) -> Option<Brief> {
        let start = *self.offsets.get(offset)?;
        let bytes = self.bytes.get(start as usize..)?;
        postcard::take_from_bytes(bytes).ok().map(|(brief, _)| brief)
    }

    fn push(&mut self, offset: usize, brief: &Brief) {
        let start = u32::try_from(self.bytes.len()).unwrap_or(NONE);
        if self.offsets[offset] == NONE {
            self.missing -= 1;
        }
        self.offsets[offset] = start;
        let bytes = std::mem::take(&mut self.bytes);
        self.bytes = postcard::to_extend(brief, bytes).expect("plain data encodes into memory");
        if self.missing == 0 {
            self.bytes.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use godwit_common::ids::Epoch;

    fn brief(worker: u32) -> Brief {
        let attempt = Attempt { epoch: Epoch(1), number: worker + 1 };
        Brief { how: How::Ran(Ran { worker: WorkerId(worker), attempt, usage: None }), made: None }
    }

    #[test]
    fn what_is_set_is_found_and_nothing_else() {
        let mut briefs = Briefs::default();
        let tasks = 600;
        for position in (0..tasks).step_by(7) {
            briefs.set(position, tasks, &brief(position));
        }
        briefs.set(7, tasks, &brief(1000));
        for position in 0..tasks + 300 {
            let expected = match position {
                7 => Some(brief(1000)),
                _ if position < tasks && position % 7 == 0 => Some(brief(position)),
                _ => None,
            };
            assert_eq!(briefs.get(position), expected, "{position}");
        }
    }

    #[test]
    fn a_single_task_costs_no_whole_chunk() {
        let mut briefs = Briefs::default();
        briefs.set(0, 1, &brief(1));
        assert_eq!(briefs.chunks[0].as_ref().unwrap().offsets.len(), 1);
    }
}
