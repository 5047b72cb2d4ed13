//! What customers and staff can see of payments, and what the staff gives back.

mod list;
mod refunds;
mod show;
mod view;

use axum::Router;
use axum::routing::{get, post};
use livemart_contracts::UserId;
use livemart_runtime::App;
use livemart_web::{Caller, Role};

pub fn router(app: &App) -> Router {
    Router::new()
        .route("/api/v1/payments", get(list::list))
        .route("/api/v1/payments/{id}", get(show::show))
        .route("/api/v1/payments/{id}/refunds", post(refunds::create).get(refunds::list))
        .with_state(app.clone())
}

/// A customer sees their own payments, the staff all of them.
fn whose(caller: &Caller) -> Option<UserId> {
    match caller.role {
        Role::Customer => Some(caller.user_id),
        Role::Admin => None,
    }
}
