//! The cart, and orders.

use chrono::{DateTime, Utc};
use livemart_contracts::{Money, OrderId, ProductId};
use reqwest::Method;
use reqwest::header::HeaderName;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Address, Api, Page, Refusal, done, read, send};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

#[derive(Debug, Clone, Deserialize)]
pub struct Cart {
    pub lines: Vec<CartLine>,
    pub total: Option<Money>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct CartLine {
    pub product_id: ProductId,
    pub quantity: u32,
    pub unit_price: Option<Money>,
    pub total: Option<Money>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Order {
    pub id: OrderId,
    pub status: String,
    pub lines: Vec<Line>,
    pub total: Money,
    pub payment_method: String,
    pub payment_status: String,
    pub failure: Option<Failure>,
    pub shipping_address: Option<Address>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Line {
    pub product_id: ProductId,
    pub quantity: u32,
    pub unit_price: Money,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Failure {
    pub code: String,
}

/// An order as a customer places it.
#[derive(Debug, Clone, Serialize)]
pub struct NewOrder<'a> {
    pub lines: Vec<NewLine>,
    pub payment_method: &'a str,
    pub shipping_address: &'a Address,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct NewLine {
    pub product_id: ProductId,
    pub quantity: u32,
}

#[derive(Debug)]
pub struct Placed {
    pub id: OrderId,
    /// Whether this is the answer to an earlier request with the same key.
    pub replayed: bool,
}

impl Api {
    pub async fn cart(&self) -> Result<Cart, Refusal> {
        read(self.get("/cart")).await
    }

    pub async fn put_into_cart(&self, product: ProductId, quantity: u32) -> Result<(), Refusal> {
        done(self.request(Method::PUT, &format!("/cart/lines/{product}")).json(&json!({ "quantity": quantity }))).await
    }

    pub async fn take_out_of_cart(&self, product: ProductId) -> Result<(), Refusal> {
        done(self.request(Method::DELETE, &format!("/cart/lines/{product}"))).await
    }

    pub async fn place(&self, key: &str, order: &NewOrder<'_>) -> Result<Placed, Refusal> {
        #[derive(Deserialize)]
        struct Created {
            id: OrderId,
        }
        let request = self.post("/orders").header(IDEMPOTENCY_KEY, key).json(order).timeout(super::ANSWER_LIMIT);
        let answer = send(request).await?;
        let replayed = answer.headers().contains_key(REPLAYED);
        let Created { id } = answer.json().await.map_err(|error| Refusal::unreachable(&error))?;
        Ok(Placed { id, replayed })
    }

    pub async fn orders(&self, cursor: &str) -> Result<Page<Order>, Refusal> {
        let request = self.get("/orders");
        read(if cursor.is_empty() { request } else { request.query(&[("cursor", cursor)]) }).await
    }

    /// For the staff: those that wait to be shipped (`confirmed`) or to arrive (`shipped`), the longest waiting first.
    pub async fn orders_to_fulfil(&self, status: &str, cursor: &str) -> Result<Page<Order>, Refusal> {
        let request = self.get("/orders/to-fulfil").query(&[("status", status)]);
        read(if cursor.is_empty() { request } else { request.query(&[("cursor", cursor)]) }).await
    }

    pub async fn order(&self, id: OrderId) -> Result<Order, Refusal> {
        read(self.get(&format!("/orders/{id}"))).await
    }

    pub async fn cancel(&self, id: OrderId) -> Result<(), Refusal> {
        done(self.post(&format!("/orders/{id}/cancel"))).await
    }

    pub async fn ship(&self, id: OrderId) -> Result<(), Refusal> {
        done(self.post(&format!("/orders/{id}/ship"))).await
    }

    pub async fn deliver(&self, id: OrderId) -> Result<(), Refusal> {
        done(self.post(&format!("/orders/{id}/deliver"))).await
    }
}
