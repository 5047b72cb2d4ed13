//! What a provider's own books say.

use chrono::{DateTime, Utc};
use livemart_contracts::money::Currency;

use crate::domain::Amounts;

/// One hold at the provider, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The provider's name for it.
    pub reference: String,
    /// Our name for it, where the provider has it from us and nobody else.
    pub order_reference: Option<String>,
    pub currency: Currency,
    pub amounts: Amounts,
    pub made_at: DateTime<Utc>,
}

/// From `since` on, before `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub since: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookedPage {
    pub booked: Vec<Booked>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<String>,
}
