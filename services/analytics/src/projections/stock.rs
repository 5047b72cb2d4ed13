//! Projection of `stock.*`: what was set aside, left and came back.

use livemart_messaging::{Decision, Delivered, Failure, Projection, Tables};

use super::following::follow;
use crate::domain::Goods;
use crate::domain::goods::StockFact;

pub struct Stock;

impl Projection for Stock {
    type Event = StockFact;
    const DURABLE: &'static str = "analytics-stock";

    async fn project(&self, tables: &Tables<'_>, batch: &[Delivered<StockFact>]) -> Result<Vec<Decision>, Failure> {
        Ok(follow::<Goods>(tables, Self::DURABLE, batch).await?.decisions)
    }
}
