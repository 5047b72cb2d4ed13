//! What a step leaves beside its own tables: what it decided, what it announces, what it asks for.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::envelope::Draft;
use crate::inbox::{self, Entry};
use crate::lease::Leases;
use crate::outbox;
use crate::store::sql;
use crate::tasks::{self, Asked, Born, NewTask};

/// One statement, since where events come one by one the way to the database and back is most of what a step costs.
static INSERT: LazyLock<String> = LazyLock::new(|| {
    format!("WITH decided AS ({}), announced AS ({}) {}", inbox::INSERT, outbox::INSERT, tasks::INSERT)
});

#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) durable: &'static str,
    pub(crate) decided: Vec<Entry>,
    pub(crate) announced: Vec<Draft>,
    pub(crate) asked: Vec<NewTask>,
}

impl Kept {
    /// Writes it all but the events into `tx`, and answers those with the tasks that were new.
    pub(crate) async fn write_in(
        self,
        tx: &DatabaseTransaction,
        leases: &Leases,
        now: DateTime<Utc>,
    ) -> Result<(Vec<Draft>, Born), DbErr> {
        let Self { durable, decided, announced, asked } = self;
        if announced.is_empty() && asked.is_empty() {
            // All that a projection leaves, also one that is replayed, which may write nothing else.
            if !decided.is_empty() {
                tx.execute_raw(sql(inbox::INSERT, inbox::values(durable, decided, now))).await?;
            }
            return Ok((announced, Born::default()));
        }
        let asked = Asked::new(asked, leases);
        let values =
            inbox::values(durable, decided, now).into_iter().chain(outbox::values(&announced)).chain(asked.values());
        let rows = tx.query_all_raw(sql(&INSERT, values)).await?;
        Ok((announced, asked.born(&rows)?))
    }
}
