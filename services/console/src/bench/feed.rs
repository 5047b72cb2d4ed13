//! Orders committed without HTTP: what the order service's `POST /orders` writes, by its own outbox code and in batches
//! of the size of its group commit, and nothing of what it does before. So the saga alone is measured, and fed faster
//! than any client could.

use anyhow::{Context as _, Result};
use chrono::{DateTime, TimeDelta, Utc};
use livemart_contracts::events::{OrderCreated, PricedLine};
use livemart_contracts::money::Currency;
use livemart_contracts::{Clock, Event as _, Money, OrderId, UserId};
use livemart_local::{Addresses, OPERATOR, operator};
use livemart_messaging::wake::{Hints, Wakes};
use livemart_messaging::{Cause, Store, sql};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database};
use uuid::Uuid;

use crate::load::{Crowd, Mix};

/// Orders in one commit, as in the order service.
pub(super) const BATCH: u64 = 128;
/// The order service's own: an order that is undecided then fails, also here.
const DEADLINE: TimeDelta = TimeDelta::seconds(60);
/// One commits, one may still be giving back its connection.
const CONNECTIONS: u32 = 2;
/// In won.
const PRICE: i64 = 15_900;
/// Tells the order service that there is something to publish, as its own replicas tell each other.
const WAKE: &str = "wake.order";

pub(super) struct Feeder<'a> {
    store: Store,
    hints: Hints,
    client: async_nats::Client,
    crowd: &'a Crowd,
    customer: UserId,
    /// So that each order is another one.
    number: u64,
}

/// An order, and when its commit had returned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fed {
    pub(super) order: OrderId,
    /// Whether it cannot be confirmed.
    pub(super) fails: bool,
    pub(super) at: DateTime<Utc>,
}

impl<'a> Feeder<'a> {
    pub(super) async fn new(addresses: &Addresses, crowd: &'a Crowd) -> Result<Self> {
        let mut options = ConnectOptions::new(addresses.database_url("order"));
        options.max_connections(CONNECTIONS).sqlx_logging(false).test_before_acquire(false);
        let database = Database::connect(options).await.context("connect as the order service")?;
        let client = operator(&addresses.nats_url(), OPERATOR, addresses.nats_password(OPERATOR)).await?;
        let (clock, (wakes, hints)) = (Clock::default(), Wakes::new());
        let store = Store::new(database, clock, wakes, "order", vec![OrderCreated::SUBJECT]);
        Ok(Self { store, hints, client, crowd, customer: clock.new_id(), number: 0 })
    }

    /// Commits `many` orders, at most [`BATCH`], in one transaction.
    #[expect(clippy::disallowed_methods, reason = "a hint, not an event: the relay also looks by itself")]
    pub(super) async fn commit(&mut self, many: u64, mix: &Mix) -> Result<Vec<Fed>> {
        let mut work = self.store.begin().await?;
        let sold_out = self.crowd.sold_out();
        let (orders, fails): (Vec<OrderCreated>, Vec<bool>) = (0..many)
            .map(|next| {
                let choice = mix.choose(self.number + next, self.crowd.products(), sold_out);
                let fails = choice.fails(sold_out);
                let unit_price = Money::new(PRICE, Currency::KRW);
                let line = |product_id| PricedLine { product_id, quantity: 1, unit_price };
                let lines: Vec<PricedLine> = choice.products.into_iter().map(line).collect();
                let total = Money::new(PRICE * i64::try_from(lines.len()).unwrap_or_default(), Currency::KRW);
                let order = OrderCreated {
                    order_id: work.new_id(),
                    customer_id: self.customer,
                    lines,
                    total,
                    payment_method: choice.method.to_owned(),
                    expires_at: work.now() + DEADLINE,
                };
                (order, fails)
            })
            .unzip();
        for order in &orders {
            work.emit(Cause::timer(), order);
        }
        work.tx().execute_raw(insertion(&orders, work.now())).await?;
        work.commit().await?;
        let at = self.store.clock().now();
        self.number += many;
        if self.hints.outbox.try_recv().is_ok() {
            self.client.publish(WAKE, "".into()).await?;
        }
        Ok(orders.iter().zip(fails).map(|(order, fails)| Fed { order: order.order_id, fails, at }).collect())
    }
}

/// As `services/order/src/store/orders.rs` has it.
fn insertion(orders: &[OrderCreated], now: DateTime<Utc>) -> sea_orm::Statement {
    let ids: Vec<Uuid> = orders.iter().map(|order| order.order_id.uuid()).collect();
    let customers: Vec<Uuid> = orders.iter().map(|order| order.customer_id.uuid()).collect();
    let lines: Vec<String> = orders.iter().map(|order| serde_json::json!(order.lines).to_string()).collect();
    let totals: Vec<i64> = orders.iter().map(|order| order.total.amount).collect();
    let methods: Vec<String> = orders.iter().map(|order| order.payment_method.clone()).collect();
    let expires: Vec<DateTime<Utc>> = orders.iter().map(|order| order.expires_at).collect();
    sql(
        "INSERT INTO orders (order_id, customer_id, status, lines, total, currency, payment_method, created_at, expires_at,
                             updated_at, version)
         SELECT order_id, customer_id, 'pending', lines::jsonb, total, 'KRW', payment_method, $7, expires_at, $7, 1
         FROM unnest($1, $2, $3, $4, $5, $6)
           AS placed (order_id, customer_id, lines, total, payment_method, expires_at)",
        [ids.into(), customers.into(), lines.into(), totals.into(), methods.into(), expires.into(), now.into()],
    )
}
