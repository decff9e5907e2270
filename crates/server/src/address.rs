//! The address that a server tells others.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use crate::config::ServerConfig;
use crate::properties::{self, Properties};

/// Where other servers reach this one: `ksql.advertised.listener`, then `ksql.internal.listener`, then the address listened
/// on; in the place of all addresses of this machine the one that Kafka is reached from.
pub(crate) fn advertised(defaults: &Properties, listening: SocketAddr, bootstrap: &str) -> String {
    let url = |name: &str| properties::of_server(name, defaults).filter(|url| !url.is_empty());
    if let Some(url) = url("ksql.advertised.listener") {
        return url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/').to_owned();
    }
    let internal = url("ksql.internal.listener").and_then(|url| ServerConfig::parse_listener(url).ok());
    let mut address = internal.map(|listener| listener.address).filter(|a| a.port() > 0).unwrap_or(listening);
    if address.ip().is_unspecified() {
        address.set_ip(own_ip(bootstrap).unwrap_or(Ipv4Addr::LOCALHOST.into()));
    }
    address.to_string()
}

/// The address of this machine that it speaks to Kafka from.
fn own_ip(bootstrap: &str) -> Option<IpAddr> {
    let broker = bootstrap.split(',').next()?.trim();
    // Nothing is sent: the system only chooses a way.
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect(broker).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_are_told() {
        let told = |pairs: &[(&str, &str)], listening: ([u8; 4], u16)| {
            let defaults = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            advertised(&defaults, listening.into(), "127.0.0.1:9092,h:1")
        };
        let (own, everywhere) = (([127, 0, 0, 1], 8088), ([0, 0, 0, 0], 8088));
        let (public, internal) = ("ksql.advertised.listener", "ksql.internal.listener");
        assert_eq!(told(&[], own), "127.0.0.1:8088");
        assert_eq!(told(&[], everywhere), "127.0.0.1:8088", "where Kafka is reached from");
        assert_eq!(told(&[(internal, "http://localhost:9099")], own), "127.0.0.1:9099");
        assert_eq!(
            told(&[(internal, "http://localhost:1"), (public, "http://ksql.example:80/")], own),
            "ksql.example:80"
        );
    }
}
