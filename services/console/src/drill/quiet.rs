//! After the fault: the shop comes to rest, and everything is where it belongs.

use std::time::Duration;

use anyhow::{Result, bail};
use async_nats::jetstream;
use chrono::TimeDelta;
use livemart_audit::{Books, Reading, Violation, always, settled};
use livemart_contracts::Clock;
use tokio::time::{Instant, sleep};

use super::scene::Scene;
use crate::audit::{self, Messages};
use crate::load::Placed;

/// An order's deadline, a question after it, a pause of a consumer that failed a few times, and a restart.
const QUIET_LIMIT: Duration = Duration::from_secs(240);
/// Reading all books takes some of two cores that are still at work.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
/// Two looks of a relay at its stream, and what it then publishes again.
const AUDIT_LIMIT: Duration = Duration::from_secs(90);
/// Named when the shop does not come to rest.
const NAMED: usize = 10;

/// By the audit's clock everything happened long ago, also by a clock that is ten minutes fast: nothing is under way.
const LONG_AGO: TimeDelta = TimeDelta::minutes(15);

/// Waits until every order that was `placed` is decided and nothing is under way. What must hold at any moment is checked at
/// every look.
pub(super) async fn comes(scene: &Scene, placed: &[Placed], leaves: fn(&Violation) -> bool) -> Result<Books> {
    let begun = Instant::now();
    loop {
        let (mut database, nats) = (scene.database().await?, scene.nats().await?);
        let reading = Reading { database: &mut database, jetstream: &jetstream::new(nats) };
        let books = Books::read(reading, |_| ()).await.map_err(|error| anyhow::anyhow!(error))?;
        let broken = always(&books);
        if !broken.is_empty() {
            bail!("broken at a moment at which it must hold:\n{}", listed(broken));
        }
        let lost = placed.iter().find(|placed| !books.orders.contains_key(&placed.order));
        if let Some(lost) = lost {
            bail!("the shop took the order {} and does not know it", lost.order);
        }
        let mut open = settled(&books, Clock::default().now());
        open.retain(|violation| !leaves(violation));
        let undecided = books.orders.values().filter(|order| order.status == "pending").count();
        if open.is_empty() && undecided == 0 {
            return Ok(books);
        }
        if begun.elapsed() > QUIET_LIMIT {
            let seconds = QUIET_LIMIT.as_secs();
            bail!("not at rest {seconds} s after the fault: {undecided} orders are undecided\n{}", listed(open));
        }
        sleep(BETWEEN_LOOKS).await;
    }
}

/// What the audit still finds when the shop had time to notice what it lost: relays compare their streams with their
/// outboxes every half minute.
pub(super) async fn audited(scene: &Scene, leaves: fn(&Violation) -> bool) -> Result<Vec<Violation>> {
    let begun = Instant::now();
    loop {
        let at = Clock::default().now() + LONG_AGO;
        let mut violations = audit::of(scene.servers().addresses(), Messages::Every, at).await?.violations;
        violations.retain(|violation| !leaves(violation));
        if violations.is_empty() || begun.elapsed() > AUDIT_LIMIT {
            return Ok(violations);
        }
        sleep(BETWEEN_LOOKS).await;
    }
}

fn listed(violations: Vec<Violation>) -> String {
    let more = violations.len().saturating_sub(NAMED);
    let mut lines: Vec<String> = violations.iter().take(NAMED).map(|violation| format!("  {violation}")).collect();
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines.join("\n")
}
