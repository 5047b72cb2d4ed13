//! What customers were told: each thing once, for ever, and no mail more often than the staff had it sent.

use sqlx::{FromRow, PgConnection};

use crate::{Violation, rules};

/// Differences named for each question.
const NAMED: i64 = 50;

/// What happened is told under its kind and the order that it is about.
const QUESTIONS: [&str; 2] = [
    "SELECT subject, concat(kind, ' was noted ', count(*), ' times') AS seen
     FROM notifications.notifications GROUP BY subject, kind HAVING count(*) > 1 ORDER BY subject LIMIT $1",
    "SELECT subject, concat(kind, ' was mailed ', sent, ' times, and wanted ', 1 + resends, ' times') AS seen
     FROM (SELECT notification_id, count(*) AS sent FROM notifications.mail_attempts WHERE outcome = 'sent'
           GROUP BY notification_id HAVING count(*) > 1) AS attempts
     JOIN notifications.mails USING (notification_id) JOIN notifications.notifications ON id = notification_id
     WHERE sent > 1 + resends ORDER BY subject LIMIT $1",
];

#[derive(FromRow)]
struct Twice {
    subject: String,
    seen: String,
}

/// What was told more often than once.
pub async fn repeated(database: &mut PgConnection) -> Result<Vec<Violation>, sqlx::Error> {
    let mut violations = Vec::new();
    for question in QUESTIONS {
        let twice: Vec<Twice> = sqlx::query_as(question).bind(NAMED).fetch_all(&mut *database).await?;
        violations.extend(twice.into_iter().map(|Twice { subject, seen }| {
            // Of an order as a rule; anything else is named in the text.
            match subject.parse() {
                Ok(order) => Violation::about(Some(order), rules::TOLD_ONCE, seen),
                Err(_) => Violation::about(None, rules::TOLD_ONCE, format!("{subject}: {seen}")),
            }
        }));
    }
    Ok(violations)
}
