//! The limits of the checkpoint log, each with its reason.

/// Bytes of one record. A submission is one record and arrives in one frame of at most 64 MiB; this leaves room for
/// what the coordinator adds to it.
pub const RECORD_BYTES_MAX: usize = 80 << 20;

/// Bytes of records that are gathered into one increment or part of a base, unless its first record alone is larger. Compressing this
/// much takes tens of milliseconds, and a larger put gains nothing per record.
pub const INCREMENT_BYTES_TARGET: usize = 16 << 20;

/// Bytes of framed records in one increment, uncompressed: one record of the largest size. Decompression stops here,
/// whatever an object claims.
pub const INCREMENT_BYTES_MAX: usize = RECORD_BYTES_MAX + 8;

/// Bytes of one stored object: the largest increment if it does not compress at all, which costs zstd less than half
/// a percent. A driver need not read an object that is larger.
pub const OBJECT_BYTES_MAX: usize = INCREMENT_BYTES_MAX + (1 << 20);

/// Bytes of host, address and version, each, in a claim or a seal: they stand in messages. Longer ones are cut.
pub const IDENTITY_TEXT_BYTES_MAX: usize = 1024;

/// Bytes of records that are not durable yet, above which [`Writer::has_room`](crate::Writer::has_room) says no:
/// they are held in memory, and a store that fails for long must not exhaust it.
pub const LAG_BYTES_MAX: usize = 256 << 20;

/// Bytes of framed records that a base keeps in its head instead of in parts: one object is cheaper than two, but a
/// head is read by everybody who looks for the newest base.
pub const INLINE_BYTES_MAX: usize = 256 << 10;

/// Bytes of one blob, uncompressed: what a driver can hold in memory and put in one request.
pub const BLOB_BYTES_MAX: usize = 64 << 20;
