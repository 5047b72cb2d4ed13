//! A simulated shop's books as the tests against real servers read them, so that both are judged by the same rules.

use std::collections::BTreeMap;

use livemart_inventory::domain::Lines;
use livemart_inventory::domain::movement::totals;
use livemart_testing::invariants::{Books, Hold, Order, Payment, Quantities, Reservation, Shown, Stock};

use crate::simulator::orders;
use crate::simulator::shop::Shop;
use crate::simulator::time::to_utc;

fn quantities(lines: &Lines) -> Quantities {
    lines.iter().map(|(product, quantity)| (product, i64::from(quantity))).collect()
}

pub fn of(shop: &Shop) -> Books {
    let mut books = Books::default();
    for (number, row) in shop.orders.rows().iter().enumerate() {
        let ordered = shop.ordered(number);
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
        };
        books.orders.insert(orders::id(number), order);
    }
    for (number, row) in &shop.payments.rows {
        let payment = Payment {
            status: row.payment.status.to_string(),
            amount: row.payment.terms.as_ref().map_or(0, |terms| terms.amount.amount),
            captured: row.payment.captured,
            refunded: row.payment.refunded,
            reference: row.payment.reference.clone(),
        };
        books.payments.insert(orders::id(*number), payment);
    }
    for hold in shop.provider.ledger.holds.values() {
        books.holds.push(Hold {
            order: hold.order_reference.parse().expect("an order's id"),
            reference: hold.reference.clone(),
            status: hold.status.as_str().to_owned(),
            amount: hold.amount,
            captured: hold.captured,
            refunded: hold.refunded,
        });
    }
    for (number, reservation) in &shop.inventory.reservations {
        let lines = quantities(&reservation.lines);
        let reservation = Reservation { status: reservation.status.as_str().to_owned(), lines };
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
