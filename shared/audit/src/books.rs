//! Everything that was written down.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use livemart_contracts::{OrderId, ProductId};

use crate::About;

/// How much of each product.
pub type Quantities = BTreeMap<ProductId, i64>;

/// What the services and the provider know, in their own words.
#[derive(Debug, Clone, Default)]
pub struct Books {
    pub orders: BTreeMap<OrderId, Order>,
    pub payments: BTreeMap<OrderId, Payment>,
    /// The payment provider's.
    pub holds: BTreeMap<OrderId, Vec<Hold>>,
    pub reservations: BTreeMap<OrderId, Reservation>,
    /// What each order added to `on_hand` and to `reserved`, over all of its movements.
    pub moved: BTreeMap<OrderId, BTreeMap<ProductId, (i64, i64)>>,
    pub stock: BTreeMap<ProductId, Stock>,
    /// Events that are not published, tasks that are not done, messages that a consumer has not settled or gave up.
    pub unfinished: Vec<Unfinished>,
}

#[derive(Debug, Clone)]
pub struct Order {
    pub status: String,
    pub total: i64,
    pub lines: Quantities,
    pub expires_at: DateTime<Utc>,
    /// What the order shows of its payment; `None` before the first news.
    pub shown: Option<Shown>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub status: String,
    pub captured: i64,
    pub refunded: i64,
}

#[derive(Debug, Clone)]
pub struct Payment {
    pub status: String,
    /// Zero in a tombstone.
    pub amount: i64,
    pub captured: i64,
    pub refunded: i64,
    /// Of that, what the staff gave back, and the goods that came back with it.
    pub given_back: i64,
    pub restocked: Quantities,
    /// The provider's name for the hold.
    pub reference: Option<String>,
    /// Whether the sandbox is its provider, whose books are read. Those of others are behind their API, and are compared by
    /// `livemart reconcile`.
    pub in_sandbox: bool,
    pub updated_at: DateTime<Utc>,
}

/// Money at the provider.
#[derive(Debug, Clone)]
pub struct Hold {
    pub reference: String,
    pub status: String,
    pub amount: i64,
    pub captured: i64,
    pub refunded: i64,
    /// How often it was captured and voided.
    pub captures: i64,
    pub voids: i64,
}

#[derive(Debug, Clone)]
pub struct Reservation {
    pub status: String,
    pub lines: Quantities,
    /// What came back of them with refunds.
    pub returned: Quantities,
    pub updated_at: DateTime<Utc>,
}

/// A product's levels, and what its movements add up to.
#[derive(Debug, Clone, Default)]
pub struct Stock {
    pub on_hand: i64,
    pub reserved: i64,
    pub moved_on_hand: i64,
    pub moved_reserved: i64,
    /// What the catalogue shows; `None` before the first news.
    pub shown_available: Option<i64>,
    pub updated_at: DateTime<Utc>,
}

/// Something that is still to be done.
#[derive(Debug, Clone)]
pub struct Unfinished {
    pub order: Option<OrderId>,
    pub what: String,
    /// Since when it waits; `None` for what is never finished by itself.
    pub since: Option<DateTime<Utc>>,
}

impl Books {
    /// When who may break a rule was last changed by anybody; `None` where nobody says.
    pub(crate) fn changed_at(&self, about: &About) -> Option<DateTime<Utc>> {
        match about {
            About::Order(id) => {
                let order = self.orders.get(id).map(|order| order.updated_at);
                let payment = self.payments.get(id).map(|payment| payment.updated_at);
                let reservation = self.reservations.get(id).map(|reservation| reservation.updated_at);
                order.max(payment).max(reservation)
            }
            About::Product(id) => self.stock.get(id).map(|stock| stock.updated_at),
            About::Shop => None,
        }
    }
}

/// Books for the tests of the rules.
#[cfg(test)]
pub(crate) mod tests {
    use std::sync::LazyLock;

    use livemart_contracts::Clock;

    use super::*;

    pub static ORDER: LazyLock<OrderId> = LazyLock::new(|| Clock::default().new_id());
    pub static PRODUCT: LazyLock<ProductId> = LazyLock::new(|| Clock::default().new_id());

    const PAID: i64 = 3_000;

    /// Of two pieces.
    pub fn order(status: &str) -> Order {
        Order {
            status: status.to_owned(),
            total: PAID,
            lines: [(*PRODUCT, 2)].into(),
            expires_at: Clock::default().now(),
            shown: Some(Shown { status: "captured".to_owned(), captured: PAID, refunded: 0 }),
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    /// A shop that had ten pieces and sold two, for one order that is paid.
    pub fn confirmed() -> Books {
        let reference = "hold".to_owned();
        let payment = Payment {
            status: "captured".to_owned(),
            amount: PAID,
            captured: PAID,
            refunded: 0,
            given_back: 0,
            restocked: Quantities::new(),
            reference: Some(reference.clone()),
            in_sandbox: true,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let hold = Hold {
            reference,
            status: "captured".to_owned(),
            amount: PAID,
            captured: PAID,
            refunded: 0,
            captures: 1,
            voids: 0,
        };
        let reservation = Reservation {
            status: "committed".to_owned(),
            lines: [(*PRODUCT, 2)].into(),
            returned: Quantities::new(),
            updated_at: DateTime::UNIX_EPOCH,
        };
        let stock = Stock { on_hand: 8, moved_on_hand: 8, shown_available: Some(8), ..Stock::default() };
        Books {
            orders: [(*ORDER, order("confirmed"))].into(),
            payments: [(*ORDER, payment)].into(),
            holds: [(*ORDER, vec![hold])].into(),
            reservations: [(*ORDER, reservation)].into(),
            moved: [(*ORDER, [(*PRODUCT, (-2, 0))].into())].into(),
            stock: [(*PRODUCT, stock)].into(),
            unfinished: Vec::new(),
        }
    }

    /// The one hold of [`confirmed`].
    pub fn hold(books: &mut Books) -> &mut Hold {
        books.holds.get_mut(&*ORDER).and_then(|holds| holds.first_mut()).expect("a hold")
    }
}
