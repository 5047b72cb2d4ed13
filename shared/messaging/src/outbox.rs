//! The outbox: what a service announced, in the transaction in which it became true.
//!
//! Rows stay after they are published, longer than the stream keeps its messages: a lost stream is rebuilt from them.

use sea_orm::Value;
use uuid::Uuid;

use crate::envelope::Draft;

/// Writes events, of [`values`], in their order: `position` grows with it. `$5` is the time.
pub(crate) const INSERT: &str = "
    INSERT INTO outbox (event_id, aggregate_id, subject, headers, payload, created_at)
    SELECT event_id, aggregate_id, subject, headers::json, payload::json, $5
    FROM unnest($6, $7, $8, $9, $10) WITH ORDINALITY AS drafts (event_id, aggregate_id, subject, headers, payload, place)
    ORDER BY place";

/// `$6` to `$10` of [`INSERT`].
pub(crate) fn values(drafts: &[Draft]) -> [Value; 5] {
    let column = |of: fn(&Draft) -> String| drafts.iter().map(of).collect::<Vec<String>>().into();
    [
        drafts.iter().map(|draft| draft.id.uuid()).collect::<Vec<Uuid>>().into(),
        column(|draft| draft.aggregate_id.clone()),
        column(|draft| draft.subject.to_owned()),
        column(|draft| draft.headers.clone()),
        column(|draft| draft.payload.clone()),
    ]
}
