//! `POST /orders/{id}/ship` and `/deliver`: the staff sends the goods, and learns that they arrived.

use axum::Json;
use axum::extract::State;
use livemart_contracts::OrderId;
use livemart_contracts::events::{OrderDelivered, OrderShipped};
use livemart_contracts::ids::Order as OrderTag;
use livemart_messaging::UnitOfWork;
use livemart_web::{Admin, PathId, Problem, RequestTrace};

use super::Orders;
use super::cancel::conflict;
use super::view::OrderView;
use crate::domain::{Illegal, Order, Transition};
use crate::error::OrderError;
use crate::store::orders;

pub(super) async fn ship(
    State(Orders { store, .. }): State<Orders>,
    _: Admin,
    trace: RequestTrace,
    PathId(id): PathId<OrderTag>,
) -> Result<Json<OrderView>, Problem> {
    let mut work = store.begin().await?;
    if let Some(order) = step(&mut work, id, Order::ship).await? {
        work.emit(trace, &OrderShipped { order_id: order.id, customer_id: order.customer_id });
    }
    answer(work, id).await
}

pub(super) async fn deliver(
    State(Orders { store, .. }): State<Orders>,
    _: Admin,
    trace: RequestTrace,
    PathId(id): PathId<OrderTag>,
) -> Result<Json<OrderView>, Problem> {
    let mut work = store.begin().await?;
    if let Some(order) = step(&mut work, id, Order::deliver).await? {
        work.emit(trace, &OrderDelivered { order_id: order.id, customer_id: order.customer_id });
    }
    answer(work, id).await
}

/// Moves the order by `step`; answers it if that changed it.
async fn step(
    work: &mut UnitOfWork,
    id: OrderId,
    step: fn(&mut Order) -> Result<Transition, Illegal>,
) -> Result<Option<Order>, Problem> {
    let mut order = orders::lock_in(work.tx(), [id]).await?.remove(&id).ok_or(OrderError::NotFound)?;
    if step(&mut order).map_err(OrderError::NotFulfillable)? == Transition::Unchanged {
        return Ok(None);
    }
    orders::save_in(work.tx(), &[&order], work.now()).await.map_err(conflict)?;
    work.tell(id.to_string());
    Ok(Some(order))
}

async fn answer(work: UnitOfWork, id: OrderId) -> Result<Json<OrderView>, Problem> {
    let shown = orders::find(work.tx(), id, None).await?.ok_or(OrderError::NotFound)?;
    work.commit().await?;
    Ok(Json(shown.into()))
}
