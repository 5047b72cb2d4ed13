//! Where a request comes from, as far as the gateway says so.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use livemart_web::openapi::{Input, Operation, Schemas};

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address that the gateway saw: the last one in `X-Forwarded-For`. Those before it are what the client claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl ClientAddress {
    fn read(headers: &HeaderMap) -> Self {
        let last = headers.get_all(FORWARDED_FOR).iter().next_back();
        let last = last.and_then(|value| value.to_str().ok()?.rsplit(',').next());
        Self(last.and_then(|address| address.trim().parse().ok()))
    }
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::read(&parts.headers))
    }
}

/// Clients do not send it: proxies do.
impl Input for ClientAddress {
    fn describe(_: &mut Operation, _: &mut Schemas) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_cannot_choose_its_address() {
        let mut headers = HeaderMap::new();
        assert_eq!(ClientAddress::read(&headers), ClientAddress(None));
        headers.append(FORWARDED_FOR, "203.0.113.9".parse().expect("a value"));
        headers.append(FORWARDED_FOR, "203.0.113.7, 192.0.2.1".parse().expect("a value"));
        assert_eq!(ClientAddress::read(&headers), ClientAddress("192.0.2.1".parse().ok()));
    }
}
