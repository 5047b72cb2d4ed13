//! Projection of `stock.*`: what the followers of an order hear of its goods.

use std::time::Duration;

use livemart_contracts::facts;
use livemart_messaging::{Decision, Delivered, Failure, Personal, Projection, Rows, Table, Tables};

use crate::store::events::{self, Heard, Log};

pub struct StockEvents;

facts! {
    pub enum StockChange {
        Reserved(StockReserved),
        Failed(StockFailed),
        Committed(StockCommitted),
        Released(StockReleased),
    }
}

fn heard(event: &Delivered<StockChange>) -> Heard {
    match &event.fact {
        StockChange::Reserved(fact) => Heard::new(event, fact),
        StockChange::Failed(fact) => Heard::new(event, fact),
        StockChange::Committed(fact) => Heard::new(event, fact),
        StockChange::Released(fact) => Heard::new(event, fact),
    }
}

impl Projection for StockEvents {
    type Event = StockChange;
    const DURABLE: &'static str = "order-stock-events";
    const LINGER: Duration = super::LINGER;
    const TABLES: &'static [Table] =
        &[Table { name: "stock_events", rows: Rows::OfOneThing("order_id"), personal: Personal::Nothing }];

    async fn project(&self, tables: &Tables<'_>, batch: &[Delivered<StockChange>]) -> Result<Vec<Decision>, Failure> {
        events::append_in(tables, Log::Stock, &batch.iter().map(heard).collect::<Vec<_>>()).await?;
        Ok(vec![Decision::Applied; batch.len()])
    }
}
