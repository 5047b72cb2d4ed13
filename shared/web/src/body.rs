//! Request bodies: JSON of a known shape, with every error said at once and where it is.

mod objects;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::openapi::{Input, Operation, Schemas};
use crate::{FieldError, Problem, ProblemKind, text};

pub const UNSUPPORTED_MEDIA_TYPE: ProblemKind =
    ProblemKind::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type");
pub const BODY_TOO_LARGE: ProblemKind =
    ProblemKind::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "Body too large");
pub const MALFORMED_BODY: ProblemKind = ProblemKind::new(StatusCode::BAD_REQUEST, "malformed-body", "Malformed body");
pub const VALIDATION_FAILED: ProblemKind =
    ProblemKind::new(StatusCode::UNPROCESSABLE_ENTITY, "validation-failed", "Validation failed");

/// A JSON body. Its type should have `#[serde(deny_unknown_fields)]`: what a client misspells must not be ignored.
#[derive(Debug, Clone)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.split(';').next().is_some_and(|kind| kind.trim() == "application/json"));
        if !is_json {
            return Err(UNSUPPORTED_MEDIA_TYPE.problem("send the body as content-type: application/json"));
        }
        let RawBody(bytes) = RawBody::from_request(request, state).await?;
        parse(&bytes).map(Self)
    }
}

impl<T: JsonSchema> Input for Body<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.takes_json(schemas.asked::<T>());
        operation.may_answer(&[UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, MALFORMED_BODY, VALIDATION_FAILED]);
    }
}

/// A body as it arrived, byte by byte: for what is signed.
#[derive(Debug, Clone)]
pub struct RawBody(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.into_response().status() == BODY_TOO_LARGE.status {
                return BODY_TOO_LARGE.problem("the body is larger than is accepted here");
            }
            MALFORMED_BODY.problem("the body could not be read to its end")
        })?;
        Ok(Self(bytes))
    }
}

impl Input for RawBody {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.takes_json(schemas.asked::<serde_json::Value>());
        operation.may_answer(&[BODY_TOO_LARGE, MALFORMED_BODY]);
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(objects::Objects(&mut json)).map_err(|error| {
        let pointer = pointer(error.path());
        let error = error.into_inner();
        if error.is_data() {
            let errors = vec![FieldError { pointer, code: "invalid", detail: error.to_string() }];
            return Violations { errors }.into();
        }
        malformed(&error)
    })?;
    json.end().map_err(|error| malformed(&error))?;
    if let Some(pointer) = text::find_unstorable(bytes) {
        return Err(text::unstorable(pointer).into());
    }
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Problem {
    MALFORMED_BODY.problem(format!("the body is not JSON: {error}"))
}

/// `lines[0].quantity` as the JSON Pointer `/lines/0/quantity` (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => String::new(),
        })
        .collect()
}

/// Everything that is wrong with a request, collected so that the caller sees it at once.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Violations {
    errors: Vec<FieldError>,
}

impl Violations {
    /// Adds an error unless `holds`.
    pub fn require(&mut self, holds: bool, pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        if !holds {
            self.errors.push(FieldError { pointer: pointer.into(), code, detail: detail.into() });
        }
    }

    /// `Ok` when nothing is wrong.
    pub fn check(self) -> Result<(), Self> {
        if self.errors.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl From<Violations> for Problem {
    fn from(violations: Violations) -> Self {
        let detail = match violations.errors.as_slice() {
            [only] => format!("{}: {}", if only.pointer.is_empty() { "body" } else { &only.pointer }, only.detail),
            several => format!("{} fields are invalid", several.len()),
        };
        VALIDATION_FAILED.problem(detail).with_errors(violations.errors)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[expect(dead_code, reason = "only its parsing is of interest")]
        quantity: u32,
    }

    fn code_of(body: &str) -> &'static str {
        parse::<Vec<Line>>(body.as_bytes()).expect_err(body).code()
    }

    #[test]
    fn text_that_no_table_can_store_is_refused_where_it_stands() {
        let parsed = |body: &str| parse::<serde_json::Value>(body.as_bytes());
        let problem = parsed(r#"{"lines":[{"a/b":"x\u0000y"}]}"#).expect_err("a NUL");
        assert!(format!("{problem:?}").contains("/lines/0/a~1b"), "{problem:?}");
        assert!(parsed(r#"{"\u0000":1}"#).is_err());
        assert!(parsed(r#"{"text":"\\u0000"}"#).is_ok(), "six characters, none of them a NUL");
    }

    #[test]
    fn an_object_is_not_written_as_a_list_of_its_fields() {
        #[derive(Debug, Default, Deserialize)]
        #[expect(dead_code, reason = "only its parsing is of interest")]
        struct Order {
            line: Option<Line>,
            note: Option<String>,
        }
        let read = |body: &str| parse::<Order>(body.as_bytes()).map_err(|problem| format!("{problem:?}"));
        assert!(read(r#"{"line":{"quantity":1},"note":null}"#).is_ok());
        assert!(read("[null,null]").is_err_and(|problem| problem.contains("expected struct Order")));
        assert!(read(r#"{"line":[1]}"#).is_err_and(|problem| problem.contains("/line")));
    }

    #[test]
    fn broken_json_and_wrong_values_are_different_problems() {
        assert_eq!(code_of("[{"), "malformed-body");
        assert_eq!(code_of(r#"[{"quantity":1}] trailing"#), "malformed-body");
        for wrong in [r#"[{"quantity":-1}]"#, r#"[{"quantity":1.5}]"#, r#"[{"quantity":1,"colour":"red"}]"#, "[{}]"] {
            assert_eq!(code_of(wrong), "validation-failed", "{wrong}");
        }
    }
}
