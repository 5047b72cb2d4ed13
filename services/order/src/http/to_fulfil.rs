//! `GET /orders/to-fulfil?status`: the orders that wait for the staff, whoever placed them; the one that waits longest comes first.

use axum::Json;
use axum::extract::State;
use livemart_contracts::OrderId;
use livemart_web::{Admin, Page, PageQuery, Problem};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Orders;
use super::view::OrderView;
use crate::domain::Status;
use crate::store::orders;

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Filters {
    /// `confirmed` waits to be shipped, `shipped` to arrive.
    #[serde(default)]
    status: Waiting,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Waiting {
    #[default]
    Confirmed,
    Shipped,
}

pub(super) async fn list(
    State(Orders { store, .. }): State<Orders>,
    _: Admin,
    query: PageQuery<Filters>,
) -> Result<Json<Page<OrderView>>, Problem> {
    let status = match query.filters.status {
        Waiting::Confirmed => Status::Confirmed,
        Waiting::Shipped => Status::Shipped,
    };
    let after: Option<OrderId> = query.cursor()?;
    let orders = orders::list_to_fulfil(store.db(), status, after, query.rows_to_read()).await?;
    let views = orders.into_iter().map(OrderView::from).collect();
    Ok(Json(Page::new(&query, views, |order| order.id)))
}
