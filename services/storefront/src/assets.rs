//! Style sheet, scripts and icon, which are part of the program.
//!
//! Their addresses have a digest of all of them in it, so that browsers may keep them for ever.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

const SCRIPT: &str = "text/javascript; charset=utf-8";

const FILES: [(&str, &str, &str); 7] = [
    ("shop.css", "text/css; charset=utf-8", include_str!("../assets/shop.css")),
    ("icon.svg", "image/svg+xml", include_str!("../assets/icon.svg")),
    ("shop.js", SCRIPT, include_str!("../assets/shop.js")),
    ("inbox.js", SCRIPT, include_str!("../assets/inbox.js")),
    ("order.js", SCRIPT, include_str!("../assets/order.js")),
    ("search.js", SCRIPT, include_str!("../assets/search.js")),
    ("times.js", SCRIPT, include_str!("../assets/times.js")),
];
/// Hexadecimal digits of the digest: enough to tell versions apart.
const DIGITS: usize = 12;

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for (name, _, content) in FILES {
        digest.update(name);
        digest.update(content);
    }
    let mut hexadecimal = digest.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    hexadecimal.truncate(DIGITS);
    hexadecimal
});

/// Where the file of this name is.
pub fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

pub fn router() -> Router {
    Router::new().route("/assets/{version}/{name}", get(serve))
}

async fn serve(Path((version, name)): Path<(String, String)>) -> Response {
    let Some((_, kind, content)) = FILES.into_iter().find(|(known, _, _)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // Of another version of the program, which runs beside this one for a moment: not to be kept under that address.
    let kept = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    let headers = [(CONTENT_TYPE, HeaderValue::from_static(kind)), (CACHE_CONTROL, HeaderValue::from_static(kept))];
    (headers, content).into_response()
}
