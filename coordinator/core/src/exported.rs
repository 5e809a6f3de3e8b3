//! A result as an entry of an exported file: versioned like records, so that files move between versions.
//!
//! The file around the entries is the `checkpoint` crate's business.

use godwit_common::memo::Exported;

/// The format of the entries that this build writes. It goes up whenever the bytes of an entry change.
const FORMAT: u8 = 1;

/// Why bytes are not a result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportedError {
    /// They are of a format that this build does not read.
    #[error("a result of format {0}, and this build reads format {FORMAT}; upgrade")]
    Format(u8),
    /// They do not decode.
    #[error("a result that does not decode: {0}")]
    Malformed(postcard::Error),
    /// There are bytes left when the result is decoded.
    #[error("a result with {0} bytes too many")]
    Leftover(usize),
}

/// The entry's bytes: the format, then the result.
pub fn encode(result: &Exported) -> Vec<u8> {
    postcard::to_extend(result, vec![FORMAT]).expect("plain data encodes into memory")
}

/// Reads an entry back.
///
/// # Errors
/// [`ExportedError`] if the bytes are not exactly one result of a known format.
pub fn decode(bytes: &[u8]) -> Result<Exported, ExportedError> {
    let (format, body) = match bytes {
        [format, body @ ..] => (*format, body),
        [] => return Err(ExportedError::Format(0)),
    };
    if format != FORMAT {
        return Err(ExportedError::Format(format));
    }
    let (result, rest) = postcard::take_from_bytes(body).map_err(ExportedError::Malformed)?;
    match rest.len() {
        0 => Ok(result),
        bytes => Err(ExportedError::Leftover(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use godwit_common::ids::WorkflowId;
    use godwit_common::memo::{ContentDigest, Memo, MemoKey, Origin, OutputState, Stamp, Value};
    use godwit_common::time::Time;
    use proptest::prelude::*;

    fn results() -> [Exported; 2] {
        let origin = Origin {
            workflow: WorkflowId(3),
            workflow_name: "variant-calling".to_owned(),
            group: "align".to_owned(),
            position: 12,
            source: None,
            at: Time(1_790_000_000_000_000),
        };
        let state = OutputState { digest: ContentDigest([7; 32]), stamp: Stamp { size: 300, modified: -1 } };
        let memo = Memo { key: Some(MemoKey([9; 32])), outputs: vec![state], value: None };
        let value = Value::Inline("42".into());
        let captured = Memo { key: Some(MemoKey([8; 32])), outputs: Vec::new(), value: Some(value) };
        let foreign = Origin { source: Some("s3://lab/runs".to_owned()), ..origin.clone() };
        [Exported { memo, origin }, Exported { memo: captured, origin: foreign }]
    }

    /// Once written, they never change: a new layout takes a new format.
    #[test]
    fn golden_bytes() {
        let text: String = results().iter().map(|result| hex(&encode(result)) + "\n").collect();
        insta::assert_snapshot!(text);
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn entries_are_read_back_and_others_are_refused() {
        for result in results() {
            let bytes = encode(&result);
            assert_eq!(decode(&bytes), Ok(result));
            assert_eq!(decode(&[&bytes[..], b"x"].concat()), Err(ExportedError::Leftover(1)));
            assert!(matches!(decode(&bytes[..bytes.len() - 1]), Err(ExportedError::Malformed(_))));
            assert_eq!(decode(&[&[9], &bytes[1..]].concat()), Err(ExportedError::Format(9)));
        }
        assert_eq!(decode(b""), Err(ExportedError::Format(0)));
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }
}
