//! TLS 1.3 with certificates on both sides, nothing else, and what its refusals mean.
//!
//! Sessions are never resumed: a resumed session skips the look at the certificate, and keeps memory for each peer.

use crate::access::{Access, COORDINATOR_NAME};
use crate::connection::Remote;
use crate::ending::Ending;
use crate::error::Error;
use quinn::ConnectionError;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::sync::Arc;

/// Told in the TLS handshake, so that another program's QUIC is recognized as such.
const ALPN: &[u8] = b"godwit";

/// The name that clients insist on.
pub(crate) const SERVER_NAME: &str = COORDINATOR_NAME;

pub(crate) fn server(access: &Access) -> Result<QuicServerConfig, String> {
    let provider = provider();
    let roots = Arc::new(roots(access)?);
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider.clone())
        .build()
        .map_err(|error| error.to_string())?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| error.to_string())?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![access.certificate.clone()], access.key.clone_key())
        .map_err(|error| error.to_string())?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    QuicServerConfig::try_from(config).map_err(|error| error.to_string())
}

pub(crate) fn client(access: &Access) -> Result<QuicClientConfig, String> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots(access)?)
        .with_client_auth_cert(vec![access.certificate.clone()], access.key.clone_key())
        .map_err(|error| error.to_string())?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.resumption = Resumption::disabled();
    QuicClientConfig::try_from(config).map_err(|error| error.to_string())
}

/// Always named: with two providers in the dependency tree rustls panics rather than choose.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn roots(access: &Access) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    roots.add(access.authority.clone()).map_err(|error| error.to_string())?;
    Ok(roots)
}

/// What a connection's failure in its first moments means. TLS tells the other side no more than a number.
pub(crate) fn refusal(remote: Remote, error: ConnectionError) -> Error {
    let reason = match &error {
        ConnectionError::TransportError(found) => alert(found.code.into()).and_then(seen_here),
        ConnectionError::ConnectionClosed(found) => alert(found.error_code.into()).and_then(told_by_peer),
        ConnectionError::VersionMismatch => Some("what answers there speaks another version of QUIC"),
        _ => None,
    };
    match reason {
        Some(reason) => Error::Refused { remote, reason: reason.to_owned(), is_final: true },
        None => Error::Ended { remote, ending: Ending::from(error) },
    }
}

/// What is wrong with the other side's certificate, from the alert that this side raised.
fn seen_here(alert: u8) -> Option<&'static str> {
    match alert {
        42 | 43 => Some("what answers there is of this cluster but not its coordinator"),
        45 => Some(
            "its certificate has expired or is not yet valid by the clock here; compare the clocks of both machines, \
             and start the coordinator again to renew its credentials",
        ),
        48 | 51 => Some(
            "its certificate is of another cluster; check the address, and name the right access directory \
             with --cluster or --access",
        ),
        116 => Some("it showed no certificate; every peer needs one of this cluster"),
        120 => Some("what answers there is not godwit"),
        _ => None,
    }
}

/// What is wrong with this side's certificate, from the alert that the other side raised.
fn told_by_peer(alert: u8) -> Option<&'static str> {
    match alert {
        42 | 43 | 46 | 49 | 116 => Some("it did not accept this side's certificate"),
        44 => Some("it says that this side's certificate was revoked"),
        45 => Some(
            "it says that this side's certificate has expired or is not yet valid; compare the clocks of both \
             machines, and start the coordinator again to renew its credentials",
        ),
        48 | 51 => Some(
            "it says that this side's certificate is of another cluster; name the right access directory \
             with --cluster or --access",
        ),
        120 => Some("what answers there is not godwit"),
        _ => None,
    }
}

/// QUIC carries TLS alerts as error codes from 0x100 on.
fn alert(code: u64) -> Option<u8> {
    code.checked_sub(0x100).and_then(|alert| u8::try_from(alert).ok())
}
