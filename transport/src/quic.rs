//! How QUIC is set up: windows, timeouts, and the keys by which a restarted coordinator is recognized.

use crate::access::Access;
use crate::limits::{
    CONNECTION_WINDOW_BYTES, KNOCK_BYTES_MAX, KNOCKS_BYTES_MAX, KNOCKS_MAX, RESET_INTERVAL,
    SEND_WINDOW_BYTES, STREAM_WINDOW_BYTES, STREAMS_MAX, Timing,
};
use crate::tls;
use quinn::crypto::{CryptoError, HmacKey};
use quinn::{ClientConfig, EndpointConfig, IdleTimeout, ServerConfig, TransportConfig, VarInt};
use quinn_proto::HashedConnectionIdGenerator;
use std::sync::Arc;
use std::time::Duration;

/// Until a round trip was measured, a lost datagram is sent again after about three times this.
const FIRST_ROUND_TRIP: Duration = Duration::from_millis(100);

pub(crate) fn server_config(access: &Access, timing: &Timing) -> Result<ServerConfig, String> {
    let mut config = ServerConfig::with_crypto(Arc::new(tls::server(access)?));
    config
        .transport_config(Arc::new(transport_config(timing, None)))
        .max_incoming(KNOCKS_MAX)
        .incoming_buffer_size(KNOCK_BYTES_MAX)
        .incoming_buffer_size_total(KNOCKS_BYTES_MAX);
    Ok(config)
}

pub(crate) fn client_config(access: &Access, timing: &Timing) -> Result<ClientConfig, String> {
    let mut config = ClientConfig::new(Arc::new(tls::client(access)?));
    config.transport_config(Arc::new(transport_config(timing, Some(timing.keep_alive))));
    Ok(config)
}

/// One side that keeps the connection alive is enough for both; were it the coordinator, it would do so for thousands.
fn transport_config(timing: &Timing, keep_alive: Option<Duration>) -> TransportConfig {
    let mut config = TransportConfig::default();
    let idle_timeout = IdleTimeout::try_from(timing.idle_timeout).unwrap_or(VarInt::MAX.into());
    config
        .max_concurrent_bidi_streams(STREAMS_MAX.into())
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(STREAM_WINDOW_BYTES.into())
        .receive_window(CONNECTION_WINDOW_BYTES.into())
        .send_window(SEND_WINDOW_BYTES)
        .datagram_receive_buffer_size(None)
        .initial_rtt(FIRST_ROUND_TRIP)
        .keep_alive_interval(keep_alive)
        .max_idle_timeout(Some(idle_timeout));
    config
}

/// The endpoint of a coordinator. Its keys come from its credential instead of chance: when it was killed and started
/// again on the same port, it can tell the peers of its former life at their next word that it has forgotten them,
/// and they reconnect at once instead of after the idle timeout.
pub(crate) fn server_endpoint_config(access: &Access) -> EndpointConfig {
    let secret = access.key.secret_der();
    let reset = ResetKey(blake3::derive_key("godwit 2026-11 key of stateless resets", secret));
    let ids = blake3::derive_key("godwit 2026-11 key of connection ids", secret);
    let [a, b, c, d, e, f, g, h, ..] = ids;
    let ids = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
    let mut config = EndpointConfig::new(Arc::new(reset));
    config
        .cid_generator(move || Box::new(HashedConnectionIdGenerator::from_key(ids)))
        .min_reset_interval(RESET_INTERVAL);
    config
}

/// Signs the tokens by which a peer recognizes that a reset really comes from its coordinator.
struct ResetKey([u8; 32]);

impl HmacKey for ResetKey {
    fn sign(&self, data: &[u8], signature_out: &mut [u8]) {
        signature_out.copy_from_slice(blake3::keyed_hash(&self.0, data).as_bytes());
    }

    fn signature_len(&self) -> usize {
        blake3::OUT_LEN
    }

    fn verify(&self, data: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        // Comparing a `Hash` takes the same time wherever it differs.
        let matches = <[u8; blake3::OUT_LEN]>::try_from(signature)
            .is_ok_and(|signature| blake3::keyed_hash(&self.0, data) == signature);
        if matches { Ok(()) } else { Err(CryptoError) }
    }
}
