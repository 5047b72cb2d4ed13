//! No money is held, taken or kept that should not be, by the books of both sides.

use crate::{Books, Hold, Order, Payment, Violation, rules};

/// Money is taken for an order that is confirmed, and held for at most one payment of an order.
pub(crate) fn always(books: &Books) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (order, holds) in &books.holds {
        let status = books.orders.get(order).map_or("missing", |order| order.status.as_str());
        if holds.len() > 1 {
            let seen = format!("the provider made {} holds: {holds:?}", holds.len());
            violations.push(Violation::of(*order, rules::PAID_ONCE, seen));
        }
        for hold in holds {
            if hold.captured > 0 && !["confirmed", "shipped", "delivered", "cancelled"].contains(&status) {
                let seen = format!("{} were taken, and the order is {status}", hold.captured);
                violations.push(Violation::of(*order, rules::TAKEN_IF_CONFIRMED, seen));
            }
            if !adds_up(hold) {
                violations.push(Violation::of(*order, rules::WHOLE_HOLDS, format!("{hold:?}")));
            }
            if hold.captures > 1 || hold.voids > 1 {
                violations.push(Violation::of(*order, rules::BOOKED_ONCE, format!("{hold:?}")));
            }
        }
    }
    for order in books.payments.keys().filter(|order| !books.orders.contains_key(order)) {
        violations.push(Violation::of(*order, rules::ORDERED, "a payment without an order"));
    }
    violations
}

fn adds_up(hold: &Hold) -> bool {
    match hold.status.as_str() {
        "captured" => hold.captured == hold.amount,
        _ => hold.captured == 0 && hold.refunded == 0,
    }
}

/// The money is where the order's fate wants it, and both sides' books say so.
pub(crate) fn settled(books: &Books) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (id, order) in &books.orders {
        let payment = books.payments.get(id);
        if let Some(seen) = misplaced(order, payment) {
            violations.push(Violation::of(*id, rules::MONEY_FOLLOWS, seen));
        }
        if let Some(seen) = payment.and_then(|payment| shown_wrong(order, payment)) {
            violations.push(Violation::of(*id, rules::SHOWN, seen));
        }
    }
    for (id, payment) in books.payments.iter().filter(|(_, payment)| payment.in_sandbox) {
        let holds = books.holds.get(id).map_or(&[][..], Vec::as_slice);
        if let Some(seen) = differs(payment, holds) {
            violations.push(Violation::of(*id, rules::PROVIDER_AGREES, seen));
        }
    }
    for (order, holds) in books.holds.iter().filter(|(order, _)| !books.payments.contains_key(order)) {
        violations.push(Violation::of(*order, rules::PROVIDER_AGREES, format!("nobody knows of {holds:?}")));
    }
    violations
}

fn misplaced(order: &Order, payment: Option<&Payment>) -> Option<String> {
    if order.status == "pending" {
        return None;
    }
    let Some(payment) = payment else {
        return Some(format!("the order is {}, and the payment service has not heard of it", order.status));
    };
    // What is confirmed is paid for, but for what the staff gave back.
    let wanted: (&[&str], i64) = match order.status.as_str() {
        "confirmed" | "shipped" | "delivered" if payment.given_back == 0 => (&["captured"], order.total),
        "confirmed" | "shipped" | "delivered" if payment.given_back == order.total => (&["refunded"], 0),
        "confirmed" | "shipped" | "delivered" => (&["partially_refunded"], order.total - payment.given_back),
        _ => (&["voided", "refunded", "failed", "tombstone"], 0),
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

fn differs(payment: &Payment, holds: &[Hold]) -> Option<String> {
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
    use super::*;
    use crate::books::tests::{ORDER, confirmed, hold, order};

    fn rules(violations: &[Violation]) -> Vec<&'static str> {
        violations.iter().map(|violation| violation.rule.name).collect()
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
        let mut second = hold(&mut books).clone();
        (second.reference, second.status, second.captured) = ("another".to_owned(), "held".to_owned(), 0);
        books.holds.entry(*ORDER).or_default().push(second);
        assert!(rules(&always(&books)).contains(&"an order is paid once"));
        assert_eq!(rules(&settled(&books)), ["our books are the provider's"]);
    }

    #[test]
    fn books_that_disagree_by_one_won_are_told_apart() {
        let mut books = confirmed();
        hold(&mut books).refunded = 1;
        assert_eq!(rules(&settled(&books)), ["our books are the provider's"]);
    }

    #[test]
    fn a_payment_of_another_provider_is_not_looked_for_in_the_sandbox() {
        let mut books = confirmed();
        books.holds.clear();
        assert_eq!(rules(&settled(&books)), ["our books are the provider's"]);
        books.payments.get_mut(&*ORDER).expect("the payment").in_sandbox = false;
        assert_eq!(settled(&books), []);
    }

    #[test]
    fn what_the_staff_gave_back_is_not_missed_and_what_nobody_did_is() {
        let mut books = confirmed();
        let refunded = |books: &mut Books, given_back: i64| {
            let payment = books.payments.get_mut(&*ORDER).expect("the payment");
            (payment.status, payment.refunded) = ("partially_refunded".to_owned(), 1_000);
            payment.given_back = given_back;
            hold(books).refunded = 1_000;
            let shown = books.orders.get_mut(&*ORDER).and_then(|order| order.shown.as_mut()).expect("it is shown");
            (shown.status, shown.refunded) = ("partially_refunded".to_owned(), 1_000);
        };
        refunded(&mut books, 1_000);
        assert_eq!((always(&books), settled(&books)), (Vec::new(), Vec::new()));
        refunded(&mut books, 0);
        assert_eq!(rules(&settled(&books)), ["money follows the order's fate"]);
    }

    #[test]
    fn a_hold_that_stays_after_the_orders_end_is_found() {
        let mut books = confirmed();
        books.orders.insert(*ORDER, order("cancelled"));
        (hold(&mut books).status, hold(&mut books).captured) = ("held".to_owned(), 0);
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

    #[test]
    fn a_capture_that_was_made_twice_is_seen_though_the_sums_agree() {
        let mut books = confirmed();
        hold(&mut books).captures = 2;
        assert_eq!(rules(&always(&books)), ["the provider does everything once"]);
    }
}
