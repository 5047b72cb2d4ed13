//! `GET /analytics/sales?from&to&interval`: what was sold, and what became of it.
//!
//! Orders count in the interval in which they were made. The figures depend on facts that may still arrive; those of orders
//! whose sagas are over change by refunds only.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use livemart_contracts::Event as _;
use livemart_contracts::events::{OrderCancelled, OrderCreated, OrderFailed, PaymentCaptured, PaymentRefunded};
use livemart_contracts::money::Currency;
use livemart_messaging::Store;
use livemart_web::{Admin, Problem, Query, Violations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::asked::{self, Unit};
use super::money::Takings;
use crate::domain::span::{Interval, MOST_INTERVALS, Span};
use crate::store::sales::{self, CANCELLED, Row};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    from: Option<String>,
    to: Option<String>,
    #[schemars(extend("enum" = ["hour", "day", "week", "month"]))]
    interval: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Sales {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    interval: &'static str,
    total: Figures,
    data: Vec<Bucket>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SalesOfInterval")]
struct Bucket {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    #[serde(flatten)]
    figures: Figures,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SalesFigures")]
struct Figures {
    orders: Orders,
    /// One for each currency.
    sales: Vec<Takings>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "OrderCounts")]
struct Orders {
    placed: i64,
    /// Whose money was taken, whatever became of it.
    paid: i64,
    failed: i64,
    cancelled: i64,
}

/// What rows of one interval, or of all, add up to.
#[derive(Debug, Default)]
struct Sum {
    orders: Orders,
    /// Captured, refunded, and of that the cancelled.
    money: BTreeMap<String, [i64; 3]>,
}

impl Sum {
    fn add(&mut self, row: &Row) {
        let mut money = |place: usize| self.money.entry(row.currency.clone()).or_default()[place] += row.amount;
        match row.what.as_str() {
            OrderCreated::SUBJECT => self.orders.placed += row.orders,
            OrderFailed::SUBJECT => self.orders.failed += row.orders,
            OrderCancelled::SUBJECT => self.orders.cancelled += row.orders,
            PaymentCaptured::SUBJECT => {
                self.orders.paid += row.orders;
                money(0);
            }
            PaymentRefunded::SUBJECT => money(1),
            CANCELLED => money(2),
            _ => {}
        }
    }

    fn figures(self) -> Result<Figures, Problem> {
        let takings = |(code, [captured, refunded, cancelled]): (String, [i64; 3])| {
            let currency =
                Currency::from_code(&code).ok_or_else(|| Problem::internal(&format!("no currency {code}")))?;
            Ok(Takings::new(currency, captured, cancelled, refunded - cancelled))
        };
        let sales = self.money.into_iter().map(takings).collect::<Result<_, Problem>>()?;
        Ok(Figures { orders: self.orders, sales })
    }
}

impl Asked {
    fn read(&self, now: DateTime<Utc>) -> Result<(Span, Interval, Vec<DateTime<Utc>>), Violations> {
        let mut wrong = Violations::default();
        let span = asked::span(self.from.as_deref(), self.to.as_deref(), Unit::Hour, now, &mut wrong);
        let interval = self.interval.as_deref().map_or(Some(Interval::default()), Interval::parse);
        wrong.require(interval.is_some(), "interval", "invalid", "interval is hour, day, week or month");
        let starts = span.zip(interval).map(|(span, interval)| span.cut(interval));
        let detail = format!("there are more than {MOST_INTERVALS} intervals: choose a longer one, or a shorter time");
        wrong.require(starts != Some(None), "interval", "too-many", detail);
        wrong.check()?;
        match (span, interval, starts.flatten()) {
            (Some(span), Some(interval), Some(starts)) => Ok((span, interval, starts)),
            _ => unreachable!("what could not be read is among the violations"),
        }
    }
}

pub(super) async fn sales(
    State(store): State<Store>,
    _: Admin,
    Query(asked): Query<Asked>,
) -> Result<Json<Sales>, Problem> {
    let (span, interval, starts) = asked.read(store.clock().now())?;
    let (mut total, mut sums) = (Sum::default(), BTreeMap::<DateTime<Utc>, Sum>::new());
    for row in sales::read(store.db(), span, interval).await? {
        total.add(&row);
        sums.entry(row.start).or_default().add(&row);
    }
    let bucket = |start: DateTime<Utc>| {
        let figures = sums.remove(&start).unwrap_or_default().figures()?;
        Ok(Bucket { from: start.max(span.from), to: interval.after(start).min(span.to), figures })
    };
    let data = starts.into_iter().map(bucket).collect::<Result<_, Problem>>()?;
    Ok(Json(Sales { from: span.from, to: span.to, interval: interval.as_str(), total: total.figures()?, data }))
}
