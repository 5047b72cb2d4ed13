//! Facts of the inventory.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Line, event};
use crate::ids::RefundId;
use crate::{OrderId, ProductId, ReservationId};

/// Every line of the order is set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockReserved {
    pub order_id: OrderId,
    pub reservation_id: ReservationId,
    pub lines: Vec<Line>,
    pub expires_at: DateTime<Utc>,
}
event!(StockReserved, "stock.reserved", saga, reservation_id);

/// Nothing is set aside: at least one line is short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockFailed {
    pub order_id: OrderId,
    pub shortages: Vec<Shortage>,
}
event!(StockFailed, "stock.failed", saga, order_id);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shortage {
    pub product_id: ProductId,
    pub requested: u32,
    pub available: u32,
}

/// The goods left the stock for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockCommitted {
    pub order_id: OrderId,
    pub reservation_id: ReservationId,
    pub lines: Vec<Line>,
}
event!(StockCommitted, "stock.committed", saga, reservation_id);

/// The goods are for sale again, whether they were set aside or had been committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockReleased {
    pub order_id: OrderId,
    pub reservation_id: ReservationId,
    pub lines: Vec<Line>,
    /// The refund with which they came back; the rest of the order stays gone. None when the order's end let go of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<RefundId>,
}
event!(StockReleased, "stock.released", saga, reservation_id);

/// A reservation waits for the order's decision longer than it should: asks for it to be announced again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockStalled {
    pub order_id: OrderId,
    pub reservation_id: ReservationId,
}
event!(StockStalled, "stock.stalled", saga, reservation_id);

/// The levels of one product after a change. `version` grows with each change; a reader keeps the highest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockChanged {
    pub product_id: ProductId,
    pub on_hand: i64,
    pub reserved: i64,
    pub available: i64,
    pub version: i64,
}
event!(StockChanged, "stock.changed", product_id);

/// What can be sold of a product fell to the threshold or below it. Said once for each time; next after it rose above.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockLow {
    pub product_id: ProductId,
    pub available: i64,
    pub threshold: i64,
}
event!(StockLow, "stock.low", product_id);
