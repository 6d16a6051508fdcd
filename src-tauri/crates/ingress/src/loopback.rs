//! Decides whether a request was made on this machine by a program that meant to.
//!
//! A loopback peer alone proves little: a tunnel or proxy on this machine is one, and so is a browser that
//! another site's page makes post a form.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use http::header::HOST;
use http::uri::Authority;

/// Headers that a proxy or a browser adds and a local sender does not.
const CARRIED: [&str; 6] = [
    "forwarded",
    "x-forwarded-for",
    "x-real-ip",
    "cf-connecting-ip",
    "origin",
    "sec-fetch-site",
];

/// True for a request from this machine, addressed to it by a loopback name, that nothing passed on.
pub(crate) fn is_from_here(peer: SocketAddr, headers: &HeaderMap) -> bool {
    peer.ip().to_canonical().is_loopback()
        && !CARRIED.iter().any(|name| headers.contains_key(*name))
        && headers.get(HOST).is_none_or(|host| {
            Authority::try_from(host.as_bytes()).is_ok_and(|host| is_loopback_name(host.host()))
        })
}

/// Another name may lead here too, but by the doing of whoever owns it (DNS rebinding).
fn is_loopback_name(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_sent_here_from_here_counts() {
        let cases = [
            ("127.0.0.1:9", "host: 127.0.0.1:7420", true),
            ("127.8.8.8:9", "host: localhost", true),
            ("[::1]:9", "host: [::1]:7420", true),
            ("[::ffff:127.0.0.1]:9", "host: LOCALHOST:7420", true),
            ("192.0.2.1:9", "host: localhost", false),
            ("127.0.0.1:9", "host: rebound.example", false),
            ("127.0.0.1:9", "host: localhost.example", false),
            ("127.0.0.1:9", "origin: http://page.example", false),
            ("127.0.0.1:9", "sec-fetch-site: cross-site", false),
            ("127.0.0.1:9", "x-forwarded-for: 192.0.2.1", false),
        ];
        for (peer, header, expected) in cases {
            let (name, value) = header.split_once(": ").expect("a header");
            let headers = HeaderMap::from_iter([(
                name.parse::<http::HeaderName>().expect("a name"),
                value.parse().expect("a value"),
            )]);
            let peer = peer.parse().expect("an address");
            assert_eq!(is_from_here(peer, &headers), expected, "{peer} {header}");
        }
    }
}
