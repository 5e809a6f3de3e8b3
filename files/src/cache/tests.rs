//! The cache: what it remembers, and that no file makes it remember wrongly.

use super::entry::{ENTRY_BYTES, Entry, Key};
use super::file::{decode, encode};
use super::*;
use proptest::prelude::*;
use std::fs;
use std::thread;

fn identity(size: u64) -> Identity {
    Identity { device: 1, inode: 2, size, modified: -3, changed: 4 }
}

fn entry(key: u8, used: u32) -> Entry {
    Entry::new(Key([key; 16]), &identity(key.into()), ContentDigest([key; 32]), used)
}

#[test]
fn a_digest_is_remembered_for_one_state_of_one_path() {
    let cache = Cache::open(None);
    cache.put(Path::new("/a"), &identity(1), ContentDigest([7; 32]));
    let get = |path, identity| cache.get(Path::new(path), &identity);
    assert_eq!(get("/a", identity(1)), Some(ContentDigest([7; 32])));
    assert_eq!(get("/b", identity(1)), None);
    let here = identity(1);
    for other in [
        Identity { device: 9, ..here },
        Identity { inode: 9, ..here },
        Identity { size: 9, ..here },
        Identity { modified: 9, ..here },
        Identity { changed: 9, ..here },
    ] {
        assert_eq!(get("/a", other), None, "{other:?}");
    }
}

#[test]
fn what_one_process_saves_the_next_one_knows() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("made/when/needed");
    let first = Cache::open(Some(&place));
    let second = Cache::open(Some(&place));
    first.put(Path::new("/a"), &identity(1), ContentDigest([1; 32]));
    second.put(Path::new("/b"), &identity(2), ContentDigest([2; 32]));
    first.save().unwrap();
    second.save().unwrap();
    let third = Cache::open(Some(&place));
    assert_eq!(third.get(Path::new("/a"), &identity(1)), Some(ContentDigest([1; 32])));
    assert_eq!(third.get(Path::new("/b"), &identity(2)), Some(ContentDigest([2; 32])));
    assert_eq!(fs::read_dir(&place).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn many_that_save_at_the_same_time_leave_a_sound_file() {
    let folder = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for number in 0..8_u8 {
            let folder = folder.path();
            scope.spawn(move || {
                let cache = Cache::open(Some(folder));
                let path = format!("/{number}");
                cache.put(Path::new(&path), &identity(1), ContentDigest([number; 32]));
                cache.save().unwrap();
            });
        }
    });
    let bytes = fs::read(folder.path().join("digests-1")).unwrap();
    assert!(!decode(&bytes).expect("sound").is_empty());
}

#[test]
fn a_damaged_file_is_forgotten_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("digests-1");
    let sound = encode(&[entry(1, 5), entry(2, 5)]);
    for damaged in [&b""[..], b"godwit digests 1", &sound[..sound.len() - 1], &[0; 200]] {
        fs::write(&path, damaged).unwrap();
        let cache = Cache::open(Some(folder.path()));
        cache.put(Path::new("/a"), &identity(1), ContentDigest([1; 32]));
        cache.save().unwrap();
        let next = Cache::open(Some(folder.path()));
        assert_eq!(next.get(Path::new("/a"), &identity(1)), Some(ContentDigest([1; 32])));
    }
}

#[test]
fn what_was_used_longest_ago_goes_first() {
    let before = vec![entry(1, 10), entry(2, 30), entry(3, 20)];
    let own = vec![entry(4, 40), entry(1, 40)];
    let kept = merged(before, own, 3);
    assert_eq!(kept, [entry(1, 40), entry(2, 30), entry(4, 40)]);
}

#[test]
fn the_bytes_on_disk_are_these() {
    let bytes = encode(&[entry(1, 0x0102)]);
    assert_eq!(bytes.len(), 16 + ENTRY_BYTES + 32);
    let digest = blake3::hash(&bytes).to_hex();
    assert_eq!(&digest[..16], "79c14f4204fd99f2");
}

proptest! {
    #[test]
    fn entries_survive_the_way_to_disk(keys in proptest::collection::btree_set(any::<u8>(), 0..20)) {
        let entries: Vec<Entry> = keys.into_iter().map(|key| entry(key, u32::from(key) + 1)).collect();
        prop_assert_eq!(decode(&encode(&entries)), Some(entries));
    }

    #[test]
    fn no_flipped_bit_is_believed(at in 0..(16 + 2 * ENTRY_BYTES + 32), bit in 0..8_u8) {
        let mut bytes = encode(&[entry(1, 5), entry(2, 5)]);
        bytes[at] ^= 1 << bit;
        prop_assert_eq!(decode(&bytes), None);
    }
}
