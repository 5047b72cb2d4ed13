//! What can be wrong with a request to this service, and how a client sees it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use livemart_messaging::group::Overloaded;
use livemart_web::idempotency::Claimed;
use livemart_web::{Problem, Violations};
use sea_orm::DbErr;

use crate::domain::cart::Full;
use crate::domain::{Illegal, Unpriceable};
use crate::lookout::TooMany;

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
        let unprocessable = |code, title| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title, text.clone());
        let conflict = |code, title| Problem::new(StatusCode::CONFLICT, code, title, text.clone());
        match error {
            OrderError::Invalid(violations) => violations.into(),
            OrderError::Unpriceable(Unpriceable::UnknownProduct(_)) => {
                unprocessable("unknown-product", "Unknown product")
            }
            OrderError::Unpriceable(Unpriceable::ProductUnavailable(_)) => {
                unprocessable("product-unavailable", "Product unavailable")
            }
            OrderError::Unpriceable(Unpriceable::NoTotal(_)) => unprocessable("no-total", "No total"),
            OrderError::CartFull(_) => conflict("cart-full", "Cart full"),
            OrderError::NotFound => Problem::not_found("order"),
            OrderError::NotCancellable(_) => conflict("order-not-cancellable", "Order not cancellable"),
            OrderError::NotFulfillable(_) => conflict("order-not-fulfillable", "Order not fulfillable"),
            OrderError::Key(claimed) => {
                claimed.problem().unwrap_or_else(|| Problem::internal(&"a claim without a problem"))
            }
            OrderError::Overloaded(overloaded) => Problem::unavailable("overloaded", overloaded.to_string(), 1),
            OrderError::TooManyFollow(_) => Problem::unavailable("too-many-streams", text, 5),
            OrderError::Database(error) => Problem::database(&error),
        }
    }
}

impl IntoResponse for OrderError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
