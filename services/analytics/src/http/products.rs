//! `GET /analytics/products?from&to&limit&cursor`: best sellers, by the units that stayed sold.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use livemart_contracts::ProductId;
use livemart_contracts::events::LocalizedText;
use livemart_contracts::money::Currency;
use livemart_messaging::Store;
use livemart_web::{Admin, Page, PageQuery, Problem, Violations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::asked::{self, Unit};
use super::money::Takings;
use crate::domain::span::Span;
use crate::store::best_sellers::{self, Place, Row};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Filters {
    from: Option<String>,
    to: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BestSeller")]
pub(super) struct Seller {
    product_id: ProductId,
    /// Null while the catalogue's news of it has not arrived.
    sku: Option<String>,
    name: Option<LocalizedText>,
    units: Units,
    /// One for each currency.
    sales: Vec<Takings>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UnitsSold")]
struct Units {
    sold: i64,
    cancelled: i64,
    net: i64,
}

impl Filters {
    fn read(&self, now: DateTime<Utc>) -> Result<Span, Violations> {
        let mut wrong = Violations::default();
        let span = asked::span(self.from.as_deref(), self.to.as_deref(), Unit::Day, now, &mut wrong);
        wrong.check()?;
        Ok(span.unwrap_or_else(|| unreachable!("what could not be read is among the violations")))
    }
}

/// Rows of one product are side by side.
fn sellers(rows: Vec<Row>) -> Result<Vec<Seller>, Problem> {
    let mut sellers: Vec<Seller> = Vec::new();
    for row in rows {
        let code = row.currency;
        let currency = Currency::from_code(&code).ok_or_else(|| Problem::internal(&format!("no currency {code}")))?;
        let takings = Takings::new(currency, row.amount, row.cancelled_amount, row.refunded);
        let product_id = row.product_id.into();
        match sellers.last_mut().filter(|last| last.product_id == product_id) {
            Some(last) => last.sales.push(takings),
            None => sellers.push(Seller {
                product_id,
                sku: row.sku,
                name: row.name_ko.zip(row.name_en).map(|(ko, en)| LocalizedText { ko, en }),
                units: Units {
                    sold: row.all_units,
                    cancelled: row.all_cancelled_units,
                    net: row.all_units - row.all_cancelled_units,
                },
                sales: vec![takings],
            }),
        }
    }
    Ok(sellers)
}

pub(super) async fn products(
    State(store): State<Store>,
    _: Admin,
    query: PageQuery<Filters>,
) -> Result<Json<Page<Seller>>, Problem> {
    let span = query.filters.read(store.clock().now())?;
    let rows = best_sellers::read(store.db(), span, query.cursor::<Place>()?, query.rows_to_read()).await?;
    Ok(Json(Page::new(&query, sellers(rows)?, |seller: &Seller| Place(seller.units.net, seller.product_id))))
}
