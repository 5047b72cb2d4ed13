//! One order: placed, and perhaps cancelled.

use std::time::Duration;

use livemart_contracts::{Clock, OrderId};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::Load;
use super::crowd::Crowd;
use super::mix::Choice;
use super::pace::Turn;
use super::report::{Bought, Placed};
use crate::api::Api;

/// What a customer does who does not know whether the order arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Nothing: whatever is no order counts as refused.
    Once,
    /// Sends it again, under the same key, for so long.
    Insists(Duration),
}

impl Patience {
    /// Who sends it again waits for no answer for long.
    fn limits(self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Once => request,
            Self::Insists(_) => request.timeout(ANSWER_LIMIT),
        }
    }
}

/// An order is answered within milliseconds. A replica that stands still never answers, and another one would have.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);

/// Between two tries of a customer who insists.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Buyers<'a> {
    pub(super) crowd: &'a Crowd,
    pub(super) load: &'a Load,
}

#[derive(Deserialize)]
struct Order {
    id: OrderId,
}

/// A request without an order.
struct Refusal {
    why: String,
    /// Whether the same request may succeed, or have succeeded.
    open: bool,
}

impl Buyers<'_> {
    pub(super) async fn buy(&self, turn: Turn) -> Bought {
        let Crowd { customers, products, sold_out } = self.crowd;
        let choice = self.load.mix.choose(turn.number, products, *sold_out);
        let customer = &customers[usize::try_from(turn.number).unwrap_or_default() % customers.len()];
        let placed = self.place(customer, &choice).await;
        let took = turn.due.elapsed();
        match placed {
            Ok(order) => {
                let cancelled = choice.cancel && self.cancel(customer, order).await;
                Bought::Placed(Placed { order, at: turn.due_at, fails: choice.fails(*sold_out), cancelled }, took)
            }
            Err(why) => Bought::Refused(why),
        }
    }

    async fn place(&self, customer: &Api, choice: &Choice) -> Result<OrderId, String> {
        let key = Clock::default().new_uuid().to_string();
        let lines: Vec<Value> =
            choice.products.iter().map(|product| json!({ "product_id": product, "quantity": 1 })).collect();
        let body = json!({ "lines": lines, "payment_method": choice.method }).to_string();
        let request = || {
            let request = customer.request(Method::POST, "/orders").header("idempotency-key", &key);
            request.header("content-type", "application/json").body(body.clone())
        };
        let order = self.patiently(async || order(self.load.patience.limits(request()).send().await).await).await;
        order.map_err(|refusal| refusal.why)
    }

    /// Whether it could be cancelled: not where it had failed before.
    async fn cancel(&self, customer: &Api, order: OrderId) -> bool {
        let path = format!("/orders/{order}/cancel");
        let cancelled = self.patiently(async || {
            let answer = self.load.patience.limits(customer.request(Method::POST, &path)).send().await;
            expect(answer, StatusCode::ACCEPTED).await.map(|_| ())
        });
        cancelled.await.is_ok()
    }

    async fn patiently<T>(&self, mut ask: impl AsyncFnMut() -> Result<T, Refusal>) -> Result<T, Refusal> {
        let begun = Instant::now();
        loop {
            match (ask().await, self.load.patience) {
                (Err(refusal), Patience::Insists(limit)) if refusal.open && begun.elapsed() < limit => {
                    sleep(PAUSE).await;
                }
                (outcome, _) => return outcome,
            }
        }
    }
}

async fn order(answer: reqwest::Result<Response>) -> Result<OrderId, Refusal> {
    let order: reqwest::Result<Order> = expect(answer, StatusCode::CREATED).await?.json().await;
    order.map(|order| order.id).map_err(|error| unanswered(&error))
}

async fn expect(answer: reqwest::Result<Response>, wanted: StatusCode) -> Result<Response, Refusal> {
    let answer = answer.map_err(|error| unanswered(&error))?;
    let status = answer.status();
    if status == wanted {
        return Ok(answer);
    }
    let problem: Value = answer.json().await.unwrap_or_default();
    let code = problem["code"].as_str().unwrap_or("no problem");
    let open = status.is_server_error() || code == "request-in-progress";
    Err(Refusal { why: format!("{} {code}", status.as_u16()), open })
}

/// In few words, for refusals are counted by them.
fn unanswered(error: &reqwest::Error) -> Refusal {
    let why = match error {
        error if error.is_timeout() => "no answer in time",
        error if error.is_connect() => "no connection",
        _ => "a broken connection",
    };
    Refusal { why: why.to_owned(), open: true }
}
