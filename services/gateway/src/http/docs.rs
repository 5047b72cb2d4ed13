//! `GET /docs`: a page to browse the contract and try it. All of it comes from here, so that it works without the internet and
//! under a policy that allows nothing else.

use std::sync::Arc;

use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use livemart_web::openapi::{Operation, Output, Schemas};
use livemart_web::{Problem, request};
use schemars::json_schema;
use utoipa_swagger_ui::{Config, serve};

/// Swagger UI writes styles into its elements, and has its icons in its style sheet.
const POLICY: (HeaderName, HeaderValue) = (
    header::CONTENT_SECURITY_POLICY,
    HeaderValue::from_static(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
);
const PAGE: &str = include_str!("docs/page.html");
const START: &str = include_str!("docs/start.js");
/// What the page needs of Swagger UI's files.
const OF_SWAGGER_UI: [&str; 2] = ["swagger-ui.css", "swagger-ui-bundle.js"];
/// The files change with the gateway only.
const KEPT: (HeaderName, HeaderValue) = (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));

pub struct Page;

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        ([POLICY], Html(PAGE)).into_response()
    }
}

impl Output for Page {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.answers(StatusCode::OK).content("text/html", json_schema!({ "type": "string" }));
    }
}

pub async fn page() -> Page {
    Page
}

/// What the page loads.
pub async fn file(uri: Uri, Path(name): Path<String>) -> Result<Response, Problem> {
    if name == "start.js" {
        return Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("text/javascript")), KEPT], START).into_response());
    }
    if !OF_SWAGGER_UI.contains(&name.as_str()) {
        return Err(request::unknown_path(uri).await);
    }
    let found = serve(&name, Arc::new(Config::default())).map_err(|error| Problem::internal(&error))?;
    let file = found.ok_or_else(|| Problem::internal(&format!("Swagger UI has no {name}")))?;
    let encoding = file.gzpipped.then(|| [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))]);
    Ok(([KEPT], [(header::CONTENT_TYPE, file.content_type)], encoding, file.bytes.into_owned()).into_response())
}
