//! Headers that some endpoints listen to.

use std::convert::Infallible;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, header};

use crate::body::VALIDATION_FAILED;
use crate::openapi::{Input, Operation, Schemas};
use crate::{Problem, Violations};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The id of the last event that a client has seen of a stream; none at its first visit.
#[derive(Debug, Clone, Copy)]
pub struct LastEventId<T>(pub Option<T>);

impl<T: FromStr, S: Sync> FromRequestParts<S> for LastEventId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(LAST_EVENT_ID) else { return Ok(Self(None)) };
        let id = value.to_str().ok().and_then(|text| text.parse().ok());
        let mut wrong = Violations::default();
        wrong.require(id.is_some(), "Last-Event-ID", "invalid", "take the id of the last event that was read");
        wrong.check()?;
        Ok(Self(id))
    }
}

impl<T> Input for LastEventId<T> {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.takes_header("Last-Event-ID", "The id of the last event that was read: the stream goes on after it.");
        operation.may_answer(&[VALIDATION_FAILED]);
    }
}

/// The languages that a client accepts, as it writes them.
#[derive(Debug, Clone)]
pub struct AcceptLanguage(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for AcceptLanguage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let languages = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|languages| languages.to_str().ok());
        Ok(Self(languages.map(str::to_owned)))
    }
}

impl Input for AcceptLanguage {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.takes_header("Accept-Language", "The language of the texts: Korean or English.");
    }
}
