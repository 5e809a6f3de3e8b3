//! Whoever means ill, or is broken: bounded, harmless, and out of the way of those who are well.

use super::{Cluster, Note, Server, hasty, note};
use crate::limits::{HANDSHAKES_MAX, HELLO_BYTES_MAX};
use crate::{Connection, Error, Hello, Role, Timing, connect, quic, tls};
use godwit_common::frame::FrameError;
use quinn::crypto::rustls::QuicClientConfig;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::UdpSocket;

/// Sends notes and waits for their echo.
async fn converse(server: &mut Server, cluster: &Cluster, notes: u32) {
    let hello = Hello::new(Role::Worker);
    let connection =
        connect(&server.address, &cluster.access(Role::Worker), &hello, &Timing::default()).await;
    let connection = connection.expect("a good worker is let in");
    let peer = loop {
        match server.next().await {
            Ok(peer) => break peer.connection,
            Err(_) => continue,
        }
    };
    let echo = tokio::spawn(async move {
        let (mut sender, mut receiver) = peer.accept().await.expect("a stream");
        while let Some(note) = receiver.recv::<Note>().await.expect("a note") {
            sender.send(&note).await.expect("echoed");
        }
    });
    let (mut sender, mut receiver) = connection.open().await.expect("open");
    for number in 0..notes {
        sender.send(&note(number)).await.expect("sent");
        assert_eq!(receiver.recv().await.expect("received"), Some(note(number)));
    }
    sender.finish().await.expect("finished");
    echo.await.expect("the echo ends");
}

/// A datagram of noise, often with the beginning of a QUIC packet.
fn noise(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let length = usize::from(next()[0]) * 6 + usize::from(next()[1] & 3);
    let mut bytes: Vec<u8> = std::iter::repeat_with(|| next()[2]).take(length.max(1)).collect();
    match seed % 4 {
        0 => bytes.splice(..bytes.len().min(7), [0xc0, 0, 0, 0, 1, 8, 1]).count(),
        1 => bytes.splice(..bytes.len().min(1), [0x40]).count(),
        2 => {
            bytes.resize(1200, 0);
            bytes.splice(..7, [0xc3, 0, 0, 0, 1, 20, 7]).count()
        }
        _ => 0,
    };
    bytes
}

#[tokio::test]
async fn noise_on_the_port_disturbs_nobody() {
    let cluster = Cluster::new();
    let mut server = Server::start(&cluster.access(Role::Coordinator), &Timing::default());
    let address = server.address.clone();
    let noisy = tokio::spawn(async move {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        for seed in 0..5000 {
            socket.send_to(&noise(seed), &address).await.expect("sent");
            tokio::task::yield_now().await;
        }
    });
    converse(&mut server, &cluster, 500).await;
    noisy.await.expect("all of it was sent");
    converse(&mut server, &cluster, 10).await;
}

/// Connects with a TLS configuration of its own, and no hello.
async fn knock(
    address: &str,
    config: rustls::ClientConfig,
) -> Result<quinn::Connection, quinn::ConnectionError> {
    let config = QuicClientConfig::try_from(config).expect("usable for QUIC");
    let endpoint = quinn::Endpoint::client(([127, 0, 0, 1], 0).into()).expect("a socket");
    let address: SocketAddr = address.parse().expect("an address");
    let config = quinn::ClientConfig::new(Arc::new(config));
    let connection = endpoint.connect_with(config, address, tls::SERVER_NAME).expect("started").await?;
    // In TLS 1.3 a refusal comes after the connecting side is done.
    match connection.accept_uni().await {
        Ok(_) => Ok(connection),
        Err(error) => Err(error),
    }
}

fn tls_config(cluster: &Cluster, alpn: &[u8]) -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(cluster.access(Role::Client).authority).expect("an authority");
    let mut config =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("TLS 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    config
}

#[tokio::test]
async fn without_a_certificate_nobody_is_let_in() {
    let cluster = Cluster::new();
    let mut server = Server::start(&cluster.access(Role::Coordinator), &Timing::default());
    let error = knock(&server.address, tls_config(&cluster, b"godwit")).await.expect_err("no certificate");
    assert!(matches!(&error, quinn::ConnectionError::ConnectionClosed(_)), "{error}");
    let error = server.next().await.expect_err("no certificate");
    assert!(error.to_string().contains("it showed no certificate; every peer needs one"), "{error}");
    knock(&server.address, tls_config(&cluster, b"h3")).await.expect_err("another protocol");
    let error = server.next().await.expect_err("another protocol");
    assert!(error.to_string().contains("what answers there is not godwit"), "{error}");
    converse(&mut server, &cluster, 10).await;
}

/// A connection of a peer with a good certificate, before its hello.
async fn before_hello(server: &Server, cluster: &Cluster) -> (quinn::Connection, Connection) {
    let access = cluster.access(Role::Worker);
    let config = quic::client_config(&access, &Timing::default()).expect("a configuration");
    let endpoint = quinn::Endpoint::client(([127, 0, 0, 1], 0).into()).expect("a socket");
    let address = server.listener.local_addr();
    let connection =
        endpoint.connect_with(config, address, tls::SERVER_NAME).expect("started").await.expect("connected");
    (connection.clone(), Connection::quic(connection, Role::Coordinator))
}

#[tokio::test]
async fn a_silent_peer_is_sent_away_in_time() {
    let cluster = Cluster::new();
    let mut server = Server::start(&cluster.access(Role::Coordinator), &hasty());
    let (_quic, silent) = before_hello(&server, &cluster).await;
    let error = server.next().await.expect_err("it said nothing");
    assert!(error.to_string().contains("it did not say what it is within 400ms"), "{error}");
    assert!(!error.is_final());
    silent.closed().await;
    converse(&mut server, &cluster, 10).await;
}

#[tokio::test]
async fn a_hello_that_is_none_is_refused() {
    let cluster = Cluster::new();
    let mut server = Server::start(&cluster.access(Role::Coordinator), &hasty());
    let too_long = u32::try_from(HELLO_BYTES_MAX + 1).expect("small").to_le_bytes();
    let mut header = [0; 10];
    header[..4].copy_from_slice(&too_long);
    for (bytes, expected) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], "over the limit"),
        (&[0; 10], "expected hello version 1 but met kind 0 version 0"),
        (&header, "a frame of 8193 bytes is over the limit"),
        (&[5, 0, 0, 0, 1], "it stopped in the middle of a message"),
        (&[], "there was no hello in it"),
    ] {
        let (quic, connection) = before_hello(&server, &cluster).await;
        let (mut sender, _receiver) = quic.open_bi().await.expect("open");
        sender.write_all(bytes).await.expect("sent");
        sender.finish().expect("finished");
        let error = server.next().await.expect_err("it is no hello");
        assert!(error.to_string().contains(expected), "{error}");
        connection.closed().await;
    }
    converse(&mut server, &cluster, 10).await;
}

#[tokio::test]
async fn a_frame_over_the_limit_is_refused_before_it_is_read() {
    let cluster = Cluster::new();
    let mut server = Server::start(&cluster.access(Role::Coordinator), &Timing::default());
    let (quic, _connection) = before_hello(&server, &cluster).await;
    let mut hello = Vec::new();
    godwit_common::frame::encode(&Hello::new(Role::Worker), &mut hello).expect("a small message fits");
    let (mut first, mut answer) = quic.open_bi().await.expect("open");
    first.write_all(&hello).await.expect("sent");
    answer.read_to_end(1000).await.expect("an answer");
    let peer = server.next().await.expect("let in").connection;
    let (mut sender, _receiver) = quic.open_bi().await.expect("open");
    sender.write_all(&[0xff; 10]).await.expect("sent");
    let (_, mut receiver) = peer.accept().await.expect("a stream");
    let error = receiver.recv::<Note>().await.expect_err("too long");
    assert!(matches!(error, Error::Frame { source: FrameError::TooLong { .. }, .. }), "{error}");
}

#[tokio::test]
async fn more_silent_peers_than_handshakes_keep_a_good_one_waiting_only_for_a_while() {
    let cluster = Cluster::new();
    let server = Server::start(&cluster.access(Role::Coordinator), &hasty());
    let held: Vec<_> =
        (0..HANDSHAKES_MAX).map(|_| server.listener.hold_handshake().expect("one is free")).collect();
    let hello = Hello::new(Role::Worker);
    let worker = cluster.access(Role::Worker);
    connect(&server.address, &worker, &hello, &hasty()).await.expect_err("all handshakes are taken");
    drop(held);
    connect(&server.address, &worker, &hello, &hasty()).await.expect("one is free");
}
