//! Projection of `payment.*`: the payment status that an order shows, and what its followers hear of its money.

use std::collections::BTreeMap;
use std::time::Duration;

use livemart_contracts::{OrderId, facts};
use livemart_messaging::{Decision, Delivered, Failure, Personal, Projection, Rows, Table, Tables};

use crate::store::events::{self, Heard, Log};
use crate::store::payments::{self, Progress};

pub struct Payments;

facts! {
    pub enum PaymentChange {
        Authorized(PaymentAuthorized),
        Failed(PaymentFailed),
        Captured(PaymentCaptured),
        Voided(PaymentVoided),
        Refunded(PaymentRefunded),
    }
}

impl From<&PaymentChange> for Progress {
    fn from(change: &PaymentChange) -> Self {
        let progress = |order_id, status, progress| Self { order_id, status, progress, captured: 0, refunded: 0 };
        match change {
            PaymentChange::Authorized(event) => progress(event.order_id, "authorized", 1),
            PaymentChange::Failed(event) => progress(event.order_id, "failed", 2),
            PaymentChange::Voided(event) => progress(event.order_id, "voided", 2),
            PaymentChange::Captured(event) => {
                Self { captured: event.amount.amount, ..progress(event.order_id, "captured", 2) }
            }
            PaymentChange::Refunded(event) => {
                Self { refunded: event.amount.amount, ..progress(event.order_id, "refunded", 3) }
            }
        }
    }
}

fn heard(event: &Delivered<PaymentChange>) -> Heard {
    match &event.fact {
        PaymentChange::Authorized(fact) => Heard::new(event, fact),
        PaymentChange::Failed(fact) => Heard::new(event, fact),
        PaymentChange::Captured(fact) => Heard::new(event, fact),
        PaymentChange::Voided(fact) => Heard::new(event, fact),
        PaymentChange::Refunded(fact) => Heard::new(event, fact),
    }
}

impl Projection for Payments {
    type Event = PaymentChange;
    const DURABLE: &'static str = "order-payments";
    const LINGER: Duration = super::LINGER;
    const TABLES: &'static [Table] = &[
        Table { name: "order_payments", rows: Rows::OfOneThing("order_id"), personal: Personal::Nothing },
        Table { name: "payment_events", rows: Rows::OfOneThing("order_id"), personal: Personal::Nothing },
    ];

    async fn project(&self, tables: &Tables<'_>, batch: &[Delivered<PaymentChange>]) -> Result<Vec<Decision>, Failure> {
        let mut orders: BTreeMap<OrderId, Progress> = BTreeMap::new();
        for event in batch {
            let change = Progress::from(&event.fact);
            let sum = orders.entry(change.order_id).or_insert(Progress { captured: 0, refunded: 0, ..change });
            if change.progress >= sum.progress {
                (sum.status, sum.progress) = (change.status, change.progress);
            }
            sum.captured += change.captured;
            sum.refunded += change.refunded;
        }
        events::append_in(tables, Log::Payments, &batch.iter().map(heard).collect::<Vec<_>>()).await?;
        payments::save_in(tables.tx(), &orders.into_values().collect::<Vec<_>>()).await?;
        Ok(vec![Decision::Applied; batch.len()])
    }
}
