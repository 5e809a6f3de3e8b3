//! Which blobs a record names: what a store has to have for the record to be of use.

use super::{Base, Outcomes, Piece, Record};
use crate::state::Entry;
use godwit_common::memo::{ContentDigest, Memo, Value};

impl Record {
    /// Calls `found` with every blob that the record names.
    pub fn blobs(&self, found: &mut dyn FnMut(ContentDigest)) {
        match self {
            Record::Done { memo: Some(memo), .. } | Record::Reused { memo, .. } => blob(memo, found),
            Record::Imported { results, .. } => results.iter().for_each(|result| blob(&result.memo, found)),
            Record::Outcomes(outcomes) => each(outcomes, found),
            Record::Base(base) => kept(base, found),
            _ => {}
        }
    }
}

fn kept(Base(piece): &Base, found: &mut dyn FnMut(ContentDigest)) {
    match piece {
        Piece::Successes(outcomes) => each(outcomes, found),
        Piece::Results(entries) => {
            for entry in entries {
                if let Entry::Kept(kept) = entry {
                    blob(&kept.result.memo, found);
                }
            }
        }
        _ => {}
    }
}

fn each(outcomes: &Outcomes, found: &mut dyn FnMut(ContentDigest)) {
    outcomes.iter().for_each(|record| record.blobs(found));
}

fn blob(memo: &Memo, found: &mut dyn FnMut(ContentDigest)) {
    if let Some(Value::Blob { digest, .. }) = memo.value {
        found(digest);
    }
}
