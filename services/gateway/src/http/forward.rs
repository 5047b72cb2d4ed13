//! Any other path: whoever announced it answers.

use axum::extract::{Request, State};
use axum::response::Response;

use crate::forward::Forwarder;
use crate::forward::failure::Failure;

pub async fn forward(State(forwarder): State<Forwarder>, request: Request) -> Result<Response, Failure> {
    forwarder.forward(request).await
}
