//! Forged access tokens are refused here, so that no service spends time on them.
//!
//! Everything else passes, and each service says what it makes of it: a request without a token may be to something
//! public, and a client whose token has expired or whose session was ended sends it along when it signs in again.

use std::sync::Arc;

use axum::Extension;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use livemart_web::{Authenticate, Problem, Unauthenticated, caller};

pub async fn check(
    Extension(authenticate): Extension<Arc<dyn Authenticate>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    if let Some(token) = caller::bearer_token(&parts)
        && let Err(forged @ Unauthenticated::Invalid(_)) = authenticate.authenticate(token?).await
    {
        return Err(forged.into());
    }
    Ok(next.run(Request::from_parts(parts, body)).await)
}
