//! `POST /orders/{id}/cancel`: the customer changes their mind. Money and goods follow by events.

use axum::Json;
use axum::extract::State;
use livemart_contracts::ids::Order as OrderTag;
use livemart_messaging::Failure;
use livemart_web::{Caller, PathId, Problem, RequestTrace, Status};

use super::Orders;
use super::show::whose;
use super::view::OrderView;
use crate::decide::announce;
use crate::domain::Transition;
use crate::error::OrderError;
use crate::store::orders;

pub(super) async fn cancel(
    State(Orders { store, .. }): State<Orders>,
    caller: Caller,
    trace: RequestTrace,
    PathId(id): PathId<OrderTag>,
) -> Result<Status<202, Json<OrderView>>, Problem> {
    let mut work = store.begin().await?;
    let mut locked = orders::lock_in(work.tx(), [id]).await?;
    let owner = whose(&caller);
    let order = locked.get_mut(&id).filter(|order| owner.is_none_or(|owner| owner == order.customer_id));
    let order = order.ok_or(OrderError::NotFound)?;
    let by = if owner.is_some() { "cancelled by the customer" } else { "cancelled by the staff" };
    if order.cancel(by).map_err(OrderError::NotCancellable)? == Transition::Changed {
        announce(&mut work, trace, order);
        orders::save_in(work.tx(), &[order], work.now()).await.map_err(conflict)?;
    }
    let shown = orders::find(work.tx(), id, None).await?.ok_or(OrderError::NotFound)?;
    work.commit().await?;
    Ok(Status(Json(shown.into())))
}

/// The row is locked while it is decided, so only the database itself can be in the way.
pub(super) fn conflict(failure: Failure) -> Problem {
    match failure {
        Failure::Unavailable(error) => Problem::database(&error),
        Failure::Retry(error) | Failure::Reject(error) => Problem::internal(&error),
    }
}
