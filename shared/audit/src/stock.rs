//! Nothing is sold that is not there, and nothing stays set aside for nobody.

use std::collections::BTreeMap;

use livemart_contracts::ProductId;

use crate::{Books, Order, Payment, Quantities, Reservation, Violation, rules};

/// Levels, ledger and reservations are written together, so they agree at any moment.
pub(crate) fn always(books: &Books) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut held = Quantities::new();
    for reservation in books.reservations.values().filter(|reservation| reservation.status == "held") {
        for (product, quantity) in &reservation.lines {
            *held.entry(*product).or_default() += quantity;
        }
    }
    for (product, stock) in &books.stock {
        let mut require = |rule, holds: bool| {
            if !holds {
                violations.push(Violation::of_product(*product, rule, format!("{stock:?}")));
            }
        };
        require(rules::LEVELS, 0 <= stock.reserved && stock.reserved <= stock.on_hand);
        require(rules::LEDGER, (stock.moved_on_hand, stock.moved_reserved) == (stock.on_hand, stock.reserved));
        let held = held.get(product).copied().unwrap_or_default();
        require(rules::RESERVED_FOR_ORDERS, stock.reserved == held);
    }
    for (order, reservation) in &books.reservations {
        let moved = books.moved.get(order).cloned().unwrap_or_default();
        if moved != wanted(reservation) {
            let seen = format!("{} with {:?}, and it moved {moved:?}", reservation.status, reservation.lines);
            violations.push(Violation::of(*order, rules::GOODS_ONCE, seen));
        }
        let fate = books.orders.get(order).map_or("missing", |order| order.status.as_str());
        if reservation.status == "committed" && ["missing", "pending", "failed"].contains(&fate) {
            let seen = format!("they left, and the order is {fate}");
            violations.push(Violation::of(*order, rules::GOODS_IF_CONFIRMED, seen));
        }
    }
    violations
}

/// What an order added to each product's `on_hand` and `reserved` by the time its reservation has this status.
fn wanted(reservation: &Reservation) -> BTreeMap<ProductId, (i64, i64)> {
    let change: fn(i64, i64) -> (i64, i64) = match reservation.status.as_str() {
        "held" => |quantity, _| (0, quantity),
        "committed" => |quantity, returned| (returned - quantity, 0),
        "released" => |_, _| (0, 0),
        _ => return BTreeMap::new(),
    };
    let returned = |product| reservation.returned.get(product).copied().unwrap_or_default();
    reservation.lines.iter().map(|(product, quantity)| (*product, change(*quantity, returned(product)))).collect()
}

/// The goods are where the order's fate wants them, and the catalogue shows what can be bought.
pub(crate) fn settled(books: &Books) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (id, order) in &books.orders {
        if let Some(seen) = misplaced(order, books.reservations.get(id)) {
            violations.push(Violation::of(*id, rules::GOODS_FOLLOW, seen));
        }
        if let Some(seen) = not_back(books.reservations.get(id), books.payments.get(id)) {
            violations.push(Violation::of(*id, rules::GOODS_COME_BACK, seen));
        }
    }
    for (product, stock) in &books.stock {
        if stock.shown_available.is_some_and(|shown| shown != stock.on_hand - stock.reserved) {
            violations.push(Violation::of_product(*product, rules::CATALOGUE_SHOWS, format!("{stock:?}")));
        }
    }
    violations
}

fn misplaced(order: &Order, reservation: Option<&Reservation>) -> Option<String> {
    let status = reservation.map_or("missing", |reservation| reservation.status.as_str());
    let is_right = match order.status.as_str() {
        "pending" => true,
        "confirmed" | "shipped" | "delivered" => {
            status == "committed" && reservation.is_some_and(|reservation| reservation.lines == order.lines)
        }
        _ => ["released", "refused", "tombstone"].contains(&status),
    };
    (!is_right).then(|| format!("the order is {}, its reservation {status}", order.status))
}

fn not_back(reservation: Option<&Reservation>, payment: Option<&Payment>) -> Option<String> {
    // A cancellation may have brought back all of them first.
    let reservation = reservation.filter(|reservation| reservation.status == "committed")?;
    let (said, back) = (&payment?.restocked, &reservation.returned);
    (said != back).then(|| format!("{said:?} were to come back, and {back:?} did"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::books::tests::{ORDER, PRODUCT, confirmed, order};

    fn rules(violations: &[Violation]) -> Vec<&'static str> {
        violations.iter().map(|violation| violation.rule.name).collect()
    }

    #[test]
    fn goods_that_left_with_their_order_break_nothing() {
        assert_eq!((always(&confirmed()), settled(&confirmed())), (Vec::new(), Vec::new()));
    }

    #[test]
    fn goods_that_left_twice_are_seen_though_the_levels_agree_with_the_ledger() {
        let mut books = confirmed();
        books.moved.insert(*ORDER, [(*PRODUCT, (-4, 0))].into());
        let stock = books.stock.get_mut(&*PRODUCT).expect("the product");
        (stock.on_hand, stock.moved_on_hand) = (6, 6);
        assert_eq!(rules(&always(&books)), ["goods move once"]);
    }

    #[test]
    fn goods_that_are_set_aside_for_nobody_are_found() {
        let mut books = confirmed();
        let stock = books.stock.get_mut(&*PRODUCT).expect("the product");
        (stock.reserved, stock.moved_reserved) = (1, 1);
        assert_eq!(rules(&always(&books)), ["what is reserved is what orders hold"]);
    }

    #[test]
    fn goods_of_a_cancelled_order_come_back() {
        let mut books = confirmed();
        books.orders.insert(*ORDER, order("cancelled"));
        assert_eq!(rules(&settled(&books)), ["goods follow the order's fate"]);
        assert_eq!(rules(&always(&books)), [""; 0]);
    }

    #[test]
    fn goods_that_came_back_with_a_refund_are_on_the_shelf_and_in_both_books() {
        let mut books = confirmed();
        let stock = books.stock.get_mut(&*PRODUCT).expect("the product");
        (stock.on_hand, stock.moved_on_hand, stock.shown_available) = (9, 9, Some(9));
        books.moved.insert(*ORDER, [(*PRODUCT, (-1, 0))].into());
        books.reservations.get_mut(&*ORDER).expect("the reservation").returned = [(*PRODUCT, 1)].into();
        assert_eq!(rules(&always(&books)), [""; 0]);
        assert_eq!(rules(&settled(&books)), ["goods come back with the money as the staff says"]);
        books.payments.get_mut(&*ORDER).expect("the payment").restocked = [(*PRODUCT, 1)].into();
        assert_eq!(rules(&settled(&books)), [""; 0]);
    }

    #[test]
    fn more_than_there_was_cannot_have_been_sold() {
        let mut books = confirmed();
        let stock = books.stock.get_mut(&*PRODUCT).expect("the product");
        (stock.on_hand, stock.moved_on_hand) = (-1, -1);
        assert_eq!(rules(&always(&books)), ["0 <= reserved <= on hand"]);
    }
}
