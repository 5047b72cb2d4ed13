//! What customers and staff can see of payments, and what the staff gives back.

mod list;
mod refunds;
mod show;
mod view;

use livemart_contracts::UserId;
use livemart_runtime::App;
use livemart_web::openapi::{Routes, operation};
use livemart_web::{Caller, Role};

use crate::error::{NOT_REFUNDABLE, REFUND_TOO_LARGE, RESTOCK_TOO_LARGE};

pub fn routes() -> Routes<App> {
    Routes::new()
        .get(
            "/api/v1/payments",
            list::list,
            operation("list_payments", "The caller's payments, or all of them for the staff, newest first"),
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
