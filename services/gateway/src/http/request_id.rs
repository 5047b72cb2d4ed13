//! `X-Request-Id`: the client's name for a request, or a new one, on the request and on its answer.

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use livemart_contracts::Clock;
use livemart_web::request::X_REQUEST_ID;

/// Characters; it goes into logs.
const LONGEST: usize = 128;

pub async fn name(State(clock): State<Clock>, mut request: Request, next: Next) -> Response {
    let id = request.headers().get(X_REQUEST_ID).filter(|id| is_harmless(id)).cloned();
    let id = id.or_else(|| HeaderValue::try_from(clock.new_uuid().to_string()).ok());
    let Some(id) = id else { return next.run(request).await };
    request.headers_mut().insert(X_REQUEST_ID, id.clone());
    let mut response = next.run(request).await;
    response.headers_mut().insert(X_REQUEST_ID, id);
    response
}

/// What can stand in a log line without being taken for something else.
fn is_harmless(id: &HeaderValue) -> bool {
    let known = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
    (1..=LONGEST).contains(&id.len()) && id.as_bytes().iter().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_the_client_is_kept_if_it_is_short_and_plain() {
        for (id, kept) in [("01JD-abc_9.:/+=", true), ("", false), ("a b", false), ("\"quoted\"", false)] {
            assert_eq!(is_harmless(&HeaderValue::from_static(id)), kept, "{id}");
        }
        assert!(!is_harmless(&HeaderValue::try_from("x".repeat(LONGEST + 1)).expect("a value")));
    }
}
