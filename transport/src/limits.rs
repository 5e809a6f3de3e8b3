//! Limits of the transport, each with its reason, and the timings that settings may change.

use std::time::Duration;

/// Streams that a peer may have open at once. Each that is allowed costs memory on both sides whether it is used or
/// not: 16 keep an idle connection under 45 KB, 10,000 would make it half a megabyte.
pub(crate) const STREAMS_MAX: u32 = 16;

/// Bytes of one stream that a peer may send ahead of what was read here: 20 MB/s over a link of 100 ms.
pub(crate) const STREAM_WINDOW_BYTES: u32 = 2 << 20;

/// The same for all streams of a connection together.
pub(crate) const CONNECTION_WINDOW_BYTES: u32 = 4 << 20;

/// Bytes that wait here for a slow peer on one connection before a writer has to wait: with 5,000 stalled workers
/// this is the coordinator's worst case.
pub(crate) const SEND_WINDOW_BYTES: u64 = 2 << 20;

/// Handshakes in progress at once. Whoever says nothing holds one until the handshake times out.
pub(crate) const HANDSHAKES_MAX: usize = 512;

/// Peers that knocked while all handshakes are taken; the next ones are turned away and try again.
pub(crate) const KNOCKS_MAX: usize = 4096;

/// Bytes that one knocking peer may have sent before its handshake begins: a few full datagrams.
pub(crate) const KNOCK_BYTES_MAX: u64 = 16 << 10;

/// The same for all knocking peers together.
pub(crate) const KNOCKS_BYTES_MAX: u64 = 8 << 20;

/// A peer that this coordinator does not know is told so at most this often: ten thousand workers of a predecessor
/// learn of the restart within a second, and a flood is answered at a bounded rate.
pub(crate) const RESET_INTERVAL: Duration = Duration::from_micros(100);

/// A hello or its answer: small, because they are read before the peer has said who it is.
pub(crate) const HELLO_BYTES_MAX: usize = 8 << 10;

/// Bytes of the reason in a close: it has to fit into one datagram.
pub(crate) const CLOSE_REASON_BYTES_MAX: usize = 900;

/// How long a closing side waits for its last datagram to be on its way.
pub(crate) const CLOSE_WAIT: Duration = Duration::from_millis(20);

/// How long a closing listener waits until all its peers know.
pub(crate) const LISTENER_CLOSE_WAIT: Duration = Duration::from_secs(1);

/// How long a refusal waits to be read before the connection is closed under it.
pub(crate) const REFUSAL_WAIT: Duration = Duration::from_secs(1);

/// Addresses tried for one connection: a machine rarely has more, and a name may resolve to anything.
pub(crate) const ADDRESSES_MAX: usize = 16;

/// The next address is tried beside the ones before it after this long without an answer.
pub(crate) const ADDRESS_STAGGER: Duration = Duration::from_millis(200);

/// Who was found at no known address after this long is looked up elsewhere as well: longer than a handshake takes.
pub(crate) const LOOK_UP_AFTER: Duration = Duration::from_millis(500);

/// Bytes buffered for one direction of a stream within a process.
pub(crate) const MEMORY_STREAM_BYTES: usize = 256 << 10;

/// Bytes read at once from a stream within a process.
pub(crate) const READ_BYTES: usize = 16 << 10;

/// A buffer that grew beyond this for one large frame is given back when it is empty.
pub(crate) const BUFFER_BYTES_KEPT: usize = 64 << 10;

/// Certificates, keys and announcements are a few kilobytes; a larger file is something else.
pub(crate) const ACCESS_FILE_BYTES_MAX: u64 = 1 << 20;

/// When a connection counts as lost, and how long its beginning may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// When nothing went either way for this long, the connecting side sees whether the other is there.
    pub keep_alive: Duration,
    /// A peer from which nothing came for this long is lost. The smaller of both sides' values holds.
    pub idle_timeout: Duration,
    /// From the first datagram to the end of the version handshake, name look-up included.
    pub handshake_timeout: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            keep_alive: Duration::from_secs(2),
            idle_timeout: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(10),
        }
    }
}
