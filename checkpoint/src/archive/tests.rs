//! Files are read as they were written, whole or not at all, and in any pieces.

use super::*;
use proptest::prelude::*;

/// Of format 2, the first that had files.
const GOLDEN: &str = "676f64776974650269000000000000000000000000000000000000000000000000000000000000000000000000000000 \
    00000f66696c653a2f2f2f612f73746174650705302e312e3091feff09e91d4f4ed2bb140e09f9a5f968200fce6e12ac \
    4c71d5639d044a3dfb676f64776974650272000000000000000191feff09e91d4f4ed2bb140e09f9a5f968200fce6e12 \
    ac4c71d5639d044a3dfb011628b52ffd2016b1000003000000e9b2942a6f6e6503000000a3b3d85274776fc500fb26c2 \
    7180f097a8862dc5a8e65c6ebaea5b5db1a43c1a3d959c2e4c8f0a676f647769746502530000000000000002c500fb26 \
    c27180f097a8862dc5a8e65c6ebaea5b5db1a43c1a3d959c2e4c8f0a02029760b16aadca305c88854b98ef3d7e4b5342 \
    4c85a127eedb97e20ab1511e1643";

fn about() -> About {
    About { source: "file:///a/state".to_owned(), made: Time(7), software_version: "0.1.0".to_owned() }
}

fn file(entries: &[Vec<u8>]) -> Vec<u8> {
    let (mut encoder, mut out) = {
        let (encoder, first) = Encoder::new(about());
        (encoder, first.to_vec())
    };
    for entry in entries {
        out.extend(encoder.push(entry).expect("small").into_iter().flatten());
    }
    assert_eq!(encoder.entries(), entries.len() as u64);
    out.extend(encoder.finish().into_iter().flatten());
    out
}

/// Everything in a file that comes in pieces of `step` bytes.
fn read(bytes: &[u8], step: usize) -> Result<Vec<Vec<u8>>, ArchiveFault> {
    let mut decoder = Decoder::default();
    let mut entries = Vec::new();
    for piece in bytes.chunks(step) {
        decoder.feed(piece);
        while let Some(piece) = decoder.next_piece()? {
            match piece {
                Piece::About(found) => assert_eq!(found, about()),
                Piece::Entries(records) => entries.extend(records.iter().map(<[u8]>::to_vec)),
            }
        }
    }
    assert_eq!(decoder.finish()?, entries.len() as u64);
    Ok(entries)
}

fn check(bytes: &[u8], expected: &str) {
    assert_eq!(read(bytes, 1 << 20).expect_err("refused").to_string(), expected);
}

fn two() -> Vec<Vec<u8>> {
    vec![b"one".to_vec(), b"two".to_vec()]
}

/// Where each chunk of a file begins, and where the last one ends.
fn chunks(bytes: &[u8]) -> Vec<usize> {
    let mut starts = vec![0];
    while let Some(&at) = starts.last().filter(|&&at| at < bytes.len()) {
        let length = object::claimed_bytes(&bytes[at..]).expect("ours").expect("whole");
        starts.push(at + usize::try_from(length).expect("small"));
    }
    starts
}

/// Only decoded: another version of zstd may compress the same entries to other bytes.
#[test]
fn golden_bytes() {
    assert_eq!(read(&crate::testing::unhex(GOLDEN), 1 << 20), Ok(two()));
}

#[test]
fn every_flipped_bit_and_every_truncation_is_refused() {
    let good = file(&two());
    assert_eq!(read(&good, 7), Ok(two()));
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&bad, 64).is_err(), "bit {bit}");
    }
    for length in 0..good.len() {
        assert!(read(&good[..length], 64).is_err(), "{length} bytes");
    }
}

#[test]
fn large_files_have_several_chunks_and_none_can_be_lost_or_exchanged() {
    let entries: Vec<Vec<u8>> = (0..5u8).map(|n| vec![n; CHUNK_BYTES_TARGET / 2]).collect();
    let good = file(&entries);
    assert_eq!(read(&good, 1 << 12), Ok(entries));
    let starts = chunks(&good);
    assert!(starts.len() > 4, "{starts:?}");
    let (a, b, c) = (starts[1], starts[2], starts[3]);
    let lost = [&good[..a], &good[b..]].concat();
    let exchanged = [&good[..a], &good[b..c], &good[a..b], &good[c..]].concat();
    let twice = [&good[..b], &good[a..]].concat();
    for (what, bad) in [("lost", lost), ("exchanged", exchanged), ("twice", twice)] {
        let fault = read(&bad, 1 << 12).expect_err(what).to_string();
        assert!(fault.contains("does not follow the chunk before it"), "{what}: {fault}");
    }
}

#[test]
fn each_fault_has_its_sentence_and_its_place() {
    let good = file(&two());
    let starts = chunks(&good);
    let foreign = ArchiveFault::Foreign.to_string();
    check(b"", &foreign);
    check(b"gzip?", &foreign);
    check(&[b'x'; 100], &foreign);
    check(
        &good[..starts[2] - 1],
        &format!(
            "it is truncated: it ends at byte {} in the middle of chunk 2; copy or export it again",
            starts[2] - 1
        ),
    );
    check(
        &good[..starts[2]],
        &format!(
            "it is truncated: it ends at byte {} in the middle of chunk 3; copy or export it again",
            starts[2]
        ),
    );
    let mut damaged = good.clone();
    damaged[starts[1] + 20] ^= 1;
    check(
        &damaged,
        &format!(
            "it is damaged at byte {}, in chunk 2: its checksum differs; copy or export it again",
            starts[1]
        ),
    );
    check(
        &[&good[..], &good[..]].concat(),
        &format!(
            "it is damaged at byte {}, in chunk 4: something stands behind the end of the file; copy or export it again",
            good.len()
        ),
    );
    let (claim, _) = object::close(Kind::Claim, &(), &[]);
    check(&claim, &ArchiveFault::Object.to_string());
}

#[test]
fn a_newer_format_is_refused_by_its_number() {
    let mut newer = file(&two());
    let end = chunks(&newer)[1];
    newer[7] = crate::FORMAT + 1;
    let digest = Digest::of(&newer[..end - Digest::BYTES]);
    newer[end - Digest::BYTES..end].copy_from_slice(&digest.0);
    let sentence = format!("it was written by a newer godwit (format {}); upgrade", crate::FORMAT + 1);
    check(&newer, &sentence);
}

#[test]
fn an_entry_over_the_limit_is_refused_and_the_file_goes_on() {
    let (mut encoder, first) = Encoder::new(about());
    let bytes = RECORD_BYTES_MAX + 1;
    assert_eq!(encoder.push(&vec![0; bytes]), Err(EntryTooLarge { bytes }));
    assert_eq!(encoder.push(b"one"), Ok(None));
    let rest = encoder.finish().into_iter().flatten();
    let whole: Vec<u8> = first.into_iter().chain(rest).collect();
    assert_eq!(read(&whole, 1 << 20), Ok(vec![b"one".to_vec()]));
}

proptest! {
    #[test]
    fn what_went_in_comes_out(entries: Vec<Vec<u8>>, step in 1usize..300) {
        prop_assert_eq!(read(&file(&entries), step), Ok(entries));
    }

    #[test]
    fn foreign_bytes_never_panic(bytes: Vec<u8>) {
        let _ = read(&bytes, 16);
        let (object, _) = object::close(Kind::Archive, &(), &bytes);
        let _ = read(&object, 16);
    }
}
