//! What holds in a shop, whatever happened to it.
//!
//! [`Books`] is everything that the services and the payment provider wrote down, read at one moment. The rules are pure
//! functions over it, in two kinds: what holds [at any moment](always), and what holds once everything that an order
//! started [is done](settled).

mod books;
mod delivery;
mod money;
mod orders;
mod stock;

use std::fmt;

use chrono::{DateTime, Utc};
use livemart_contracts::OrderId;

pub use books::{Books, Hold, Order, Payment, Quantities, Reservation, Shown, Stock, Unfinished};

/// A rule that is broken, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// `None` where it is about no single order.
    pub order: Option<OrderId>,
    pub rule: &'static str,
    /// What the books say instead.
    pub seen: String,
}

impl Violation {
    fn of(order: OrderId, rule: &'static str, seen: impl Into<String>) -> Self {
        Self { order: Some(order), rule, seen: seen.into() }
    }

    fn of_the_shop(rule: &'static str, seen: impl Into<String>) -> Self {
        Self { order: None, rule, seen: seen.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.order {
            Some(order) => write!(f, "{order}: {}: {}", self.rule, self.seen),
            None => write!(f, "{}: {}", self.rule, self.seen),
        }
    }
}

/// What is wrong at this moment, whatever is under way.
pub fn always(books: &Books) -> Vec<Violation> {
    [money::always(books), stock::always(books)].concat()
}

/// What is not yet as it must be when nothing is under way any more. Of a shop that works, the violations of an order
/// are gone seconds after its decision.
pub fn settled(books: &Books, now: DateTime<Utc>) -> Vec<Violation> {
    [orders::settled(books, now), money::settled(books), stock::settled(books), delivery::settled(books)].concat()
}
