//! `GET /payments/reconciliation?since&until&after`: our books beside the provider's, slice by slice, for the staff.
//!
//! This service alone may leave the cluster and has the provider's key, so whoever compares asks it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use livemart_contracts::PaymentId;
use livemart_runtime::App;
use livemart_web::{Admin, Query, Violations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::PaymentError;
use crate::providers::{PaymentProvider, Window};
use crate::reconcile::{Asked, Slice, compare};

/// Compared where nobody says since when.
const NEWEST: TimeDelta = TimeDelta::hours(24);

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Asking {
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    /// `next` of the slice before.
    after: Option<PaymentId>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Compared {
    provider: &'static str,
    #[serde(flatten)]
    slice: Slice,
}

pub(super) async fn compare_slice(
    State(app): State<App>,
    State(provider): State<Arc<dyn PaymentProvider>>,
    _: Admin,
    Query(asking): Query<Asking>,
) -> Result<Json<Compared>, PaymentError> {
    let now = app.edge.clock.now();
    let until = asking.until.unwrap_or(now).min(now);
    let since = asking.since.unwrap_or(until - NEWEST);
    let mut wrong = Violations::default();
    wrong.require(since < until, "since", "out-of-range", "since lies before until, and in the past");
    wrong.check().map_err(PaymentError::Invalid)?;
    let asked = Asked { window: Window { since, until }, after: asking.after };
    let slice = compare(app.store.db(), &*provider, asked, now).await?;
    Ok(Json(Compared { provider: provider.name(), slice }))
}
