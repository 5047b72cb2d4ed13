//! Projection of `payment.*`: what was held, taken and given back.

use std::time::Duration;

use livemart_messaging::{Decision, Delivered, Failure, Personal, Projection, Rows, Table, Tables};

use super::following::follow;
use crate::domain::Payment;
use crate::domain::payment::PaymentFact;

pub struct Payments;

impl Projection for Payments {
    type Event = PaymentFact;
    const DURABLE: &'static str = "analytics-payments";
    const LINGER: Duration = super::LINGER;
    const TABLES: &'static [Table] = &[
        Table { name: "payments", rows: Rows::OfOneThing("order_id"), personal: Personal::Nothing },
        Table { name: "payment_hours", rows: Rows::OfOneTime("hour"), personal: Personal::Nothing },
        Table { name: "payment_events", rows: Rows::OfOneThing("order_id"), personal: Personal::Nothing },
    ];

    async fn project(&self, tables: &Tables<'_>, batch: &[Delivered<PaymentFact>]) -> Result<Vec<Decision>, Failure> {
        Ok(follow::<Payment>(tables, Self::DURABLE, batch).await?.decisions)
    }
}
