//! The comparison of the newest payments, again and again, for Prometheus. Every replica makes it, and sees the same.

use std::future::pending;
use std::sync::{Arc, LazyLock};

use chrono::TimeDelta;
use livemart_runtime::{App, Live};
use prometheus::{Gauge, IntCounter, IntGauge, IntGaugeVec};

use super::{Asked, Difference, Kind, Window, compare};
use crate::config::Settings;
use crate::error::PaymentError;
use crate::providers::PaymentProvider;

/// With more than this, something is wrong with all of them, and the rest tells nothing new.
const MOST_DIFFERENCES: usize = 1_000;
/// Differences named in the log of each comparison; the metric counts all.
const NAMED: usize = 20;

static DIFFERENCES: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    let help = "Differences between our books and the provider's that the last comparison found.";
    prometheus::register_int_gauge_vec!("livemart_payment_reconcile_differences", help, &["kind"])
        .unwrap_or_else(|error| unreachable!("a metric with a fixed name: {error}"))
});
static COMPARED: LazyLock<IntGauge> = LazyLock::new(|| {
    prometheus::register_int_gauge!(
        "livemart_payment_reconcile_payments",
        "Payments that the last comparison compared."
    )
    .unwrap_or_else(|error| unreachable!("a metric with a fixed name: {error}"))
});
static COMPLETED: LazyLock<Gauge> = LazyLock::new(|| {
    let (name, help) = (
        "livemart_payment_reconcile_last_completed_timestamp_seconds",
        "When a comparison with the provider's books was last completed.",
    );
    prometheus::register_gauge!(name, help).unwrap_or_else(|error| unreachable!("a metric with a fixed name: {error}"))
});
static FAILURES: LazyLock<IntCounter> = LazyLock::new(|| {
    let help = "Comparisons with the provider's books that could not be completed.";
    prometheus::register_int_counter!("livemart_payment_reconcile_failures_total", help)
        .unwrap_or_else(|error| unreachable!("a metric with a fixed name: {error}"))
});

/// Compares until the service stops.
pub async fn run(app: App, provider: Arc<dyn PaymentProvider>, settings: Live<Settings>) {
    for kind in Kind::ALL {
        DIFFERENCES.with_label_values(&[kind.as_str()]).set(0);
    }
    LazyLock::force(&COMPARED);
    LazyLock::force(&COMPLETED);
    LazyLock::force(&FAILURES);
    let mut changes = settings.changes();
    loop {
        let turn = async {
            match settings.get().reconcile_every() {
                Some(every) => tokio::time::sleep(every).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = turn => {}
            Ok(()) = changes.changed() => continue,
        }
        match newest(&app, &*provider, settings.get().reconcile_newest()).await {
            Ok((compared, differences)) => tell(&app, compared, &differences),
            Err(error) => {
                FAILURES.inc();
                tracing::warn!(%error, "our books could not be compared with the provider's, trying again at the next turn");
            }
        }
    }
}

/// How many payments of the last `age` were compared, and how they differ.
async fn newest(
    app: &App,
    provider: &dyn PaymentProvider,
    age: TimeDelta,
) -> Result<(usize, Vec<Difference>), PaymentError> {
    let until = app.edge.clock.now();
    let window = Window { since: until - age, until };
    let (mut compared, mut differences, mut after) = (0, Vec::new(), None);
    loop {
        let slice = compare(app.store.db(), provider, Asked { window, after }, app.edge.clock.now()).await?;
        compared += slice.compared;
        for difference in slice.differences {
            // What lies between two slices is in both.
            if !differences.contains(&difference) {
                differences.push(difference);
            }
        }
        after = slice.next;
        if after.is_none() || differences.len() >= MOST_DIFFERENCES {
            return Ok((compared, differences));
        }
    }
}

fn tell(app: &App, compared: usize, differences: &[Difference]) {
    for kind in Kind::ALL {
        let found = differences.iter().filter(|difference| difference.kind == kind).count();
        DIFFERENCES.with_label_values(&[kind.as_str()]).set(i64::try_from(found).unwrap_or(i64::MAX));
    }
    COMPARED.set(i64::try_from(compared).unwrap_or(i64::MAX));
    COMPLETED.set(app.edge.clock.now().timestamp_millis() as f64 / 1_000.0);
    for difference in differences.iter().take(NAMED) {
        tracing::warn!(
            kind = difference.kind.as_str(),
            payment = difference.payment_id.map(|id| id.to_string()),
            reference = difference.reference,
            ours = ?difference.ours,
            theirs = ?difference.theirs,
            remedy = difference.remedy,
            "our books and the provider's differ"
        );
    }
}
