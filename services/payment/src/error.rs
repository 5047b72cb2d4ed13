//! What can be wrong with a request to this service, and how a client sees it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use livemart_messaging::Failure;
use livemart_web::idempotency::Claimed;
use livemart_web::{Problem, ProblemKind, Violations};
use sea_orm::DbErr;

use crate::domain::NotRefundable;
use crate::http::webhooks;
use crate::providers::{ProviderError, Refusal};

pub const NOT_REFUNDABLE: ProblemKind = conflict("payment-not-refundable", "Payment not refundable");
pub const REFUND_TOO_LARGE: ProblemKind = conflict("refund-too-large", "Refund too large");
pub const RESTOCK_TOO_LARGE: ProblemKind = conflict("restock-too-large", "Restock too large");

pub const PROVIDER_UNAVAILABLE: ProblemKind = ProblemKind::unavailable("provider-unavailable");
pub const PROVIDER_REFUSED: ProblemKind =
    ProblemKind::new(StatusCode::BAD_GATEWAY, "provider-refused", "Provider refused");
pub const INVALID_SIGNATURE: ProblemKind =
    ProblemKind::new(StatusCode::BAD_REQUEST, "invalid-signature", "Invalid signature");
pub const WEBHOOKS_NOT_CONFIGURED: ProblemKind = ProblemKind::unavailable("webhooks-not-configured");

/// Seconds after which a provider that is away may be back.
const BACK_SOON: u32 = 5;

const fn conflict(code: &'static str, title: &'static str) -> ProblemKind {
    ProblemKind::new(StatusCode::CONFLICT, code, title)
}

#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    #[error("the payment does not exist")]
    NotFound,
    #[error("the refund is not valid")]
    Invalid(Violations),
    #[error(transparent)]
    NotRefundable(#[from] NotRefundable),
    #[error("the idempotency key cannot be used")]
    Key(Claimed),
    /// Of a webhook.
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The row is locked while it is moved, so only the database itself can be in the way.
    #[error(transparent)]
    Unsaved(#[from] Failure),
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<PaymentError> for Problem {
    fn from(error: PaymentError) -> Self {
        match error {
            PaymentError::Invalid(violations) => violations.into(),
            PaymentError::NotRefundable(why) => not_refundable(&why),
            PaymentError::Key(claimed) => {
                claimed.problem().unwrap_or_else(|| Problem::internal(&"a claim without a problem"))
            }
            PaymentError::Refused(refusal) => webhooks::refused(&refusal),
            PaymentError::Provider(error @ ProviderError::Refused(_)) => PROVIDER_REFUSED.problem(error.to_string()),
            PaymentError::Provider(error) => {
                tracing::warn!(%error, "the provider cannot be asked");
                PROVIDER_UNAVAILABLE.problem("the payment provider cannot be asked now").retry_after(BACK_SOON)
            }
            PaymentError::Unsaved(Failure::Unavailable(error)) => Problem::database(&error),
            PaymentError::Unsaved(failure) => Problem::internal(&failure),
            PaymentError::NotFound => Problem::not_found("payment"),
            PaymentError::Database(error) => Problem::database(&error),
        }
    }
}

fn not_refundable(why: &NotRefundable) -> Problem {
    let kind = match why {
        NotRefundable::NothingTaken => NOT_REFUNDABLE,
        NotRefundable::OtherCurrency { .. } => {
            let mut wrong = Violations::default();
            wrong.require(false, "/amount/currency", "invalid", why.to_string());
            return wrong.into();
        }
        NotRefundable::TooMuch { .. } => REFUND_TOO_LARGE,
        NotRefundable::NotOrdered { .. } => RESTOCK_TOO_LARGE,
    };
    kind.problem(why.to_string())
}

impl IntoResponse for PaymentError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
