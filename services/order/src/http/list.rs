//! `GET /orders`: the caller's orders, newest first.

use axum::Json;
use axum::extract::State;
use livemart_contracts::OrderId;
use livemart_web::{Caller, Page, PageQuery, Problem};

use super::Orders;
use super::view::OrderView;
use crate::store::orders;

pub(super) async fn list(
    State(Orders { store, .. }): State<Orders>,
    caller: Caller,
    query: PageQuery,
) -> Result<Json<Page<OrderView>>, Problem> {
    let after: Option<OrderId> = query.cursor()?;
    let orders = orders::list(store.db(), caller.user_id, after, query.rows_to_read()).await?;
    let views = orders.into_iter().map(OrderView::from).collect();
    Ok(Json(Page::new(&query, views, |order| order.id)))
}
