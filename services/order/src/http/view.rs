//! An order in JSON.

use chrono::{DateTime, Utc};
use livemart_contracts::events::{OrderFailure, PricedLine};
use livemart_contracts::{Money, OrderId};
use livemart_web::Address;
use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::Status;
use crate::store::orders::{PlacedOrder, ShownOrder};

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Order")]
pub struct OrderView {
    pub id: OrderId,
    status: Status,
    lines: Vec<PricedLine>,
    total: Money,
    payment_method: String,
    payment_status: String,
    failure: Option<OrderFailure>,
    shipping_address: Option<Address>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

/// Until the first event about its payment arrives.
const NO_PAYMENT_YET: &str = "pending";

impl From<PlacedOrder> for OrderView {
    fn from(placed: PlacedOrder) -> Self {
        let updated_at = placed.created_at;
        ShownOrder { placed, status: Status::Pending, failure: None, payment_status: None, updated_at, version: 1 }
            .into()
    }
}

impl From<ShownOrder> for OrderView {
    fn from(order: ShownOrder) -> Self {
        let placed = order.placed;
        Self {
            id: placed.id,
            status: order.status,
            lines: placed.lines,
            total: placed.total,
            payment_method: placed.payment_method,
            payment_status: order.payment_status.unwrap_or_else(|| NO_PAYMENT_YET.to_owned()),
            failure: order.failure,
            shipping_address: placed.shipping_address,
            created_at: placed.created_at,
            expires_at: placed.expires_at,
            updated_at: order.updated_at,
            version: order.version,
        }
    }
}
