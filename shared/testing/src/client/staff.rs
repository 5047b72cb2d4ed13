//! Somebody of the shop's staff.

use std::sync::atomic::{AtomicU32, Ordering};

use livemart_contracts::{Clock, OrderId, ProductId};
use livemart_local::{Addresses, DEMO_ADMIN};
use reqwest::Method;
use serde_json::{Value, json};

use super::api::{Answer, Api};
use crate::eventually::eventually;

static PRODUCTS: AtomicU32 = AtomicU32::new(1);

/// Signed in as an admin.
#[derive(Debug, Clone)]
pub struct Staff {
    pub api: Api,
}

impl Staff {
    pub async fn sign_in(gateway: &Api, addresses: &Addresses) -> Self {
        let credentials = json!({ "email": DEMO_ADMIN, "password": addresses.secrets.demo_admin });
        let session = gateway.post("/api/v1/sessions", &credentials).await.expect(201);
        let token = session["access_token"].as_str().unwrap_or_else(|| panic!("a session has a token: {session}"));
        Self { api: gateway.with_token(token) }
    }

    /// A new product at this price in won.
    pub async fn creates_product(&self, price: i64) -> ProductId {
        let number = PRODUCTS.fetch_add(1, Ordering::Relaxed);
        let product = json!({
            "sku": format!("TEST-{number}"),
            "name": { "ko": format!("시험 상품 {number}"), "en": format!("Test product {number}") },
            "description": { "ko": "시험", "en": "test" },
            "category": "tests",
            "price": { "amount": price, "currency": "KRW" },
        });
        let created = self.api.post("/api/v1/products", &product).await.expect(201);
        let id = created["id"].as_str().and_then(|id| id.parse().ok());
        id.unwrap_or_else(|| panic!("a product has an id: {created}"))
    }

    /// Puts pieces on the shelf, as soon as the inventory has heard of the product.
    pub async fn stocks(&self, product: ProductId, pieces: u32) {
        let key = Clock::default().new_id::<livemart_contracts::ids::EventTag>().to_string();
        let (path, adjustment) = (adjustments(product), json!({ "delta": pieces, "reason": "bought for a test" }));
        let adjusted = eventually("the inventory hearing of a product", async || {
            let answer = self.api.post_with_key(&path, &key, &adjustment).await;
            if answer.status == 404 { Err(answer.text) } else { Ok(answer) }
        });
        adjusted.await.expect(201);
    }

    /// `on_hand`, `reserved` and `available` of a product.
    pub async fn stock(&self, product: ProductId) -> Value {
        self.api.insist(|| self.api.request(Method::GET, &format!("/api/v1/stock/{product}"))).await.expect(200)
    }

    pub async fn ships(&self, order: OrderId) -> Answer {
        self.api.post(&format!("/api/v1/orders/{order}/ship"), &json!({})).await
    }

    pub async fn delivers(&self, order: OrderId) -> Answer {
        self.api.post(&format!("/api/v1/orders/{order}/deliver"), &json!({})).await
    }
}

fn adjustments(product: ProductId) -> String {
    format!("/api/v1/stock/{product}/adjustments")
}
