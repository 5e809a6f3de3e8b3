//! One digest that is remembered, and its bytes on disk.

use crate::identity::Identity;
use godwit_common::memo::ContentDigest;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Half a BLAKE3: two paths or two states of a file have the same one never.
type Half = [u8; 16];

/// Stands for an absolute path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(pub(crate) Half);

/// A digest that is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    /// Stands for inode, device, size and times.
    state: Half,
    digest: ContentDigest,
    /// The day, since 1970, on which it was last of use.
    pub(crate) used: u32,
}

/// Bytes of an entry on disk.
pub(crate) const ENTRY_BYTES: usize = 16 + 16 + 32 + 4;

impl Key {
    pub(crate) fn of(path: &Path) -> Key {
        let absolute = std::path::absolute(path);
        let path = absolute.as_deref().unwrap_or(path);
        Key(half(blake3::hash(path.as_os_str().as_bytes())))
    }
}

impl Entry {
    pub(crate) fn new(key: Key, identity: &Identity, digest: ContentDigest, used: u32) -> Entry {
        Entry { key, state: state(identity), digest, used }
    }

    /// The digest, if it is of a file in this state.
    pub(crate) fn digest_of(&self, identity: &Identity) -> Option<ContentDigest> {
        (self.state == state(identity)).then_some(self.digest)
    }

    /// The same, of use today.
    pub(crate) fn used_on(self, day: u32) -> Entry {
        Entry { used: day, ..self }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.key.0);
        out.extend(self.state);
        out.extend(self.digest.0);
        out.extend(self.used.to_le_bytes());
    }

    pub(crate) fn read(bytes: &[u8; ENTRY_BYTES]) -> Entry {
        Entry {
            key: Key(part(bytes, 0)),
            state: part(bytes, 16),
            digest: ContentDigest(part(bytes, 32)),
            used: u32::from_le_bytes(part(bytes, 64)),
        }
    }
}

fn part<const LENGTH: usize>(bytes: &[u8; ENTRY_BYTES], from: usize) -> [u8; LENGTH] {
    std::array::from_fn(|position| bytes[from + position])
}

fn state(identity: &Identity) -> Half {
    let Identity { device, inode, size, modified, changed } = identity;
    let mut hasher = blake3::Hasher::new();
    for number in [*device, *inode, *size, modified.cast_unsigned(), changed.cast_unsigned()] {
        hasher.update(&number.to_le_bytes());
    }
    half(hasher.finalize())
}

fn half(hash: blake3::Hash) -> Half {
    let whole = hash.as_bytes();
    std::array::from_fn(|position| whole[position])
}
