//! `GET /analytics/sagas?from&to`: how the sagas of a time ended, and how long they took.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use livemart_contracts::events::{
    OrderConfirmed, OrderCreated, OrderFailed, PaymentAuthorized, PaymentCaptured, PaymentStalled, StockCommitted,
    StockReserved, StockStalled,
};
use livemart_contracts::{Event as _, Stream};
use livemart_messaging::Store;
use livemart_web::{Admin, Problem, Query};
use schemars::JsonSchema;
use serde::Serialize;

use super::funnel::{Asked, Coded, Counts};
use crate::domain::order::{AFTER_CONFIRMATION, BEFORE_CONFIRMATION};
use crate::store::durations::{self, MOST, Row};

/// From its beginning to its decision, and to its money.
const WHOLE: [(&str, &str); 2] =
    [(OrderCreated::SUBJECT, OrderConfirmed::SUBJECT), (OrderCreated::SUBJECT, PaymentCaptured::SUBJECT)];

/// From one step to the next.
const STEPS: [(&str, &str); 5] = [
    (OrderCreated::SUBJECT, PaymentAuthorized::SUBJECT),
    (PaymentAuthorized::SUBJECT, StockReserved::SUBJECT),
    (StockReserved::SUBJECT, OrderConfirmed::SUBJECT),
    (OrderConfirmed::SUBJECT, PaymentCaptured::SUBJECT),
    (OrderConfirmed::SUBJECT, StockCommitted::SUBJECT),
];

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Sagas {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    outcomes: Outcomes,
    /// Orders whose payment or goods waited so long for the decision that they asked for it.
    stalled: Stalled,
    /// The durations are those of the newest orders of the time, at most as many as this.
    measured_at_most: i64,
    durations: Vec<Duration>,
    steps: Vec<Duration>,
}

/// Each order is in one of these.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SagaOutcomes")]
struct Outcomes {
    undecided: i64,
    confirmed: i64,
    failed: Vec<Coded>,
    /// Before or after the confirmation.
    cancelled: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "StalledSagas")]
struct Stalled {
    payments: i64,
    reservations: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "StepDuration")]
struct Duration {
    after: &'static str,
    until: &'static str,
    /// The service that says so.
    service: Option<&'static str>,
    orders: i64,
    /// Null where no order came so far.
    #[serde(flatten)]
    took: Took,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
struct Took {
    p50_ms: Option<f64>,
    p90_ms: Option<f64>,
    p99_ms: Option<f64>,
    max_ms: Option<f64>,
}

fn duration(rows: &[Row], (after, until): (&'static str, &'static str)) -> Duration {
    let row = rows.iter().find(|row| row.after == after && row.subject == until);
    let took = row.map(|row| Took {
        p50_ms: Some(row.p50),
        p90_ms: Some(row.p90),
        p99_ms: Some(row.p99),
        max_ms: Some(row.max),
    });
    let service = Stream::of_subject(until).map(Stream::publisher);
    Duration { after, until, service, orders: row.map_or(0, |row| row.orders), took: took.unwrap_or_default() }
}

impl Outcomes {
    fn of(counts: &Counts) -> Self {
        let cancelled = counts.cancelled(BEFORE_CONFIRMATION) + counts.cancelled(AFTER_CONFIRMATION);
        let confirmed = counts.of(OrderConfirmed::SUBJECT) - counts.cancelled(AFTER_CONFIRMATION);
        let decided = confirmed + counts.of(OrderFailed::SUBJECT) + cancelled;
        Self {
            undecided: counts.of(OrderCreated::SUBJECT) - decided,
            confirmed,
            failed: counts.by_code(OrderFailed::SUBJECT),
            cancelled,
        }
    }
}

pub(super) async fn sagas(
    State(store): State<Store>,
    _: Admin,
    Query(asked): Query<Asked>,
) -> Result<Json<Sagas>, Problem> {
    let span = asked.read(store.clock().now())?;
    let counts = Counts::read(&store, span).await?;
    let rows = durations::read(store.db(), span).await?;
    Ok(Json(Sagas {
        from: span.from,
        to: span.to,
        outcomes: Outcomes::of(&counts),
        stalled: Stalled {
            payments: counts.of(PaymentStalled::SUBJECT),
            reservations: counts.of(StockStalled::SUBJECT),
        },
        measured_at_most: MOST,
        durations: WHOLE.map(|step| duration(&rows, step)).into(),
        steps: STEPS.map(|step| duration(&rows, step)).into(),
    }))
}
