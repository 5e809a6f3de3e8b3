//! Under which addresses other machines may find this one.

use nix::ifaddrs::getifaddrs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The addresses, as `host:port`, under which a listener bound to `local` may be reached, the best first.
///
/// A listener on all interfaces is reachable under the machine's name, the addresses of its interfaces and, from
/// this machine itself, the loopback address.
pub fn reachable_addresses(local: SocketAddr) -> Vec<String> {
    if !local.ip().is_unspecified() {
        return vec![local.to_string()];
    }
    let port = local.port();
    let at = |ip| SocketAddr::new(ip, port).to_string();
    let loopback =
        if local.is_ipv4() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { IpAddr::V6(Ipv6Addr::LOCALHOST) };
    let mut found = vec![format!("{}:{port}", host())];
    found.extend(interfaces().into_iter().filter(|ip| local.is_ipv6() || ip.is_ipv4()).map(at));
    found.truncate(crate::limits::ADDRESSES_MAX - 1);
    found.push(at(loopback));
    found
}

/// The machine's name.
pub(crate) fn host() -> String {
    nix::unistd::gethostname()
        .ok()
        .and_then(|name| name.into_string().ok())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "localhost".to_owned())
}

/// The addresses of the machine's interfaces that others can use, IPv4 first.
fn interfaces() -> Vec<IpAddr> {
    let mut found: Vec<IpAddr> = getifaddrs()
        .into_iter()
        .flatten()
        .filter_map(|interface| interface.address)
        .filter_map(|address| {
            let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
            v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
        })
        .filter(|ip| !ip.is_loopback() && !is_link_local(*ip))
        .collect();
    found.sort_by_key(IpAddr::is_ipv6);
    found
}

/// Such an address means nothing without the name of an interface.
fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_address_stands_for_itself() {
        assert_eq!(reachable_addresses(([10, 0, 0, 1], 7).into()), ["10.0.0.1:7"]);
        assert_eq!(reachable_addresses((Ipv6Addr::LOCALHOST, 7).into()), ["[::1]:7"]);
    }

    #[test]
    fn all_interfaces_are_named_with_the_machine_first_and_loopback_last() {
        let found = reachable_addresses(([0, 0, 0, 0], 7).into());
        assert_eq!(found[0], format!("{}:7", host()));
        assert_eq!(found.last().map(String::as_str), Some("127.0.0.1:7"));
        assert!(found.len() <= crate::limits::ADDRESSES_MAX);
    }
}
