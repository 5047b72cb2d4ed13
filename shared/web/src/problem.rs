//! Errors as clients see them: RFC 9457 `application/problem+json` with a stable `code`.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

pub const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// What a client may rely on: the code of a problem, which is kebab case and never changes, with its status; the title says
/// the same for a person. Declared once, so that a handler answers what the contract of its endpoint names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProblemKind {
    pub status: StatusCode,
    pub code: &'static str,
    pub title: &'static str,
}

pub const NOT_FOUND: ProblemKind = ProblemKind::new(StatusCode::NOT_FOUND, "not-found", "Not found");
pub const INTERNAL: ProblemKind = ProblemKind::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error");
pub const DATABASE_UNAVAILABLE: ProblemKind = ProblemKind::unavailable("database-unavailable");

impl ProblemKind {
    pub const fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self { status, code, title }
    }

    /// For what passes by itself; the problem says when to come back.
    pub const fn unavailable(code: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, "Temporarily unavailable")
    }

    /// `detail` says what it is about this time.
    pub fn problem(self, detail: impl Into<String>) -> Problem {
        let members = Members {
            kind: format!("/problems/{}", self.code),
            title: self.title,
            status: self.status,
            detail: detail.into(),
            instance: None,
            code: self.code,
            trace_id: None,
            errors: Vec::new(),
            headers: Vec::new(),
        };
        Problem { members: Box::new(members) }
    }
}

/// What went wrong, and what the caller can do. `instance` and `trace_id` are filled in at the edge of the service, by
/// [`request::finish`](crate::request::finish).
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Problem {
    // Boxed, for it is the rare half of many results.
    members: Box<Members>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Problem", description = "What went wrong (RFC 9457). `code` is what programs may rely on.")]
pub(crate) struct Members {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    #[serde(serialize_with = "as_number")]
    #[schemars(with = "u16")]
    status: StatusCode,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    code: &'static str,
    /// Finds the request in the logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(skip)]
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// One thing that is wrong with a request: where (a JSON Pointer into the body, or a parameter), which rule, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldError {
    pub pointer: String,
    pub code: &'static str,
    pub detail: String,
}

fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    pub fn not_found(what: &str) -> Self {
        NOT_FOUND.problem(format!("there is no such {what}"))
    }

    /// Hides `error` from the caller and logs it: the one place where an unexpected error is logged.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request failed");
        INTERNAL.problem("something went wrong on our side; the trace id finds it in the logs")
    }

    /// A failing database: 503 while it is away, else an internal error.
    pub fn database(error: &sea_orm::DbErr) -> Self {
        if livemart_messaging::store::is_unavailable(error) {
            tracing::warn!(%error, "the database is away");
            return DATABASE_UNAVAILABLE.problem("the service cannot reach its database").retry_after(1);
        }
        Self::internal(error)
    }

    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.members.errors = errors;
        self
    }

    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.members.headers.push((name, value));
        self
    }

    pub fn retry_after(self, seconds: u32) -> Self {
        self.with_header(header::RETRY_AFTER, seconds.into())
    }

    pub fn status(&self) -> StatusCode {
        self.members.status
    }

    pub fn code(&self) -> &'static str {
        self.members.code
    }

    pub(crate) fn at(mut self, instance: &str, trace_id: &str) -> Self {
        self.members.instance = Some(instance.to_owned());
        self.members.trace_id = Some(trace_id.to_owned());
        self
    }

    pub(crate) fn render(self) -> Response {
        let json = serde_json::to_vec(&self).unwrap_or_else(|error| unreachable!("a problem is JSON: {error}"));
        let mut response = Response::new(Body::from(json));
        *response.status_mut() = self.members.status;
        response.headers_mut().insert(header::CONTENT_TYPE, PROBLEM_JSON);
        response
            .headers_mut()
            .extend(self.members.headers.into_iter().map(|(name, value)| (Some(name), value)).collect::<Vec<_>>());
        response
    }
}

impl IntoResponse for Problem {
    /// The problem travels in the response's extensions to the edge, where its instance and trace are known.
    fn into_response(self) -> Response {
        let mut response = self.clone().render();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<sea_orm::DbErr> for Problem {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::database(&error)
    }
}
