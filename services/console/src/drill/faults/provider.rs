//! A payment provider that acts and does not say so.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::meanwhile;
use crate::drill::scene::Scene;

/// Time for the first silent calls to be given up (5 s) and looked up.
const SILENT: Duration = Duration::from_secs(15);

pub(crate) async fn is_silent(scene: &Scene) -> Result<Vec<String>> {
    meanwhile(SILENT).await;
    let mut database = scene.database().await?;
    let (unanswered, held): (i64, i64) = sqlx::query_as(
        "SELECT count(*), count(*) FILTER (WHERE reference IS NOT NULL)
         FROM payments.tasks LEFT JOIN sandbox.holds ON holds.idempotency_key = tasks.idempotency_key
         WHERE kind = 'payment.authorize' AND attempts > 0 AND (attempts > 1 OR tasks.status = 'waiting')",
    )
    .fetch_one(&mut database)
    .await?;
    ensure!(unanswered > 0, "no call went unanswered");
    Ok(vec![format!(
        "{unanswered} calls were made more than once or had no answer yet; for {held} the money was held all along"
    )])
}
