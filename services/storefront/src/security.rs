//! What browsers are told about every answer (OWASP's secure headers).

use axum::Router;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::config::Scheme;

/// Pages load from here alone. No script and no style is written into a page, so whatever somebody gets into one does not run.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Seconds of a year. Not for subdomains, which are not all the shop's.
const ONLY_BY_TLS: &str = "max-age=31536000";

const ALWAYS: [(HeaderName, &str); 5] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Our own pages are told where a form was sent from, others nothing.
    (REFERRER_POLICY, "same-origin"),
    // For browsers that do not know `frame-ancestors`.
    (X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// `router`, whose answers have them.
pub fn secured(mut router: Router, scheme: Scheme) -> Router {
    let mut headers = ALWAYS.to_vec();
    if scheme == Scheme::Https {
        headers.push((STRICT_TRANSPORT_SECURITY, ONLY_BY_TLS));
    }
    for (name, value) in headers {
        router = router.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)));
    }
    router
}
