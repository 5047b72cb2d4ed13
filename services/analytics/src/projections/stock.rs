//! Projection of `stock.*`: what was set aside, left and came back.

use std::time::Duration;

use livemart_messaging::{Decision, Delivered, Failure, Personal, Projection, Rows, Table, Tables};

use super::following::follow;
use crate::domain::Goods;
use crate::domain::goods::StockFact;

pub struct Stock;

impl Projection for Stock {
    type Event = StockFact;
    const DURABLE: &'static str = "analytics-stock";
    const LINGER: Duration = super::LINGER;
    const TABLES: &'static [Table] = &[
        Table { name: "goods", rows: Rows::OfOneThing("order_id"), personal: Personal::Nothing },
        Table { name: "stock_hours", rows: Rows::OfOneTime("hour"), personal: Personal::Nothing },
        Table { name: "stock_events", rows: Rows::OfOneThing("order_id"), personal: Personal::Nothing },
    ];

    async fn project(&self, tables: &Tables<'_>, batch: &[Delivered<StockFact>]) -> Result<Vec<Decision>, Failure> {
        Ok(follow::<Goods>(tables, Self::DURABLE, batch).await?.decisions)
    }
}
