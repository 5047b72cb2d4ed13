//! Facts of the order service: the only one that decides whether an order is confirmed, failed or cancelled.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event;
use crate::{Money, OrderId, ProductId, UserId};

/// A line as ordered, at the price that was valid then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PricedLine {
    pub product_id: ProductId,
    pub quantity: u32,
    pub unit_price: Money,
}

/// What a step needs of a line once the price no longer matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    pub product_id: ProductId,
    pub quantity: u32,
}

/// Why an order failed, as the customer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderFailure {
    pub code: FailureCode,
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureCode {
    PaymentDeclined,
    OutOfStock,
    TimedOut,
}

/// The customer ordered; nothing is held or reserved yet. Undecided at `expires_at`, the order fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderCreated {
    pub order_id: OrderId,
    pub customer_id: UserId,
    pub lines: Vec<PricedLine>,
    pub total: Money,
    pub payment_method: String,
    pub expires_at: DateTime<Utc>,
}
event!(OrderCreated, "order.created", saga, order_id);

/// The pivot of the saga: from here on it only goes forward, or is undone by a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderConfirmed {
    pub order_id: OrderId,
    pub customer_id: UserId,
}
event!(OrderConfirmed, "order.confirmed", saga, order_id);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderFailed {
    pub order_id: OrderId,
    pub customer_id: UserId,
    pub failure: OrderFailure,
}
event!(OrderFailed, "order.failed", saga, order_id);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderCancelled {
    pub order_id: OrderId,
    pub customer_id: UserId,
    pub reason: String,
}
event!(OrderCancelled, "order.cancelled", saga, order_id);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderShipped {
    pub order_id: OrderId,
    pub customer_id: UserId,
}
event!(OrderShipped, "order.shipped", saga, order_id);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderDelivered {
    pub order_id: OrderId,
    pub customer_id: UserId,
}
event!(OrderDelivered, "order.delivered", saga, order_id);
