//! A customer of the shop.

use std::sync::atomic::{AtomicU32, Ordering};

use livemart_contracts::{Clock, OrderId, ProductId, UserId};
use reqwest::Method;
use serde_json::{Value, json};

use super::api::{Answer, Api};
use crate::eventually::eventually;

/// Products and how many of each.
pub type Lines<'a> = &'a [(ProductId, u32)];

static CUSTOMERS: AtomicU32 = AtomicU32::new(1);

/// Signed in.
#[derive(Debug, Clone)]
pub struct Customer {
    pub api: Api,
    pub id: UserId,
    pub email: String,
    pub refresh_token: String,
}

impl Customer {
    /// Of every customer. Nothing that a dictionary, or the account's own name, would give away.
    pub const PASSWORD: &str = "teal-otter-counts-9-lanterns";

    /// A new account, signed in.
    pub async fn sign_up(gateway: &Api) -> Self {
        let email = format!("customer-{}@example.com", CUSTOMERS.fetch_add(1, Ordering::Relaxed));
        let account = json!({ "email": email, "password": Self::PASSWORD, "name": "Customer" });
        let user = gateway.post("/api/v1/users", &account).await.expect(201);
        let id = user["id"].as_str().and_then(|id| id.parse().ok());
        let id = id.unwrap_or_else(|| panic!("a user has an id: {user}"));
        Self { api: gateway.clone(), id, email, refresh_token: String::new() }.sign_in().await
    }

    /// The same customer in another session.
    pub async fn sign_in(&self) -> Self {
        let credentials = json!({ "email": self.email, "password": Self::PASSWORD });
        let session = self.api.anonymous().post("/api/v1/sessions", &credentials).await.expect(201);
        self.renewed(&session)
    }

    /// The same customer with the tokens of `session`, as signing in and refreshing answer it.
    pub fn renewed(&self, session: &Value) -> Self {
        let text = |field: &str| session[field].as_str().unwrap_or_default().to_owned();
        Self { api: self.api.with_token(&text("access_token")), refresh_token: text("refresh_token"), ..self.clone() }
    }

    /// Places an order as a good client does: where it is not known whether it arrived, it is sent again under the
    /// same key until it is.
    pub async fn places(&self, lines: Lines<'_>, payment_method: &str) -> OrderId {
        let (key, body) = (new_key(), order_body(lines, payment_method));
        let request = || self.api.request(Method::POST, "/api/v1/orders").header("idempotency-key", &key).json(&body);
        order_id(&self.api.insist(request).await.expect(201))
    }

    /// Places an order once, under a key of its own.
    pub async fn tries(&self, lines: Lines<'_>, payment_method: &str) -> Answer {
        self.api.post_with_key("/api/v1/orders", &new_key(), &order_body(lines, payment_method)).await
    }

    pub async fn cancels(&self, order: OrderId) -> Answer {
        self.api.post(&format!("/api/v1/orders/{order}/cancel"), &json!({})).await
    }

    /// As [`cancels`](Self::cancels), until there is an answer from a shop of which parts are down.
    pub async fn insists_on_cancelling(&self, order: OrderId) {
        let path = format!("/api/v1/orders/{order}/cancel");
        self.api.insist(|| self.api.request(Method::POST, &path).json(&json!({}))).await.expect(202);
    }

    pub async fn order(&self, order: OrderId) -> Answer {
        self.api.get(&format!("/api/v1/orders/{order}")).await
    }

    /// Waits until the order has this status, and gives it back.
    pub async fn sees(&self, order: OrderId, status: &str) -> Value {
        self.sees_in(order, "status", status).await
    }

    /// Waits until the order shows this payment status, and gives it back.
    pub async fn sees_payment(&self, order: OrderId, status: &str) -> Value {
        self.sees_in(order, "payment_status", status).await
    }

    /// Waits until the order is decided, however.
    pub async fn sees_decided(&self, order: OrderId) -> Value {
        let what = format!("a decision about {order}");
        eventually(&what, async || match self.insisted(order).await {
            order if order["status"] == "pending" => Err(order),
            order => Ok(order),
        })
        .await
    }

    /// The payment of the order as the payment service shows it; `None` before there is one.
    pub async fn payment(&self, order: OrderId) -> Option<Value> {
        let answer = self.api.get(&format!("/api/v1/payments?order_id={order}")).await;
        answer.expect(200)["data"].as_array().and_then(|payments| payments.first().cloned())
    }

    async fn insisted(&self, order: OrderId) -> Value {
        self.api.insist(|| self.api.request(Method::GET, &format!("/api/v1/orders/{order}"))).await.expect(200)
    }

    async fn sees_in(&self, order: OrderId, field: &str, value: &str) -> Value {
        let what = format!("{field} {value} of {order}");
        eventually(&what, async || match self.insisted(order).await {
            order if order[field] == value => Ok(order),
            order => Err(order),
        })
        .await
    }
}

fn new_key() -> String {
    Clock::default().new_id::<livemart_contracts::ids::EventTag>().to_string()
}

fn order_body(lines: Lines<'_>, payment_method: &str) -> Value {
    let line = |(product_id, quantity): &(ProductId, u32)| json!({ "product_id": product_id, "quantity": quantity });
    json!({ "lines": lines.iter().map(line).collect::<Vec<Value>>(), "payment_method": payment_method })
}

fn order_id(order: &Value) -> OrderId {
    let id = order["id"].as_str().and_then(|id| id.parse().ok());
    id.unwrap_or_else(|| panic!("an order has an id: {order}"))
}
