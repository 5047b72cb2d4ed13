//! `GET /orders/{id}`.

use axum::Json;
use axum::extract::State;
use livemart_contracts::UserId;
use livemart_contracts::ids::Order;
use livemart_web::{Caller, PathId, Role};

use super::Orders;
use super::view::OrderView;
use crate::error::OrderError;
use crate::store::orders;

pub(super) async fn show(
    State(Orders { store, .. }): State<Orders>,
    caller: Caller,
    PathId(id): PathId<Order>,
) -> Result<Json<OrderView>, OrderError> {
    let order = orders::find(store.db(), id, whose(&caller)).await?;
    order.map(|order| Json(order.into())).ok_or(OrderError::NotFound)
}

/// A customer sees their own orders, the staff every order.
pub(super) fn whose(caller: &Caller) -> Option<UserId> {
    match caller.role {
        Role::Customer => Some(caller.user_id),
        Role::Admin => None,
    }
}
