//! What customers and staff can see of payments, and what the staff gives back.

mod list;
mod reconciliation;
mod refunds;
mod show;
mod view;
pub(crate) mod webhooks;

use std::sync::Arc;

use axum::extract::FromRef;
use livemart_contracts::UserId;
use livemart_runtime::App;
use livemart_web::openapi::{Routes, operation};
use livemart_web::{Caller, Role};

use crate::error::{
    INVALID_SIGNATURE, NOT_REFUNDABLE, PROVIDER_REFUSED, PROVIDER_UNAVAILABLE, REFUND_TOO_LARGE, RESTOCK_TOO_LARGE,
    WEBHOOKS_NOT_CONFIGURED,
};
use crate::providers::PaymentProvider;

/// What the handlers share.
#[derive(Clone)]
pub struct Payments {
    pub app: App,
    pub provider: Arc<dyn PaymentProvider>,
}

impl FromRef<Payments> for App {
    fn from_ref(payments: &Payments) -> Self {
        payments.app.clone()
    }
}

impl FromRef<Payments> for Arc<dyn PaymentProvider> {
    fn from_ref(payments: &Payments) -> Self {
        Self::clone(&payments.provider)
    }
}

pub fn routes() -> Routes<Payments> {
    Routes::new()
        .get(
            "/api/v1/payments",
            list::list,
            operation("list_payments", "The caller's payments, or all of them for the staff, newest first"),
        )
        .get(
            "/api/v1/payments/reconciliation",
            reconciliation::compare_slice,
            operation(
                "reconcile_payments",
                "The next hundred payments beside the provider's books, and where they differ",
            )
            .refuses(&[PROVIDER_UNAVAILABLE, PROVIDER_REFUSED]),
        )
        .post(
            "/api/v1/payments/webhooks/{provider}",
            webhooks::receive,
            operation("hear_provider", "A hint of the payment provider, upon which the payment is looked up there")
                .refuses(&[INVALID_SIGNATURE, WEBHOOKS_NOT_CONFIGURED]),
        )
        .get("/api/v1/payments/{id}", show::show, operation("show_payment", "One payment"))
        .post(
            "/api/v1/payments/{id}/refunds",
            refunds::create,
            operation("refund_payment", "Give money back, in part or in full, and say which goods came back with it")
                .refuses(&[NOT_REFUNDABLE, REFUND_TOO_LARGE, RESTOCK_TOO_LARGE]),
        )
        .get(
            "/api/v1/payments/{id}/refunds",
            refunds::list,
            operation("list_refunds", "What was given back of a payment, newest first"),
        )
}

/// A customer sees their own payments, the staff all of them.
fn whose(caller: &Caller) -> Option<UserId> {
    match caller.role {
        Role::Customer => Some(caller.user_id),
        Role::Admin => None,
    }
}
