//! Projection of `order.*`: what was ordered, and how it was decided; and what was sold of each product.

use std::time::Duration;

use livemart_messaging::{Decision, Delivered, Failure, Personal, Projection, Rows, Table, Tables};

use super::following::follow;
use crate::domain::order::OrderFact;
use crate::domain::{Order, sums};
use crate::store::product_days;

pub struct Orders;

impl Projection for Orders {
    type Event = OrderFact;
    const DURABLE: &'static str = "analytics-orders";
    const LINGER: Duration = super::LINGER;
    const TABLES: &'static [Table] = &[
        Table { name: "orders", rows: Rows::OfOneThing("order_id"), personal: Personal::Nothing },
        Table { name: "order_hours", rows: Rows::OfOneTime("hour"), personal: Personal::Nothing },
        Table { name: "product_days", rows: Rows::OfOneTime("day"), personal: Personal::Nothing },
        Table { name: "order_events", rows: Rows::OfOneThing("order_id"), personal: Personal::Nothing },
    ];

    async fn project(&self, tables: &Tables<'_>, batch: &[Delivered<OrderFact>]) -> Result<Vec<Decision>, Failure> {
        let learned = follow::<Order>(tables, Self::DURABLE, batch).await?;
        product_days::add_in(tables.tx(), &sums::product_days(&learned.changed)).await?;
        Ok(learned.decisions)
    }
}
