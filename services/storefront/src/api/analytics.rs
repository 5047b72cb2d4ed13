//! Figures.

use chrono::{DateTime, Utc};
use livemart_contracts::{Money, OrderId};
use serde::Deserialize;

use super::{Api, Refusal, read};

/// The saga of an order, from the streams. It may be a moment behind the order itself.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Timeline {
    pub events: Vec<Happened>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Happened {
    pub subject: String,
    pub time: DateTime<Utc>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Sales {
    pub data: Vec<Interval>,
    pub total: Figures,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Interval {
    pub from: DateTime<Utc>,
    pub orders: Counts,
    pub sales: Vec<Takings>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Figures {
    pub orders: Counts,
    pub sales: Vec<Takings>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Counts {
    pub placed: u64,
    pub cancelled: u64,
    pub failed: u64,
}

/// In one currency.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Takings {
    pub gross: Money,
    pub net: Money,
    pub refunded: Money,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Funnel {
    pub steps: Vec<FunnelStep>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct FunnelStep {
    pub step: String,
    pub orders: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Sagas {
    pub durations: Vec<Duration>,
    pub steps: Vec<Duration>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Duration {
    pub after: String,
    pub until: String,
    pub orders: u64,
    pub p50_ms: Option<f64>,
    pub p99_ms: Option<f64>,
}

impl Api {
    pub async fn timeline(&self, order: OrderId) -> Result<Timeline, Refusal> {
        read(self.get(&format!("/analytics/orders/{order}/timeline"))).await
    }

    pub async fn sales(&self, from: DateTime<Utc>, to: DateTime<Utc>, interval: &str) -> Result<Sales, Refusal> {
        let (from, to) = (from.to_rfc3339(), to.to_rfc3339());
        let asked = [("from", from.as_str()), ("to", to.as_str()), ("interval", interval)];
        read(self.get("/analytics/sales").query(&asked)).await
    }

    pub async fn funnel(&self, from: DateTime<Utc>) -> Result<Funnel, Refusal> {
        read(self.get("/analytics/funnel").query(&[("from", from.to_rfc3339())])).await
    }

    pub async fn sagas(&self, from: DateTime<Utc>) -> Result<Sagas, Refusal> {
        read(self.get("/analytics/sagas").query(&[("from", from.to_rfc3339())])).await
    }
}
