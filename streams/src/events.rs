//! Every version of every event: its JSON Schema, generated from its struct, and how its bytes are read.

use livemart_contracts::events::{
    DecodeError, OrderCancelled, OrderConfirmed, OrderCreated, OrderDelivered, OrderFailed, OrderShipped,
    PaymentAuthorized, PaymentCaptured, PaymentFailed, PaymentRefunded, PaymentStalled, PaymentVoided, ProductCreated,
    ProductDeleted, ProductUpdated, StockChanged, StockCommitted, StockFailed, StockLow, StockReleased, StockReserved,
    StockStalled, UserErased, UserRegistered, UserUpdated,
};
use livemart_contracts::{Event, Facts};
use schemars::Schema;

/// One version of one event.
pub struct EventVersion {
    pub subject: &'static str,
    pub version: u32,
    /// JSON Schema, draft 2020-12.
    pub schema: Schema,
    /// Whether these bytes are an event that today's code can read.
    pub decode: fn(&[u8]) -> Result<(), DecodeError>,
}

impl EventVersion {
    fn of<E: Event>() -> Self {
        Self {
            subject: E::SUBJECT,
            version: E::VERSION,
            schema: schemars::schema_for!(E),
            decode: |body| E::decode(E::SUBJECT, body).map(|_| ()),
        }
    }

    /// `order.created.v1`, as files and messages are named.
    pub fn name(&self) -> String {
        format!("{}.v{}", self.subject, self.version)
    }
}

macro_rules! versions {
    ($($event:ident)+) => { vec![$(EventVersion::of::<$event>()),+] };
}

/// All of them. A test compares them with what the services declare.
pub fn events() -> Vec<EventVersion> {
    versions! {
        UserRegistered UserUpdated UserErased
        ProductCreated ProductUpdated ProductDeleted
        OrderCreated OrderConfirmed OrderFailed OrderCancelled OrderShipped OrderDelivered
        PaymentAuthorized PaymentFailed PaymentCaptured PaymentVoided PaymentRefunded PaymentStalled
        StockReserved StockFailed StockCommitted StockReleased StockStalled StockChanged StockLow
    }
}
