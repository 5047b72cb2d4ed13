//! What people are told: a kind, what it is about, and the ids and figures that its text needs.

use livemart_contracts::events::FailureCode;
use livemart_contracts::ids::WebhookEndpointId;
use livemart_contracts::{Money, OrderId, ProductId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What happened. Names are stored and shown, so they are never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "NotificationKind")]
pub enum Kind {
    Welcome,
    OrderConfirmed,
    OrderFailed,
    OrderCancelled,
    OrderShipped,
    OrderDelivered,
    PaymentRefunded,
    StockLow,
    WebhookEndpointDisabled,
}

impl Kind {
    pub const ALL: [Self; 9] = [
        Self::Welcome,
        Self::OrderConfirmed,
        Self::OrderFailed,
        Self::OrderCancelled,
        Self::OrderShipped,
        Self::OrderDelivered,
        Self::PaymentRefunded,
        Self::StockLow,
        Self::WebhookEndpointDisabled,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::OrderConfirmed => "order-confirmed",
            Self::OrderFailed => "order-failed",
            Self::OrderCancelled => "order-cancelled",
            Self::OrderShipped => "order-shipped",
            Self::OrderDelivered => "order-delivered",
            Self::PaymentRefunded => "payment-refunded",
            Self::StockLow => "stock-low",
            Self::WebhookEndpointDisabled => "webhook-endpoint-disabled",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Inbox {
    Person(UserId),
    /// One inbox for all of them: what one has read, the others need not.
    Staff,
}

impl Inbox {
    /// As the tables name it.
    pub fn id(self) -> Uuid {
        match self {
            Self::Person(user) => user.uuid(),
            Self::Staff => Uuid::nil(),
        }
    }

    pub fn of_id(id: Uuid) -> Self {
        if id.is_nil() { Self::Staff } else { Self::Person(id.into()) }
    }
}

/// Ids and figures, never names or texts: this is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Details {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// Pieces that can be sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_endpoint_id: Option<WebhookEndpointId>,
}

impl Details {
    pub fn of_order(order_id: OrderId) -> Self {
        Self { order_id: Some(order_id), ..Self::default() }
    }
}

/// A notification to be made. There is one for each kind and subject, for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub to: Inbox,
    pub kind: Kind,
    pub subject: String,
    pub details: Details,
}

impl Notice {
    /// To a customer about an order of theirs.
    pub fn of_order(kind: Kind, customer: UserId, order: OrderId) -> Self {
        Self { to: Inbox::Person(customer), kind, subject: order.to_string(), details: Details::of_order(order) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_the_name_under_which_it_is_stored() {
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.name()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
