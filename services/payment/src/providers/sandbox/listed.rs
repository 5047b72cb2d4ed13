//! The sandbox's books, as it shows them to who asks.

use chrono::{DateTime, Utc};
use livemart_contracts::money::Currency;
use livemart_messaging::sql;
use sea_orm::{DbErr, FromQueryResult};

use super::books::{Entries, status};
use super::ledger::HoldStatus;
use crate::domain::Amounts;
use crate::providers::{Booked, BookedPage, ProviderError, Window};

/// Holds on a page, as many as real providers list at once.
const PAGE: usize = 100;

impl Entries {
    /// What is booked as `reference`.
    pub(super) async fn find(&self, reference: &str) -> Result<Option<Booked>, ProviderError> {
        let query = "SELECT reference, order_reference, amount, currency, status, captured, refunded, created_at
                     FROM holds WHERE reference = $1";
        let found = self.read(sql(query, [reference.into()])).await;
        Ok(found.map_err(|error| ProviderError::Unavailable(error.to_string()))?.pop())
    }

    /// What was booked within `window`, the oldest first, after the reference `after`.
    pub(super) async fn page(&self, window: &Window, after: Option<&str>) -> Result<BookedPage, ProviderError> {
        let query = "SELECT reference, order_reference, amount, currency, status, captured, refunded, created_at
                     FROM holds
                     WHERE created_at >= $1 AND created_at < $2
                       AND ($3::text IS NULL
                            OR (created_at, reference) > ((SELECT created_at FROM holds WHERE reference = $3), $3))
                     ORDER BY created_at, reference LIMIT $4";
        let values =
            [window.since.into(), window.until.into(), after.into(), i64::try_from(PAGE).unwrap_or(i64::MAX).into()];
        let booked = self.read(sql(query, values)).await;
        let booked = booked.map_err(|error| ProviderError::Unavailable(error.to_string()))?;
        let last = booked.last().filter(|_| booked.len() == PAGE);
        Ok(BookedPage { next: last.map(|last| last.reference.clone()), booked })
    }

    async fn read(&self, query: sea_orm::Statement) -> Result<Vec<Booked>, DbErr> {
        let rows = BookedRow::find_by_statement(query).all(self.database.get().await?).await?;
        rows.into_iter().map(Booked::try_from).collect()
    }
}

#[derive(FromQueryResult)]
struct BookedRow {
    reference: String,
    order_reference: String,
    amount: i64,
    currency: String,
    status: String,
    captured: i64,
    refunded: i64,
    created_at: DateTime<Utc>,
}

impl TryFrom<BookedRow> for Booked {
    type Error = DbErr;

    fn try_from(row: BookedRow) -> Result<Self, DbErr> {
        let BookedRow { captured, refunded, amount, .. } = row;
        let amounts = match status(&row.status)? {
            HoldStatus::Held => Amounts { held: amount, ..Amounts::default() },
            HoldStatus::Captured => Amounts { captured, refunded, ..Amounts::default() },
            HoldStatus::Voided => Amounts { released: amount, ..Amounts::default() },
        };
        let currency = Currency::from_code(&row.currency);
        Ok(Self {
            reference: row.reference,
            order_reference: Some(row.order_reference),
            currency: currency.ok_or_else(|| DbErr::Type(format!("no currency {}", row.currency)))?,
            amounts,
            made_at: row.created_at,
        })
    }
}
