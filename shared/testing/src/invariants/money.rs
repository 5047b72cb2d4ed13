//! No money is held, taken or kept that should not be, by the books of both sides.

use livemart_contracts::OrderId;

use super::{Books, Hold, Order, Payment, Violation};

/// Money is taken for an order that is confirmed, and held for at most one payment of an order.
pub(super) fn always(books: &Books) -> Vec<Violation> {
    let mut violations = Vec::new();
    for hold in &books.holds {
        let status = books.orders.get(&hold.order).map_or("missing", |order| order.status.as_str());
        if hold.captured > 0 && !["confirmed", "shipped", "delivered", "cancelled"].contains(&status) {
            let seen = format!("{} were taken, and the order is {status}", hold.captured);
            violations.push(Violation::of(hold.order, "money is taken for confirmed orders only", seen));
        }
        let holds = books.holds.iter().filter(|other| other.order == hold.order).count();
        if holds > 1 {
            let seen = format!("the provider made {holds} holds");
            violations.push(Violation::of(hold.order, "an order is paid once", seen));
        }
        let (amount, captured, refunded) = (hold.amount, hold.captured, hold.refunded);
        let adds_up = match hold.status.as_str() {
            "captured" => captured == amount,
            _ => captured == 0 && refunded == 0,
        };
        if !adds_up {
            let seen = format!("{hold:?}");
            violations.push(Violation::of(hold.order, "what was held is held, taken or released as a whole", seen));
        }
    }
    for order in books.payments.keys().filter(|order| !books.orders.contains_key(order)) {
        violations.push(Violation::of(*order, "what is paid for was ordered", "a payment without an order"));
    }
    violations
}

/// The money is where the order's fate wants it, and both sides' books say so.
pub(super) fn settled(books: &Books) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (id, order) in &books.orders {
        let payment = books.payments.get(id);
        if let Some(seen) = misplaced(order, payment) {
            violations.push(Violation::of(*id, "money follows the order's fate", seen));
        }
        if let Some(seen) = payment.and_then(|payment| shown_wrong(order, payment)) {
            violations.push(Violation::of(*id, "an order shows its payment", seen));
        }
    }
    for (id, payment) in &books.payments {
        let holds: Vec<&Hold> = books.holds.iter().filter(|hold| hold.order == *id).collect();
        if let Some(seen) = differs(payment, &holds) {
            violations.push(Violation::of(*id, "our books are the provider's", seen));
        }
    }
    let unknown = books.holds.iter().filter(|hold| !books.payments.contains_key(&hold.order));
    violations.extend(unknown.map(|hold: &Hold| stray(hold.order, hold)));
    violations
}

fn stray(order: OrderId, hold: &Hold) -> Violation {
    Violation::of(order, "our books are the provider's", format!("nobody knows of {hold:?}"))
}

fn misplaced(order: &Order, payment: Option<&Payment>) -> Option<String> {
    let wanted: (&[&str], i64) = match order.status.as_str() {
        "pending" => return None,
        "confirmed" | "shipped" | "delivered" => (&["captured"], order.total),
        _ => (&["voided", "refunded", "failed", "tombstone"], 0),
    };
    let Some(payment) = payment else {
        return Some(format!("the order is {}, and the payment service has not heard of it", order.status));
    };
    let kept = payment.captured - payment.refunded;
    let is_right = wanted.0.contains(&payment.status.as_str()) && kept == wanted.1;
    (!is_right).then(|| format!("the order is {}, its payment {} with {kept} kept", order.status, payment.status))
}

fn shown_wrong(order: &Order, payment: &Payment) -> Option<String> {
    // Of these there is nothing to be told yet, or ever.
    if ["pending", "unknown", "tombstone"].contains(&payment.status.as_str()) {
        return None;
    }
    let shown = order.shown.as_ref();
    let is_right = shown.is_some_and(|shown| {
        (&shown.status, shown.captured, shown.refunded) == (&payment.status, payment.captured, payment.refunded)
    });
    (!is_right).then(|| format!("it shows {shown:?} of {payment:?}"))
}

fn differs(payment: &Payment, holds: &[&Hold]) -> Option<String> {
    let wanted = match payment.status.as_str() {
        "authorized" => Some("held"),
        "voided" => Some("voided"),
        "captured" | "partially_refunded" | "refunded" => Some("captured"),
        "failed" | "tombstone" => None,
        // Pending and unknown: the provider may be ahead of us.
        _ => return None,
    };
    let is_right = match (wanted, holds) {
        (None, []) => true,
        (Some(status), [hold]) => {
            hold.status == status
                && payment.reference.as_ref() == Some(&hold.reference)
                && (hold.amount, hold.captured, hold.refunded) == (payment.amount, payment.captured, payment.refunded)
        }
        _ => false,
    };
    (!is_right).then(|| format!("we say {payment:?}, the provider {holds:?}"))
}

#[cfg(test)]
mod tests {
    use super::super::books::tests::{ORDER, confirmed, order};
    use super::*;

    fn rules(violations: &[Violation]) -> Vec<&'static str> {
        violations.iter().map(|violation| violation.rule).collect()
    }

    #[test]
    fn a_paid_order_breaks_nothing() {
        assert_eq!((always(&confirmed()), settled(&confirmed())), (Vec::new(), Vec::new()));
    }

    #[test]
    fn money_that_was_taken_for_an_order_that_failed_is_seen_at_any_moment() {
        let mut books = confirmed();
        books.orders.insert(*ORDER, order("failed"));
        assert_eq!(rules(&always(&books)), ["money is taken for confirmed orders only"]);
        assert!(rules(&settled(&books)).contains(&"money follows the order's fate"));
    }

    #[test]
    fn a_second_hold_is_a_second_payment() {
        let mut books = confirmed();
        let mut second = books.holds[0].clone();
        (second.reference, second.status, second.captured) = ("another".to_owned(), "held".to_owned(), 0);
        books.holds.push(second);
        assert!(rules(&always(&books)).contains(&"an order is paid once"));
        assert_eq!(rules(&settled(&books)), ["our books are the provider's"]);
    }

    #[test]
    fn books_that_disagree_by_one_won_are_told_apart() {
        let mut books = confirmed();
        books.holds[0].refunded = 1;
        assert_eq!(rules(&settled(&books)), ["our books are the provider's"]);
    }

    #[test]
    fn a_hold_that_stays_after_the_orders_end_is_found() {
        let mut books = confirmed();
        books.orders.insert(*ORDER, order("cancelled"));
        books.holds[0].status = "held".to_owned();
        books.holds[0].captured = 0;
        if let Some(payment) = books.payments.get_mut(&*ORDER) {
            (payment.status, payment.captured) = ("authorized".to_owned(), 0);
        }
        assert!(rules(&settled(&books)).contains(&"money follows the order's fate"));
    }

    #[test]
    fn a_hold_that_the_payment_service_does_not_know_of_is_found() {
        let mut books = confirmed();
        books.payments.clear();
        assert!(rules(&settled(&books)).contains(&"our books are the provider's"));
    }
}
