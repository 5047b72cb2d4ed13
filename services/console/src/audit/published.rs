//! Streams beside their outboxes: nothing is missing, and nothing is there that nobody announced.

use anyhow::Result;
use async_nats::jetstream;
use livemart_audit::{Violation, rules};
use livemart_contracts::Stream;
use sqlx::PgConnection;

use crate::rebuild::{self, Messages};

/// How many events of `stream` were looked at, and what is wrong with them.
pub(super) async fn violations(
    stream: Stream,
    messages: Messages,
    jetstream: &jetstream::Context,
    database: &mut PgConnection,
) -> Result<(i64, Vec<Violation>)> {
    let name = stream.name();
    let Some((accounted, comparison)) = rebuild::compare(stream, messages, jetstream, database).await? else {
        return Ok((0, vec![Violation::about(None, rules::IN_STREAM, format!("{name} is gone"))]));
    };
    let total = comparison.total();
    let mut violations = Vec::new();
    if total.missing > 0 {
        let seen =
            format!("{name} lacks {} of {}, among them {}", total.missing, total.in_outbox, list(&comparison.missing));
        violations.push(Violation::about(None, rules::IN_STREAM, seen));
    }
    if total.strangers > 0 {
        let seen = format!("{name} has {}, among them the sequences {}", total.strangers, list(&comparison.strangers));
        violations.push(Violation::about(None, rules::NO_STRANGERS, seen));
    }
    Ok((total.in_outbox + i64::try_from(accounted)?, violations))
}

fn list<T: ToString>(some: &[T]) -> String {
    let names: Vec<String> = some.iter().map(ToString::to_string).collect();
    names.join(", ")
}
