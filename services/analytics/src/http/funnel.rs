//! `GET /analytics/funnel?from&to`: how far the orders of a time came.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use livemart_contracts::Event as _;
use livemart_contracts::events::{
    OrderCancelled, OrderConfirmed, OrderCreated, OrderDelivered, OrderFailed, OrderShipped, PaymentAuthorized,
    PaymentCaptured, PaymentFailed, StockFailed, StockReserved,
};
use livemart_messaging::Store;
use livemart_web::{Admin, Problem, Query, Violations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::asked::{self, Unit};
use crate::domain::order::{AFTER_CONFIRMATION, BEFORE_CONFIRMATION};
use crate::domain::span::Span;
use crate::store::funnel::{self, Row};

/// What a span of time is asked for with, where nothing else is asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    from: Option<String>,
    to: Option<String>,
}

impl Asked {
    pub(super) fn read(&self, now: DateTime<Utc>) -> Result<Span, Violations> {
        let mut wrong = Violations::default();
        let span = asked::span(self.from.as_deref(), self.to.as_deref(), Unit::Hour, now, &mut wrong);
        wrong.check()?;
        Ok(span.unwrap_or_else(|| unreachable!("what could not be read is among the violations")))
    }
}

/// How an order goes when all goes well.
const STEPS: [&str; 7] = [
    OrderCreated::SUBJECT,
    PaymentAuthorized::SUBJECT,
    StockReserved::SUBJECT,
    OrderConfirmed::SUBJECT,
    PaymentCaptured::SUBJECT,
    OrderShipped::SUBJECT,
    OrderDelivered::SUBJECT,
];

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Funnel {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    steps: Vec<Step>,
    /// By the code of the order's failure.
    failures: Vec<Coded>,
    cancellations: Cancellations,
    /// Why: cards that were declined, by the provider's code, and orders of which something was short.
    declines: Vec<Coded>,
    shortages: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "FunnelStep")]
struct Step {
    step: &'static str,
    orders: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OrdersByCode")]
pub(super) struct Coded {
    code: String,
    orders: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Cancellations {
    before_confirmation: i64,
    after_confirmation: i64,
}

/// Orders of a time by what is known of them.
pub(super) struct Counts(Vec<Row>);

impl Counts {
    pub(super) async fn read(store: &Store, span: Span) -> Result<Self, Problem> {
        Ok(Self(funnel::read(store.db(), span).await?))
    }

    fn sum(&self, is_meant: impl Fn(&Row) -> bool) -> i64 {
        self.0.iter().filter(|row| is_meant(row)).map(|row| row.orders).sum()
    }

    pub(super) fn of(&self, subject: &str) -> i64 {
        self.sum(|row| row.subject == subject)
    }

    pub(super) fn cancelled(&self, when: &str) -> i64 {
        self.sum(|row| row.subject == OrderCancelled::SUBJECT && row.code == when)
    }

    pub(super) fn by_code(&self, subject: &str) -> Vec<Coded> {
        let rows = self.0.iter().filter(|row| row.subject == subject);
        rows.map(|row| Coded { code: row.code.clone(), orders: row.orders }).collect()
    }
}

pub(super) async fn funnel(
    State(store): State<Store>,
    _: Admin,
    Query(asked): Query<Asked>,
) -> Result<Json<Funnel>, Problem> {
    let span = asked.read(store.clock().now())?;
    let counts = Counts::read(&store, span).await?;
    Ok(Json(Funnel {
        from: span.from,
        to: span.to,
        steps: STEPS.map(|step| Step { step, orders: counts.of(step) }).into(),
        failures: counts.by_code(OrderFailed::SUBJECT),
        cancellations: Cancellations {
            before_confirmation: counts.cancelled(BEFORE_CONFIRMATION),
            after_confirmation: counts.cancelled(AFTER_CONFIRMATION),
        },
        declines: counts.by_code(PaymentFailed::SUBJECT),
        shortages: counts.of(StockFailed::SUBJECT),
    }))
}
