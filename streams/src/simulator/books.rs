//! A simulated shop's books as those of a real one are read, so that both are judged by the same rules.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use livemart_audit::{Books, Hold, Order, Payment, Quantities, Reservation, Shown, Stock};
use livemart_contracts::OrderId;
use livemart_contracts::events::{Line, OrderCreated};
use livemart_inventory::domain::Lines;
use livemart_inventory::domain::movement::totals;

use super::fact::Fact;
use super::orders;
use super::shop::Shop;
use super::time::to_utc;

/// Nobody asks a simulated shop when something changed: it is judged at rest.
const LONG_AGO: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn quantities(lines: &Lines) -> Quantities {
    lines.iter().map(|(product, quantity)| (product, i64::from(quantity))).collect()
}

fn summed<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Quantities {
    let mut sums = Quantities::new();
    for line in lines {
        *sums.entry(line.product_id).or_default() += i64::from(line.quantity);
    }
    sums
}

pub fn of(shop: &Shop) -> Books {
    let mut books = Books::default();
    let ordered = placed(shop);
    for (number, row) in shop.orders.rows().iter().enumerate() {
        let ordered = ordered[&orders::id(number)];
        let shown = row.shown.status.map(|status| Shown {
            status: status.to_owned(),
            captured: row.shown.captured,
            refunded: row.shown.refunded,
        });
        let order = Order {
            status: row.order.status.to_string(),
            total: ordered.total.amount,
            lines: ordered.lines.iter().map(|line| (line.product_id, i64::from(line.quantity))).collect(),
            expires_at: to_utc(row.expires_at),
            shown,
            updated_at: LONG_AGO,
        };
        books.orders.insert(orders::id(number), order);
    }
    for (number, row) in &shop.payments.rows {
        let payment = Payment {
            status: row.payment.status.to_string(),
            amount: row.payment.terms.as_ref().map_or(0, |terms| terms.amount.amount),
            captured: row.payment.captured,
            refunded: row.payment.refunded,
            given_back: row.given_back(),
            restocked: summed(row.refunds.iter().filter(|refund| refund.done).flat_map(|refund| &refund.restock)),
            reference: row.payment.reference.clone(),
            in_sandbox: true,
            updated_at: LONG_AGO,
        };
        books.payments.insert(orders::id(*number), payment);
    }
    let operations = &shop.provider.ledger.operations;
    let made = |kind: &str, reference: &str| {
        operations.iter().filter(|made| made.kind == kind && made.reference == reference).count() as i64
    };
    for hold in shop.provider.ledger.holds.values() {
        let order =
            hold.order_reference.parse().unwrap_or_else(|_| unreachable!("the provider was told an order's id"));
        books.holds.entry(order).or_default().push(Hold {
            reference: hold.reference.clone(),
            status: hold.status.as_str().to_owned(),
            amount: hold.amount,
            captured: hold.captured,
            refunded: hold.refunded,
            captures: made("capture", &hold.reference),
            voids: made("void", &hold.reference),
        });
    }
    for (number, reservation) in &shop.inventory.reservations {
        let (status, lines) = (reservation.status.as_str().to_owned(), quantities(&reservation.lines));
        let returned: Vec<Line> = reservation.returned.values().flat_map(Lines::to_vec).collect();
        let reservation = Reservation { status, lines, returned: summed(&returned), updated_at: LONG_AGO };
        books.reservations.insert(orders::id(*number), reservation);
    }
    for movement in &shop.inventory.movements {
        let moved = books.moved.entry(movement.order_id).or_default().entry(movement.product_id).or_default();
        *moved = (moved.0 + movement.change.on_hand, moved.1 + movement.change.reserved);
    }
    let moved: BTreeMap<_, _> = totals(&shop.inventory.movements);
    for (product, level) in &shop.inventory.levels {
        let adjusted = shop.inventory.adjusted.get(product).copied().unwrap_or_default();
        let moved = moved.get(product).copied().unwrap_or_default();
        let stock = Stock {
            on_hand: level.on_hand,
            reserved: level.reserved,
            moved_on_hand: adjusted + moved.on_hand,
            moved_reserved: moved.reserved,
            ..Stock::default()
        };
        books.stock.insert(*product, stock);
    }
    books
}

/// What orders were placed with.
fn placed(shop: &Shop) -> BTreeMap<OrderId, &OrderCreated> {
    let created = shop.outbox.iter().filter_map(|row| match &*row.fact {
        Fact::OrderCreated(event) => Some((event.order_id, event)),
        _ => None,
    });
    created.collect()
}
