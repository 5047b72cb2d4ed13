//! Projection of `order.*`: what was ordered, and how it was decided; and what was sold of each product.

use livemart_messaging::{Decision, Delivered, Failure, Projection, Tables};

use super::following::follow;
use crate::domain::order::OrderFact;
use crate::domain::{Order, sums};
use crate::store::product_days;

pub struct Orders;

impl Projection for Orders {
    type Event = OrderFact;
    const DURABLE: &'static str = "analytics-orders";

    async fn project(&self, tables: &Tables<'_>, batch: &[Delivered<OrderFact>]) -> Result<Vec<Decision>, Failure> {
        let learned = follow::<Order>(tables, Self::DURABLE, batch).await?;
        product_days::add_in(tables.tx(), &sums::product_days(&learned.changed)).await?;
        Ok(learned.decisions)
    }
}
