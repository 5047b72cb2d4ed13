//! Processes that are killed in the middle of a step: everything ends as if nothing had happened.

use std::collections::BTreeMap;

use futures::future::join_all;
use livemart_contracts::{OrderId, ProductId};
use livemart_local::{Event, Supervised, What};
use livemart_testing::{Customer, PATIENCE, Shop, run};
use tokio::sync::broadcast::Receiver;

/// Where a service dies, round by round: before its commit, between the commit and what follows from it.
const ORDER: [&str; 9] = [
    "before-commit:order.created",
    "after-commit:order.created",
    "before-mark:order.created",
    "before-commit:order-stock-reserved",
    "after-commit:order.confirmed",
    "before-ack:order-stock-reserved",
    "before-mark:order.confirmed",
    "before-ack:order-stock-failed",
    "after-commit:order.cancelled",
];
const PAYMENT: [&str; 9] = [
    "before-commit:payment-order-created",
    "before-ack:payment-order-created",
    "before-record:payment.authorize",
    "after-commit:payment.authorized",
    "before-mark:payment.authorized",
    "before-ack:payment-order-confirmed",
    "before-record:payment.capture",
    "before-record:payment.refund",
    "before-record:payment.void",
];
const INVENTORY: [&str; 9] = [
    "before-commit:stock.reserved",
    "after-commit:stock.reserved",
    "before-ack:inventory-payment-authorized",
    "before-mark:stock.reserved",
    "before-commit:stock.failed",
    "before-mark:stock.failed",
    "before-commit:inventory-order-confirmed",
    "after-commit:stock.committed",
    "before-ack:inventory-order-cancelled",
];

/// Starts an instance anew, to die when it first comes to this point.
async fn arm(instance: &Supervised, point: &str) {
    instance.stop().await.unwrap();
    let fault = BTreeMap::from([("LIVEMART_CRASH_AT".to_owned(), point.to_owned())]);
    instance.start_once_with(fault).await.unwrap();
}

/// Waits until the instance has killed itself.
async fn dies(events: &mut Receiver<Event>, instance: &str, point: &str) {
    let death = async {
        loop {
            match events.recv().await.unwrap() {
                Event { name, what: What::Died { how, .. } } if name == instance => return how,
                _ => {}
            }
        }
    };
    let how = tokio::time::timeout(PATIENCE, death).await;
    let how = how.unwrap_or_else(|_| panic!("{instance} did not come to {point}"));
    assert!(how.contains("SIGKILL"), "{instance} died of something else than {point}: {how}");
}

/// Orders of every kind that one round of crashes meets.
struct Round {
    confirmed: OrderId,
    short: OrderId,
    cancelled_early: OrderId,
    cancelled_late: OrderId,
}

impl Round {
    /// `late` was confirmed before the round.
    async fn place(customer: &Customer, pen: ProductId, rare: ProductId, late: OrderId) -> Self {
        let (one, too_many) = ([(pen, 1)], [(pen, 1), (rare, 2)]);
        let (confirmed, short, cancelled_early) = tokio::join!(
            customer.places(&one, "pm_card_visa"),
            customer.places(&too_many, "pm_card_visa"),
            customer.places(&one, "pm_card_slow"),
        );
        customer.insists_on_cancelling(cancelled_early).await;
        customer.insists_on_cancelling(late).await;
        Self { confirmed, short, cancelled_early, cancelled_late: late }
    }

    async fn ends(&self, customer: &Customer) {
        customer.sees(self.confirmed, "confirmed").await;
        customer.sees_payment(self.confirmed, "captured").await;
        assert_eq!(customer.sees(self.short, "failed").await["failure"]["code"], "out-of-stock");
        customer.sees_payment(self.cancelled_late, "refunded").await;
        customer.sees(self.cancelled_early, "cancelled").await;
    }
}

/// Kills the service at each of these points, with orders of every kind under way.
async fn survives(service: &str, points: &[&str]) {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let (pen, rare) = (shop.product(1_500, 1_000).await, shop.product(90_000, 1).await);
    let late = join_all(points.iter().map(async |_| customer.places(&[(pen, 3)], "pm_card_visa").await)).await;
    for order in &late {
        customer.sees_payment(*order, "captured").await;
    }

    let instance = shop.instance(service).unwrap();
    let mut rounds = Vec::new();
    // Rounds overlap: what waits for its redelivery is still under way when the service dies next.
    for (point, late) in points.iter().zip(late) {
        let mut events = shop.servers.supervisor().listen();
        arm(instance, point).await;
        rounds.push(Round::place(&customer, pen, rare, late).await);
        dies(&mut events, instance.name(), point).await;
    }
    for round in &rounds {
        round.ends(&customer).await;
    }
    let stock = shop.staff().await.stock(pen).await;
    assert_eq!(stock["available"].as_u64(), Some(1_000 - rounds.len() as u64));
    shop.close().await;
}

#[test]
fn an_order_service_that_is_killed_at_any_point_of_a_step_decides_once() {
    run(survives("order", &ORDER));
}

#[test]
fn a_payment_service_that_is_killed_at_any_point_of_a_step_charges_and_refunds_once() {
    run(survives("payment", &PAYMENT));
}

#[test]
fn an_inventory_that_is_killed_at_any_point_of_a_step_moves_goods_once() {
    run(survives("inventory", &INVENTORY));
}

#[test]
fn servers_that_are_killed_in_the_middle_of_orders_cost_time_and_nothing_else() {
    run(async {
        let shop = Shop::open().await;
        let customer = shop.customer().await;
        let pen = shop.product(1_500, 1_000).await;
        for server in [shop.servers.nats(), shop.servers.postgres()] {
            let orders =
                async { join_all((0..40).map(async |_| customer.places(&[(pen, 1)], "pm_card_visa").await)).await };
            let (orders, killed) = tokio::join!(orders, server.kill());
            killed.unwrap();
            shop.servers.ready().await.unwrap();
            for order in &orders {
                customer.sees(*order, "confirmed").await;
            }
            shop.settles(&orders).await;
        }
        assert_eq!(shop.staff().await.stock(pen).await["available"], 1_000 - 80);
        shop.close().await;
    });
}
