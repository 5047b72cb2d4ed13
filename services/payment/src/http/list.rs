//! `GET /payments?order_id`: newest first.

use axum::Json;
use axum::extract::State;
use livemart_contracts::OrderId;
use livemart_runtime::App;
use livemart_web::{Caller, Page, PageQuery, Problem};
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::PaymentView;
use super::whose;
use crate::store::payments::{self, Wanted};

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Filters {
    order_id: Option<OrderId>,
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    query: PageQuery<Filters>,
) -> Result<Json<Page<PaymentView>>, Problem> {
    let wanted =
        Wanted { order: query.filters.order_id, customer: whose(&caller), after: query.cursor()?, payment: None };
    let payments = payments::list(app.store.db(), wanted, query.rows_to_read()).await?;
    let views = payments.into_iter().map(PaymentView::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Json(Page::new(&query, views, |payment| payment.id)))
}
