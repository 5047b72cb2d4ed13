//! Headers that a proxy takes off or puts on.
//!
//! What a client says about where it comes from (`Forwarded`, `X-Forwarded-*`, `X-Real-IP`) is dropped, never appended
//! to: what services read there is what the gateway found out itself ([`client`](crate::client)).

use std::net::IpAddr;

use axum::http::header::{
    CONNECTION, EXPECT, FORWARDED, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use livemart_contracts::Trace;
use livemart_messaging::envelope::TRACEPARENT;
use livemart_web::client_address::X_FORWARDED_FOR;

use crate::config::Scheme;

const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const CLAIMED_ORIGIN: [HeaderName; 7] = [
    FORWARDED,
    X_FORWARDED_FOR,
    X_FORWARDED_HOST,
    X_FORWARDED_PROTO,
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-prefix"),
    HeaderName::from_static("x-real-ip"),
];

/// For one connection only (RFC 9110, section 7.6.1, and its predecessors). `Expect` is among them, for the gateway has
/// answered it by the time it reads the body.
const HOP_BY_HOP: [HeaderName; 10] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    EXPECT,
];

/// Takes off what is meant for one connection: the known headers, and those that `Connection` names.
pub fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let lines = headers.get_all(CONNECTION).iter().filter_map(|line| line.to_str().ok());
    let named: Vec<HeaderName> =
        lines.flat_map(|line| line.split(',')).filter_map(|name| name.trim().parse().ok()).collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Says who asked, for which host and how, in place of whatever the client claims, and leaves `Host` to be that of the
/// replica.
pub fn say_who_asked(headers: &mut HeaderMap, uri: &Uri, client: Option<IpAddr>, scheme: Scheme) {
    for name in &CLAIMED_ORIGIN {
        headers.remove(name);
    }
    // What is no host name cannot be quoted in a header without harm.
    let host: Option<Authority> = match headers.remove(HOST) {
        Some(host) => host.to_str().ok().and_then(|host| host.parse().ok()),
        None => uri.authority().cloned(),
    };
    let mut forwarded = Vec::new();
    if let Some(client) = client {
        set(headers, X_FORWARDED_FOR, &client.to_string());
        forwarded.push(match client {
            IpAddr::V4(address) => format!("for={address}"),
            IpAddr::V6(address) => format!("for=\"[{address}]\""),
        });
    }
    if let Some(host) = host {
        set(headers, X_FORWARDED_HOST, host.as_str());
        forwarded.push(format!("host=\"{host}\""));
    }
    set(headers, X_FORWARDED_PROTO, scheme.name());
    forwarded.push(format!("proto={}", scheme.name()));
    set(headers, FORWARDED, &forwarded.join(";"));
}

/// Continues `trace` at the replica.
pub fn trace(headers: &mut HeaderMap, trace: Trace) {
    set(headers, HeaderName::from_static(TRACEPARENT), &trace.to_string());
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    fn asked(lines: &[(&'static str, &'static str)], client: Option<&str>) -> HeaderMap {
        let mut headers = headers(lines);
        let client = client.map(|client| client.parse().expect("an address"));
        say_who_asked(&mut headers, &Uri::from_static("/"), client, Scheme::Https);
        headers
    }

    #[test]
    fn what_is_meant_for_one_connection_goes_no_further() {
        let mut headers = headers(&[
            ("connection", "close, X-Secret"),
            ("keep-alive", "timeout=5"),
            ("x-secret", "1"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "websocket"),
            ("expect", "100-continue"),
            ("proxy-authorization", "Basic x"),
            ("authorization", "Bearer x"),
            ("content-length", "3"),
        ]);
        strip_hop_by_hop(&mut headers);
        let mut left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["authorization", "content-length"]);
    }

    #[test]
    fn services_read_what_the_gateway_saw_not_what_the_client_claims() {
        let claimed = [
            ("host", "shop.example:8080"),
            ("x-forwarded-for", "6.6.6.6"),
            ("x-real-ip", "6.6.6.6"),
            ("forwarded", "for=6.6.6.6"),
            ("x-forwarded-proto", "gopher"),
        ];
        let headers = asked(&claimed, Some("10.0.0.7"));
        assert_eq!(headers["x-forwarded-for"], "10.0.0.7");
        assert_eq!(headers["x-forwarded-host"], "shop.example:8080");
        assert_eq!(headers["x-forwarded-proto"], "https");
        assert_eq!(headers["forwarded"], "for=10.0.0.7;host=\"shop.example:8080\";proto=https");
        assert!(!headers.contains_key("x-real-ip") && !headers.contains_key(HOST));
    }

    #[test]
    fn an_ipv6_address_is_quoted_and_a_broken_host_left_out() {
        let headers = asked(&[("host", "a\";for=\"6.6.6.6")], Some("::1"));
        assert_eq!(headers["forwarded"], "for=\"[::1]\";proto=https");
        assert!(!headers.contains_key(X_FORWARDED_HOST));
    }

    #[test]
    fn a_client_of_unknown_address_is_not_made_up() {
        let headers = asked(&[("x-forwarded-for", "6.6.6.6")], None);
        assert!(!headers.contains_key(X_FORWARDED_FOR));
        assert_eq!(headers["forwarded"], "proto=https");
    }
}
