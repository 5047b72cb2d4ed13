//! What the public port measures: <https://opentelemetry.io/docs/specs/semconv/http/http-metrics/>, in Prometheus' form.
//!
//! Labels come from closed sets: a route is the pattern that a path matched, a method that nobody knows is `_OTHER`.

use std::sync::LazyLock;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use livemart_messaging::metrics::SECONDS;
use prometheus::{HistogramVec, IntGauge, histogram_opts, opts, register_histogram_vec, register_int_gauge};

/// The route of a path that matched none.
pub(crate) const NO_ROUTE: &str = "-";

static ANSWERED: LazyLock<HistogramVec> = LazyLock::new(|| {
    let options = histogram_opts!(
        "http_server_request_duration_seconds",
        "Time until a request was answered; of a stream of events, until it began.",
        SECONDS.to_vec()
    );
    register_histogram_vec!(options, &["http_request_method", "http_route", "http_response_status_code"])
        .unwrap_or_else(|error| unreachable!("registered once: {error}"))
});

static IN_FLIGHT: LazyLock<IntGauge> = LazyLock::new(|| {
    register_int_gauge!(opts!("http_server_active_requests", "Requests that are not answered yet."))
        .unwrap_or_else(|error| unreachable!("registered once: {error}"))
});

/// Counts a request as active until it is dropped.
pub(crate) struct InFlight;

pub(crate) fn in_flight() -> InFlight {
    IN_FLIGHT.inc();
    InFlight
}

impl Drop for InFlight {
    fn drop(&mut self) {
        IN_FLIGHT.dec();
    }
}

pub(crate) fn answered(method: &Method, route: Option<&str>, status: StatusCode, took: Duration) {
    let labels = [self::method(method), route.unwrap_or(NO_ROUTE), status.as_str()];
    ANSWERED.with_label_values(&labels).observe(took.as_secs_f64());
}

/// A client may make up methods, each of which would be a label of its own.
pub(crate) fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}
