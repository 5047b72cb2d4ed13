//! Every order ends.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{Books, Violation, rules};

/// The order service looks for orders past their deadline every second; a restart may take some more.
const GRACE: TimeDelta = TimeDelta::seconds(10);

pub(crate) fn settled(books: &Books, now: DateTime<Utc>) -> Vec<Violation> {
    let overdue = books.orders.iter().filter(|(_, order)| order.status == "pending" && order.expires_at + GRACE < now);
    overdue
        .map(|(id, order)| {
            let seen = format!("pending since its deadline at {}", order.expires_at);
            Violation::of(*id, rules::DECIDED, seen)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::books::tests::{ORDER, order};

    #[test]
    fn an_order_may_be_pending_until_its_deadline() {
        let order = order("pending");
        let at = |seconds| {
            let books = Books { orders: [(*ORDER, order.clone())].into(), ..Books::default() };
            settled(&books, order.expires_at + TimeDelta::seconds(seconds)).len()
        };
        assert_eq!((at(0), at(60)), (0, 1));
    }
}
