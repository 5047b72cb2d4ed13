//! What can be wrong with a request to this service, and how a client sees it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use livemart_messaging::group::Overloaded;
use livemart_web::idempotency::Claimed;
use livemart_web::{Problem, ProblemKind, Violations};
use sea_orm::DbErr;

use crate::domain::cart::Full;
use crate::domain::{Illegal, Unpriceable};
use crate::lookout::TooMany;

pub const UNKNOWN_PRODUCT: ProblemKind = unprocessable("unknown-product", "Unknown product");
pub const PRODUCT_UNAVAILABLE: ProblemKind = unprocessable("product-unavailable", "Product unavailable");
pub const NO_TOTAL: ProblemKind = unprocessable("no-total", "No total");
pub const CART_FULL: ProblemKind = conflict("cart-full", "Cart full");
pub const NOT_CANCELLABLE: ProblemKind = conflict("order-not-cancellable", "Order not cancellable");
pub const NOT_FULFILLABLE: ProblemKind = conflict("order-not-fulfillable", "Order not fulfillable");
pub const OVERLOADED: ProblemKind = ProblemKind::unavailable("overloaded");
pub const TOO_MANY_STREAMS: ProblemKind = ProblemKind::unavailable("too-many-streams");

const fn unprocessable(code: &'static str, title: &'static str) -> ProblemKind {
    ProblemKind::new(StatusCode::UNPROCESSABLE_ENTITY, code, title)
}

const fn conflict(code: &'static str, title: &'static str) -> ProblemKind {
    ProblemKind::new(StatusCode::CONFLICT, code, title)
}

#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    #[error("the order is not valid")]
    Invalid(Violations),
    #[error(transparent)]
    Unpriceable(#[from] Unpriceable),
    #[error(transparent)]
    CartFull(#[from] Full),
    #[error("the order does not exist")]
    NotFound,
    #[error("{0}")]
    NotCancellable(Illegal),
    #[error("{0}")]
    NotFulfillable(Illegal),
    #[error("the idempotency key cannot be used")]
    Key(Claimed),
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    #[error(transparent)]
    TooManyFollow(#[from] TooMany),
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        let text = error.to_string();
        match error {
            OrderError::Invalid(violations) => violations.into(),
            OrderError::Unpriceable(Unpriceable::UnknownProduct(_)) => UNKNOWN_PRODUCT.problem(text),
            OrderError::Unpriceable(Unpriceable::ProductUnavailable(_)) => PRODUCT_UNAVAILABLE.problem(text),
            OrderError::Unpriceable(Unpriceable::NoTotal(_)) => NO_TOTAL.problem(text),
            OrderError::CartFull(_) => CART_FULL.problem(text),
            OrderError::NotFound => Problem::not_found("order"),
            OrderError::NotCancellable(_) => NOT_CANCELLABLE.problem(text),
            OrderError::NotFulfillable(_) => NOT_FULFILLABLE.problem(text),
            OrderError::Key(claimed) => {
                claimed.problem().unwrap_or_else(|| Problem::internal(&"a claim without a problem"))
            }
            OrderError::Overloaded(_) => OVERLOADED.problem(text).retry_after(1),
            OrderError::TooManyFollow(_) => TOO_MANY_STREAMS.problem(text).retry_after(5),
            OrderError::Database(error) => Problem::database(&error),
        }
    }
}

impl IntoResponse for OrderError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
