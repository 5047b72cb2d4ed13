//! Facts of the payment service.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Line, event};
use crate::ids::RefundId;
use crate::{Money, OrderId, PaymentId};

/// The money is held, not taken. Carries the lines so that the inventory need not ask anybody for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentAuthorized {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub amount: Money,
    pub lines: Vec<Line>,
    /// The order's deadline: a reservation made later cannot be confirmed any more.
    pub expires_at: DateTime<Utc>,
}
event!(PaymentAuthorized, "payment.authorized", saga, payment_id);

/// The provider declined. No money is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentFailed {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    /// The provider's reason in kebab case: `card-declined`, `insufficient-funds`.
    pub code: String,
    pub detail: String,
}
event!(PaymentFailed, "payment.failed", saga, payment_id);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentCaptured {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub amount: Money,
}
event!(PaymentCaptured, "payment.captured", saga, payment_id);

/// The hold is released. Nothing was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentVoided {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub amount: Money,
}
event!(PaymentVoided, "payment.voided", saga, payment_id);

/// `amount` went back to the customer; several partial refunds are several events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentRefunded {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub amount: Money,
    /// Where the staff asked for it; none when the order's end did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<RefundId>,
    /// Goods of the order that came back with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restock: Vec<Line>,
}
event!(PaymentRefunded, "payment.refunded", saga, payment_id);

/// A hold waits for the order's decision longer than it should: asks for the decision to be announced again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentStalled {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
}
event!(PaymentStalled, "payment.stalled", saga, payment_id);
