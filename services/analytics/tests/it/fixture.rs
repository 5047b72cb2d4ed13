//! Analytics on a database of its own: told events as its consumers would, and asked over HTTP.

use axum::body::Body;
use axum::http::Request;
use axum::{Router, middleware};
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::BodyExt;
use livemart_analytics::domain::span;
use livemart_contracts::events::{Line, OrderCancelled, OrderConfirmed, OrderCreated, PricedLine};
use livemart_contracts::events::{PaymentAuthorized, PaymentCaptured, PaymentRefunded, StockCommitted, StockReserved};
use livemart_contracts::money::Currency;
use livemart_contracts::{Clock, Event, EventId, Money, OrderId, ProductId, Trace, UserId};
use livemart_messaging::consumer::{Incoming, Subscription, Verdict, commit};
use livemart_messaging::envelope::Attributes;
use livemart_messaging::wake::Wakes;
use livemart_messaging::{Decision, Store};
use livemart_testing::{Database, database};
use livemart_web::{Caller, Role, request};
use sea_orm::ConnectOptions;
use serde_json::Value;
use tower::ServiceExt;

use crate::service;

pub struct Analytics {
    pub store: Store,
    subscriptions: Vec<Subscription>,
    router: Router,
    _database: Database,
}

/// `2026-03-01T10:00:00Z`
pub fn time(text: &str) -> DateTime<Utc> {
    span::parse(text).unwrap_or_else(|| panic!("{text} is no time"))
}

#[expect(clippy::disallowed_methods, reason = "a clock that shows another time has to know this one")]
fn clock_at(time: DateTime<Utc>) -> Clock {
    Clock::ahead_by(time - Utc::now())
}

/// An order as the events tell it. Each step is an event that follows the one before after as many milliseconds.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: OrderId,
    pub customer_id: UserId,
    pub made_at: DateTime<Utc>,
    pub lines: Vec<PricedLine>,
    currency: Currency,
}

impl Order {
    /// Made at `made_at`, of products at a price each.
    pub fn made(made_at: DateTime<Utc>, lines: &[(ProductId, u32, i64)]) -> Self {
        Self::made_in(Currency::KRW, made_at, lines)
    }

    pub fn made_in(currency: Currency, made_at: DateTime<Utc>, lines: &[(ProductId, u32, i64)]) -> Self {
        let clock = clock_at(made_at);
        let line = |&(product_id, quantity, price): &(ProductId, u32, i64)| PricedLine {
            product_id,
            quantity,
            unit_price: Money::new(price, currency),
        };
        let lines = lines.iter().map(line).collect();
        Self { id: clock.new_id(), customer_id: clock.new_id(), made_at, lines, currency }
    }

    pub fn total(&self) -> Money {
        let zero = Money::zero(self.currency);
        self.lines.iter().fold(zero, |sum, line| sum.plus(line.unit_price.times(line.quantity).unwrap()).unwrap())
    }

    /// `milliseconds` after it was made.
    pub fn after(&self, milliseconds: i64) -> DateTime<Utc> {
        self.made_at + TimeDelta::milliseconds(milliseconds)
    }

    pub fn created(&self) -> OrderCreated {
        OrderCreated {
            order_id: self.id,
            customer_id: self.customer_id,
            lines: self.lines.clone(),
            total: self.total(),
            payment_method: "pm_card_visa".to_owned(),
            expires_at: self.after(60_000),
        }
    }

    pub fn confirmed(&self) -> OrderConfirmed {
        OrderConfirmed { order_id: self.id, customer_id: self.customer_id }
    }

    pub fn cancelled(&self) -> OrderCancelled {
        OrderCancelled { order_id: self.id, customer_id: self.customer_id, reason: "changed my mind".to_owned() }
    }

    fn plain_lines(&self) -> Vec<Line> {
        let line = |line: &PricedLine| Line { product_id: line.product_id, quantity: line.quantity };
        self.lines.iter().map(line).collect()
    }

    pub fn authorized(&self) -> PaymentAuthorized {
        PaymentAuthorized {
            order_id: self.id,
            payment_id: self.id.uuid().into(),
            amount: self.total(),
            lines: self.plain_lines(),
            expires_at: self.after(60_000),
        }
    }

    pub fn captured(&self) -> PaymentCaptured {
        PaymentCaptured { order_id: self.id, payment_id: self.id.uuid().into(), amount: self.total() }
    }

    pub fn refunded(&self, amount: i64) -> PaymentRefunded {
        let amount = Money::new(amount, self.currency);
        let (order_id, payment_id) = (self.id, self.id.uuid().into());
        PaymentRefunded { order_id, payment_id, amount, refund_id: None, restock: Vec::new() }
    }

    pub fn reserved(&self) -> StockReserved {
        StockReserved {
            order_id: self.id,
            reservation_id: self.id.uuid().into(),
            lines: self.plain_lines(),
            expires_at: self.after(60_000),
        }
    }

    pub fn committed(&self) -> StockCommitted {
        StockCommitted { order_id: self.id, reservation_id: self.id.uuid().into(), lines: self.plain_lines() }
    }
}

impl Analytics {
    pub async fn open() -> Self {
        let database = database().await;
        let mut options = ConnectOptions::new(database.url("analytics"));
        options.max_connections(4).sqlx_logging(false);
        let db = sea_orm::Database::connect(options).await.unwrap_or_else(|error| panic!("{error}"));
        let (wakes, _) = Wakes::new();
        let store = Store::new(db, Clock::default(), wakes, "analytics", Vec::new());
        let router = livemart_analytics::http::routes()
            .into_parts("analytics")
            .0
            .with_state(store.clone())
            .layer(middleware::from_fn(request::finish));
        Self { store, subscriptions: service().subscriptions().to_vec(), router, _database: database }
    }

    /// Lets the projection of `event` hear of it as told at `at`, and answers its id.
    pub async fn hears<E: Event>(&self, at: DateTime<Utc>, event: &E) -> EventId {
        self.hears_because(at, None, event).await
    }

    pub async fn hears_because<E: Event>(&self, at: DateTime<Utc>, cause: Option<EventId>, event: &E) -> EventId {
        let message = message(at, cause, event);
        let id = message.attributes.id;
        let decisions = self.commits(&[message]).await;
        assert_eq!(decisions, [Decision::Applied], "{}", E::SUBJECT);
        id
    }

    /// Commits a batch of one projection.
    pub async fn commits(&self, batch: &[Incoming]) -> Vec<Decision> {
        let subject = batch[0].subject.as_str();
        let reads = |subscription: &&Subscription| subscription.subjects.contains(&subject);
        let projection = self.subscriptions.iter().find(reads).unwrap_or_else(|| panic!("nobody reads {subject}"));
        let verdicts = commit(projection, &self.store, &batch.iter().collect::<Vec<_>>()).await;
        let decision = |verdict| match verdict {
            Verdict::Decided(decision) => decision,
            Verdict::Malformed(error) => panic!("{error}"),
        };
        verdicts.unwrap_or_else(|failure| panic!("{failure}")).into_iter().map(decision).collect()
    }

    /// An order that is paid and has left, whose steps took ten milliseconds each.
    pub async fn sells(&self, order: &Order) {
        self.hears(order.made_at, &order.created()).await;
        self.hears(order.after(10), &order.authorized()).await;
        self.hears(order.after(20), &order.reserved()).await;
        self.hears(order.after(30), &order.confirmed()).await;
        self.hears(order.after(40), &order.captured()).await;
        self.hears(order.after(40), &order.committed()).await;
    }

    pub async fn ask(&self, path: &str) -> (u16, Value) {
        self.ask_as(Role::Admin, Clock::default().new_id(), path).await
    }

    pub async fn ask_as(&self, role: Role, user_id: UserId, path: &str) -> (u16, Value) {
        let clock = Clock::default();
        let caller = Caller { user_id, session_id: clock.new_id(), role, expires_at: clock.now() };
        let request = Request::get(format!("/api/v1/analytics{path}")).extension(caller).body(Body::empty()).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    /// The body of an answer 200.
    pub async fn answers(&self, path: &str) -> Value {
        let (status, body) = self.ask(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Fails unless `path` is refused, and each of its errors is about one of `wrong`, a parameter and a code.
    pub async fn refuses(&self, path: &str, wrong: &[(&str, &str)]) {
        let (status, body) = self.ask(path).await;
        assert_eq!((status, body["code"].as_str()), (422, Some("validation-failed")), "{path}: {body}");
        let text = |error: &Value, field: &str| error[field].as_str().unwrap_or_default().to_owned();
        let errors = body["errors"].as_array().unwrap().iter();
        let errors: Vec<(String, String)> = errors.map(|error| (text(error, "pointer"), text(error, "code"))).collect();
        let wrong: Vec<(String, String)> = wrong.iter().map(|(at, code)| ((*at).into(), (*code).into())).collect();
        assert_eq!(errors, wrong, "{path}: {body}");
    }
}

/// `event` as a message of its own id.
pub fn message<E: Event>(at: DateTime<Utc>, cause: Option<EventId>, event: &E) -> Incoming {
    let attributes = Attributes { id: clock_at(at).new_id(), time: at, trace: Trace::start(), cause };
    Incoming { attributes, subject: E::SUBJECT.to_owned(), payload: serde_json::to_vec(event).unwrap().into() }
}
