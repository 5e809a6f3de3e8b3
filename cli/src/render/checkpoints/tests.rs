//! Snapshots of what people read.

use super::super::samples::{LOOK, NOW};
use super::*;

fn increment(sequence: u64, contents: Contents) -> Checkpoint {
    Checkpoint {
        key: format!("log/0000000001/{sequence:020}"),
        kind: "increment",
        sequence: Some(Sequence(sequence)),
        epoch: Some(Epoch(1)),
        time: Some(NOW),
        records: 123,
        bytes: 40_000,
        stored_bytes: 2_100,
        contents,
    }
}

fn contents() -> Contents {
    Contents { submissions: 1, outcomes: 120, reused: 40, retries: 2, ..Contents::default() }
}

#[test]
fn a_list() {
    let base = Checkpoint { kind: "base", key: "base/0000000001".to_owned(), ..increment(12, contents()) };
    let seal = Checkpoint { kind: "seal", records: 0, ..increment(14, Contents::default()) };
    let old = Checkpoint { time: None, ..increment(15, Contents { outcomes: 1, ..Contents::default() }) };
    let checkpoints_ = vec![base, increment(13, contents()), seal, old];
    let total = Total { objects: 9, records: 500, bytes: 160_000, stored_bytes: 8_400, contents: contents() };
    let list =
        CheckpointList { store: "file:///a/state".to_owned(), checkpoints: checkpoints_, left_out: 5, total };
    insta::assert_snapshot!(checkpoints(&list, LOOK));
}

#[test]
fn one_checkpoint() {
    let details = CheckpointDetails {
        store: "file:///a/state".to_owned(),
        checkpoint: increment(13, contents()),
        digest: "ab".repeat(32),
        previous: Some(Previous {
            key: "log/0000000001/00000000000000000012".to_owned(),
            digest: "cd".repeat(32),
        }),
        maker: Some(Maker {
            host: "login1".to_owned(),
            address: "10.0.0.1:7000".to_owned(),
            version: "0.1.0".to_owned(),
        }),
        record_list: vec!["task 7/align[12] succeeded on w3 after 2.1s".to_owned()],
        left_out: 122,
    };
    insta::assert_snapshot!(checkpoint(&details, LOOK));
}

#[test]
fn a_damaged_store() {
    let found = Verification {
        store: "file:///a/state".to_owned(),
        whole: false,
        objects: 14,
        stored_bytes: 9_000,
        usable: Some(Sequence(12)),
        accept_loss_after: Some(Sequence(12)),
        faults: vec![Finding {
            key: "log/0000000001/00000000000000000013".to_owned(),
            fault: "its checksum differs, so its bytes were damaged; restore it from a copy of the store"
                .to_owned(),
        }],
        strays: vec!["log/notes.txt".to_owned()],
    };
    insta::assert_snapshot!(verification(&found, LOOK));
    let whole = Verification { whole: true, faults: vec![], strays: vec![], ..found };
    assert_eq!(verification(&whole, LOOK), "whole: 14 objects, 8.7 KiB; the log is good up to 12\n");
}
