//! Request bodies: JSON of a known shape, with every error said at once and where it is.

use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;

use crate::{FieldError, Problem, text};

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
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "Unsupported media type",
                "send the body as content-type: application/json",
            ));
        }
        let bytes = axum::body::Bytes::from_request(request, state).await.map_err(|rejection| {
            let status = rejection.into_response().status();
            if status == StatusCode::PAYLOAD_TOO_LARGE {
                return Problem::new(
                    status,
                    "body-too-large",
                    "Body too large",
                    "the body is larger than is accepted here",
                );
            }
            Problem::new(
                StatusCode::BAD_REQUEST,
                "malformed-body",
                "Malformed body",
                "the body could not be read to its end",
            )
        })?;
        parse(&bytes).map(Self)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
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
    Problem::new(StatusCode::BAD_REQUEST, "malformed-body", "Malformed body", format!("the body is not JSON: {error}"))
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
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "validation-failed", "Validation failed", detail)
            .with_errors(violations.errors)
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
    fn broken_json_and_wrong_values_are_different_problems() {
        assert_eq!(code_of("[{"), "malformed-body");
        assert_eq!(code_of(r#"[{"quantity":1}] trailing"#), "malformed-body");
        for wrong in [r#"[{"quantity":-1}]"#, r#"[{"quantity":1.5}]"#, r#"[{"quantity":1,"colour":"red"}]"#, "[{}]"] {
            assert_eq!(code_of(wrong), "validation-failed", "{wrong}");
        }
    }
}
