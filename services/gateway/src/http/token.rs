//! Bad access tokens are refused here, so that no service spends time on them. A request without one passes: each service
//! knows what is public. Services verify tokens again, for the gateway is not the only way to reach them.

use axum::extract::{FromRequestParts, Request};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use livemart_web::{Caller, Problem};

pub async fn check(request: Request, next: Next) -> Result<Response, Problem> {
    if !request.headers().contains_key(AUTHORIZATION) {
        return Ok(next.run(request).await);
    }
    let (mut parts, body) = request.into_parts();
    Caller::from_request_parts(&mut parts, &()).await?;
    Ok(next.run(Request::from_parts(parts, body)).await)
}
