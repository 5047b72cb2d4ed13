//! What must hold when a shop is at rest, whatever happened: money and goods are where the decision wants them, in
//! everybody's books.

use std::collections::BTreeMap;

use livemart_inventory::domain::movement::totals;
use livemart_inventory::domain::{Change, Level, Lines, Status as Goods};
use livemart_order::domain::Status;
use livemart_payment::domain::Status as Money;
use livemart_payment::providers::sandbox::ledger::{BookedHold, HoldStatus};

use super::fact::Fact;
use super::orders::{self, OrderRow};
use super::payments::{Call, PaymentRow};
use super::shop::Shop;
use super::tasks::Task;

/// Where an order's money is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Taken,
    /// Not held and not kept: never taken, or given back.
    Back,
    /// Not held and never taken.
    Untouched,
}

fn fate(order: &OrderRow) -> Option<Fate> {
    match order.order.status {
        Status::Pending => None,
        Status::Confirmed | Status::Shipped | Status::Delivered => Some(Fate::Taken),
        Status::Cancelled if order.was_confirmed => Some(Fate::Back),
        Status::Cancelled | Status::Failed => Some(Fate::Untouched),
    }
}

/// Everything that is wrong in a shop at rest, named by its order.
pub fn check(shop: &Shop) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut holds = BTreeMap::<String, Vec<&BookedHold>>::new();
    for hold in shop.provider.ledger.holds.values() {
        holds.entry(hold.order_reference.clone()).or_default().push(hold);
    }
    for (number, order) in shop.orders.rows().iter().enumerate() {
        let holds = holds.remove(&orders::id(number).to_string()).unwrap_or_default();
        let mut say = |what: String| wrong.push(format!("order {number}: {what}"));
        match fate(order) {
            None => say("nobody decided about it".to_owned()),
            Some(fate) => {
                check_money(shop, number, fate, &holds, &mut say);
                check_goods(shop, number, order, &mut say);
            }
        }
        if order.was_confirmed && order.order.failure.is_some() {
            say("it was confirmed, and failed".to_owned());
        }
    }
    check_stock(shop, &mut wrong);
    check_left_over(shop, &mut wrong);
    check_decisions(shop, &mut wrong);
    wrong
}

fn check_money(shop: &Shop, number: usize, fate: Fate, holds: &[&BookedHold], say: &mut impl FnMut(String)) {
    if holds.len() > 1 {
        say(format!("the provider holds money for it {} times", holds.len()));
    }
    let hold = holds.first();
    let (taken, given_back) = hold.map_or((0, 0), |hold| (hold.captured, hold.refunded));
    if hold.is_some_and(|hold| hold.status == HoldStatus::Held) {
        say("its money is still held".to_owned());
    }
    let by_staff = shop.payments.rows.get(&number).map_or(0, PaymentRow::given_back);
    let right = match fate {
        Fate::Taken => hold.is_some_and(|hold| taken == hold.amount) && given_back == by_staff,
        Fate::Back => taken == given_back,
        Fate::Untouched => taken == 0,
    };
    if !right {
        say(format!("{taken} were taken and {given_back} given back, but its money is to be {fate:?}"));
    }

    let order = &shop.orders.rows()[number];
    let Some(row) = shop.payments.rows.get(&number) else {
        if hold.is_some() {
            say("the provider has a hold that no payment knows".to_owned());
        }
        return;
    };
    let payment = &row.payment;
    if (payment.captured, payment.refunded) != (taken, given_back) {
        say(format!(
            "its payment says {} taken and {} given back, the provider {taken} and {given_back}",
            payment.captured, payment.refunded
        ));
    }
    if (order.shown.captured, order.shown.refunded) != (taken, given_back) {
        say(format!(
            "it shows {} taken and {} given back, the provider {taken} and {given_back}",
            order.shown.captured, order.shown.refunded
        ));
    }
    let agrees = match hold.map(|hold| hold.status) {
        None => matches!(payment.status, Money::Pending | Money::Unknown | Money::Failed | Money::Tombstone),
        Some(HoldStatus::Held) => payment.status == Money::Authorized,
        Some(HoldStatus::Voided) => payment.status == Money::Voided,
        Some(HoldStatus::Captured) if given_back == 0 => payment.status == Money::Captured,
        Some(HoldStatus::Captured) => matches!(payment.status, Money::Refunded | Money::PartiallyRefunded),
    };
    if !agrees {
        say(format!("its payment is {}, the provider's hold {:?}", payment.status, hold.map(|hold| hold.status)));
    }
}

fn check_goods(shop: &Shop, number: usize, order: &OrderRow, say: &mut impl FnMut(String)) {
    let status = shop.inventory.reservations.get(&number).map(|reservation| reservation.status);
    let right = match order.order.status {
        Status::Confirmed | Status::Shipped | Status::Delivered => status == Some(Goods::Committed),
        _ if order.was_confirmed => status == Some(Goods::Released),
        _ => matches!(status, None | Some(Goods::Released | Goods::Refused | Goods::Tombstone)),
    };
    if !right {
        say(format!("it is {}, its reservation {status:?}", order.order.status));
    }
}

/// Levels, ledger and reservations say the same.
fn check_stock(shop: &Shop, wrong: &mut Vec<String>) {
    let moved = totals(&shop.inventory.movements);
    let in_reservations = |status: Goods, product| -> i64 {
        let reservations = shop.inventory.reservations.values().filter(|reservation| reservation.status == status);
        reservations.map(|reservation| quantity(&reservation.gone(), product)).sum()
    };
    for (product, level) in &shop.inventory.levels {
        let moved = moved.get(product).copied().unwrap_or_default();
        let adjusted = shop.inventory.adjusted.get(product).copied().unwrap_or_default();
        let Change { on_hand, reserved } = moved;
        let number = product.uuid().as_u128();
        if (Level { on_hand: adjusted + on_hand, reserved }) != *level {
            wrong.push(format!("product {number}: {level:?}, but its movements add up to {moved:?} on {adjusted}"));
        }
        if level.reserved < 0 || level.reserved > level.on_hand {
            wrong.push(format!("product {number}: {level:?}"));
        }
        if level.reserved != in_reservations(Goods::Held, *product) {
            wrong.push(format!("product {number}: {} are reserved for nobody", level.reserved));
        }
        let gone = adjusted - level.on_hand;
        if gone != in_reservations(Goods::Committed, *product) {
            wrong.push(format!("product {number}: {gone} are gone, and orders did not take as many"));
        }
    }
}

fn quantity(lines: &Lines, product: livemart_contracts::ProductId) -> i64 {
    lines.iter().filter(|(of, _)| *of == product).map(|(_, quantity)| i64::from(quantity)).sum()
}

/// Nothing is left to do, and every effect was made once.
fn check_left_over(shop: &Shop, wrong: &mut Vec<String>) {
    for task in shop.tasks.iter().filter(|task| !task.done) {
        wrong.push(format!("order {}: {} was never done", task.request.order, task.request.call.kind()));
    }
    for (durable, queue) in shop.queues.iter().enumerate().filter(|(_, queue)| !queue.waiting.is_empty()) {
        wrong.push(format!("{} events wait at {}", queue.waiting.len(), super::bus::durables()[durable].name));
    }
    let mut made = BTreeMap::<(&str, &str), u32>::new();
    for operation in &shop.provider.ledger.operations {
        *made.entry((operation.kind, operation.reference.as_str())).or_default() += 1;
    }
    for ((kind, reference), times) in made.into_iter().filter(|(_, times)| *times > 1) {
        // The staff may give back in parts; each part once.
        let of_hold = |task: &&Task| task.request.call == Call::Refund && task.request.reference == reference;
        let asked = if kind == "refund" { shop.tasks.iter().filter(of_hold).count() } else { 1 };
        if usize::try_from(times).is_ok_and(|times| times > asked) {
            wrong.push(format!("the provider made a {kind} {times} times, and was asked for {asked}"));
        }
    }
}

/// What was announced about an order is one decision, or a confirmation and its cancellation.
fn check_decisions(shop: &Shop, wrong: &mut Vec<String>) {
    let mut heard = BTreeMap::<usize, (bool, bool, bool)>::new();
    for row in &shop.outbox {
        let heard = heard.entry(orders::number(row.fact.order_id())).or_default();
        match &*row.fact {
            Fact::OrderConfirmed(_) => heard.0 = true,
            Fact::OrderFailed(_) => heard.1 = true,
            Fact::OrderCancelled(_) => heard.2 = true,
            _ => {}
        }
    }
    for (number, (confirmed, failed, cancelled)) in heard {
        if failed && (confirmed || cancelled) {
            wrong.push(format!("order {number}: it was announced as failed, and as something else"));
        }
    }
}
