//! The value of a task: what it wrote to its standard output, without trailing newlines.

use super::OutputPlace;
use super::program::cause;
use godwit_common::limits::VALUE_BYTES_MAX;
use godwit_common::size::Size;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

/// Newlines after a value of the largest size that are still read, and left out.
const NEWLINES_MAX: u64 = 4096;

/// Reads the value, or says in one sentence why there is none. It blocks.
pub(crate) fn capture(place: &OutputPlace) -> Result<Arc<str>, String> {
    let unreadable = |error: io::Error| {
        format!("its standard output in {} cannot be read: {}", place.path.display(), cause(&error))
    };
    let mut file = File::open(&place.path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(format!("its standard output went to {}, which keeps nothing", place.path.display()));
    }
    let length = place.length.unwrap_or_else(|| metadata.len().saturating_sub(place.offset));
    if length > VALUE_BYTES_MAX as u64 + NEWLINES_MAX {
        return Err(too_large(length));
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(place.offset)).map_err(unreadable)?;
    file.take(length).read_to_end(&mut bytes).map_err(unreadable)?;
    let end = bytes.iter().rposition(|byte| *byte != b'\n').map_or(0, |last| last + 1);
    bytes.truncate(end);
    if bytes.len() > VALUE_BYTES_MAX {
        return Err(too_large(bytes.len() as u64));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("its standard output is not text in UTF-8, as byte {at} shows; write such data to a file")
    })?;
    Ok(text.into())
}

fn too_large(bytes: u64) -> String {
    let most = Size(VALUE_BYTES_MAX as u64);
    format!("its standard output has {bytes} bytes, and a value has at most {most}; write more to a file")
}
