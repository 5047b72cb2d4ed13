//! What the tables say depends on which events arrived, and not on their order, number or batches.

use std::collections::BTreeMap;

use livemart_contracts::events::{FailureCode, OrderFailed, OrderFailure, PaymentVoided, StockReleased};
use livemart_contracts::{Clock, Stream};
use livemart_messaging::consumer::Incoming;
use livemart_testing::run;
use rand::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::fixture::{Analytics, Order, message, time};

/// Orders of every kind of end, spread over some hours, and what is told twice of them.
fn history() -> Vec<Incoming> {
    let products = [(); 3].map(|()| Clock::default().new_id());
    let mut events = Vec::new();
    for number in 0..24 {
        let (at, product) =
            (time("2026-03-01T22:00:00Z") + chrono::TimeDelta::minutes(10 * number), products[number as usize % 3]);
        let order = Order::made(at, &[(product, 1 + number as u32 % 4, 333), (products[0], 1, 1_000)]);
        events.push(message(at, None, &order.created()));
        events.push(message(order.after(10), None, &order.authorized()));
        if number % 6 == 5 {
            let failure = OrderFailure { code: FailureCode::TimedOut, detail: String::new() };
            let failed = OrderFailed { order_id: order.id, customer_id: order.customer_id, failure };
            let voided =
                PaymentVoided { order_id: order.id, payment_id: order.id.uuid().into(), amount: order.total() };
            events.push(message(order.after(60_000), None, &failed));
            events.push(message(order.after(60_010), None, &voided));
            // Announced again, with another id.
            events.push(message(order.after(90_000), None, &failed));
            continue;
        }
        events.push(message(order.after(20), None, &order.reserved()));
        events.push(message(order.after(30), None, &order.confirmed()));
        events.push(message(order.after(40), None, &order.captured()));
        events.push(message(order.after(45), None, &order.committed()));
        events.push(message(order.after(90_000), None, &order.confirmed()));
        events.push(message(order.after(90_010), None, &order.captured()));
        if number % 3 == 1 {
            let lines = order.committed().lines;
            let reservation_id = order.id.uuid().into();
            let released = StockReleased { order_id: order.id, reservation_id, lines, refund_id: None };
            let amount = order.total().amount;
            events.push(message(order.after(99_000), None, &order.cancelled()));
            events.push(message(order.after(99_010), None, &order.refunded(amount)));
            events.push(message(order.after(99_010), None, &released));
            // A refund without a name of its own, told as another event.
            events.push(message(order.after(99_990), None, &order.refunded(amount)));
        }
        if number % 6 == 3 {
            events.push(message(order.after(99_000), None, &order.refunded(100)));
            events.push(message(order.after(99_500), None, &order.refunded(100)));
        }
    }
    events
}

/// Tells `events` in batches of at most `most`, each of one stream.
async fn tell(analytics: &Analytics, events: &[Incoming], most: usize) {
    let mut batches: BTreeMap<Option<Stream>, Vec<Incoming>> = BTreeMap::new();
    for event in events {
        let stream = Stream::of_subject(&event.subject);
        let batch = batches.entry(stream).or_default();
        batch.push(event.clone());
        if batch.len() == most {
            analytics.commits(batch).await;
            batch.clear();
        }
    }
    for batch in batches.values().filter(|batch| !batch.is_empty()) {
        analytics.commits(batch).await;
    }
}

const TABLES: [&str; 10] = [
    "orders",
    "payments",
    "goods",
    "order_hours",
    "payment_hours",
    "stock_hours",
    "product_days",
    "order_events",
    "payment_events",
    "stock_events",
];

async fn rows(analytics: &Analytics, query: &str) -> Vec<String> {
    let statement = Statement::from_string(DbBackend::Postgres, query);
    let rows = analytics.store.db().query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn tables(analytics: &Analytics) -> BTreeMap<&'static str, Vec<String>> {
    let mut tables = BTreeMap::new();
    for table in TABLES {
        tables.insert(table, rows(analytics, &format!("SELECT t::text FROM {table} t ORDER BY 1")).await);
    }
    tables
}

#[test]
fn the_same_events_in_any_order_and_any_batches_end_in_the_same_tables() {
    run(async {
        let events = history();
        let in_order = Analytics::open().await;
        tell(&in_order, &events, 1).await;
        let expected = tables(&in_order).await;
        assert!(expected.values().all(|rows| !rows.is_empty()));
        for seed in 1..=6 {
            let mut random = StdRng::seed_from_u64(seed);
            let mut shuffled = events.clone();
            // Some of them are delivered again.
            shuffled.extend(events.choose_multiple(&mut random, events.len() / 2).cloned());
            shuffled.shuffle(&mut random);
            let other = Analytics::open().await;
            tell(&other, &shuffled, [1, 3, 16, 256][random.random_range(0..4)]).await;
            let seen = tables(&other).await;
            for table in TABLES {
                assert_eq!(seen[table], expected[table], "{table} in the order of seed {seed}");
            }
        }
    });
}

/// The figures by the hour and by the day, made anew from the rows that they are sums of.
const RECOUNTED: [(&str, &str); 2] = [
    (
        "SELECT (fact, code, currency, sum(orders), sum(amount))::text FROM order_hours GROUP BY fact, code, currency
         ORDER BY 1",
        "SELECT (fact, code, currency, count(*), sum(total))::text
         FROM orders CROSS JOIN LATERAL (VALUES
             ('created', '', created_at), ('confirmed', '', confirmed_at), ('failed', failure_code, failed_at),
             ('cancelled', CASE WHEN confirmed_at IS NULL THEN 'before-confirmation' ELSE 'after-confirmation' END,
              cancelled_at)
         ) AS told (fact, code, at)
         WHERE at IS NOT NULL GROUP BY fact, code, currency ORDER BY 1",
    ),
    (
        "SELECT (fact, currency, sum(orders), sum(amount))::text FROM payment_hours
         WHERE fact IN ('captured', 'refunded') GROUP BY fact, currency ORDER BY 1",
        "SELECT (fact, currency, count(*), sum(amount))::text
         FROM payments CROSS JOIN LATERAL (VALUES ('captured', captured), ('refunded', refunded)) AS told (fact, amount)
         WHERE amount > 0 GROUP BY fact, currency ORDER BY 1",
    ),
];

#[test]
fn figures_are_the_sums_of_the_orders_they_are_about() {
    run(async {
        let analytics = Analytics::open().await;
        let mut events = history();
        events.shuffle(&mut StdRng::seed_from_u64(7));
        tell(&analytics, &events, 16).await;
        for (kept, counted) in RECOUNTED {
            let kept = rows(&analytics, kept).await;
            assert!(!kept.is_empty());
            assert_eq!(kept, rows(&analytics, counted).await);
        }
        let net = "SELECT (sum(captured) - sum(refunded))::text FROM payments";
        let sold = analytics.answers("/sales?from=2026-03-01&to=2026-03-04").await;
        let products = analytics.answers("/products?from=2026-03-01&to=2026-03-04").await;
        let by_product = products["data"].as_array().unwrap().iter();
        let by_product: i64 = by_product.map(|seller| seller["sales"][0]["net"]["amount"].as_i64().unwrap()).sum();
        assert_eq!(rows(&analytics, net).await, [by_product.to_string()]);
        assert_eq!(sold["total"]["sales"][0]["net"]["amount"], by_product);
    });
}
