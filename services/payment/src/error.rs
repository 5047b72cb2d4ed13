//! What can be wrong with a request to this service, and how a client sees it.

use axum::response::{IntoResponse, Response};
use livemart_web::Problem;
use sea_orm::DbErr;

#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    #[error("the payment does not exist")]
    NotFound,
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<PaymentError> for Problem {
    fn from(error: PaymentError) -> Self {
        match error {
            PaymentError::NotFound => Problem::not_found("payment"),
            PaymentError::Database(error) => Problem::database(&error),
        }
    }
}

impl IntoResponse for PaymentError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
