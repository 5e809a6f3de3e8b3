//! Finds out at once that nothing listens at an address, where QUIC alone would wait for its timeout.
//!
//! A machine answers a datagram to a closed port with an ICMP message. The system hands it to sockets that are
//! connected to one peer; QUIC's are not, because they serve many.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::UdpSocket;

/// No QUIC packet is that short, so whoever listens drops it.
const PROBE: [u8; 1] = [0];

/// Completes with a sentence when it is certain that nothing at `address` will ever answer, and else never.
pub(crate) async fn certain(address: SocketAddr) -> &'static str {
    match probe(address).await.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens there",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "there is no way to that machine"
        }
        _ => std::future::pending().await,
    }
}

async fn probe(address: SocketAddr) -> io::Error {
    let probing = async {
        let socket = UdpSocket::bind(unspecified(address)).await?;
        socket.connect(address).await?;
        socket.send(&PROBE).await?;
        let mut answer = [0; 1];
        // Nothing answers this; what comes is the error, or nothing at all.
        socket.recv(&mut answer).await
    };
    probing.await.err().unwrap_or(io::ErrorKind::Other.into())
}

/// Any port on any interface, of the same family as `address`.
pub(crate) fn unspecified(address: SocketAddr) -> SocketAddr {
    let ip =
        if address.is_ipv4() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { IpAddr::V6(Ipv6Addr::UNSPECIFIED) };
    SocketAddr::new(ip, 0)
}
