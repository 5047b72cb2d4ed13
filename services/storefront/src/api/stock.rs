//! How much is on the shelf.

use chrono::{DateTime, Utc};
use livemart_contracts::ProductId;
use serde::Deserialize;
use serde_json::json;

use super::{Api, Page, Refusal, done, read};

#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Stock {
    pub on_hand: i64,
    pub reserved: i64,
    pub available: i64,
}

/// One line of a product's ledger.
#[derive(Debug, Clone, Deserialize)]
pub struct Movement {
    pub kind: String,
    /// By how much this moved what is there, and what is held.
    pub on_hand: i64,
    pub reserved: i64,
    pub reason: Option<String>,
    pub at: DateTime<Utc>,
}

impl Api {
    pub async fn stock(&self, product: ProductId) -> Result<Stock, Refusal> {
        read(self.get(&format!("/stock/{product}"))).await
    }

    pub async fn movements(&self, product: ProductId) -> Result<Vec<Movement>, Refusal> {
        let page: Page<Movement> = read(self.get(&format!("/stock/{product}/movements"))).await?;
        Ok(page.data)
    }

    pub async fn adjust(&self, product: ProductId, key: &str, delta: i64, reason: &str) -> Result<(), Refusal> {
        let body = json!({ "delta": delta, "reason": reason });
        done(self.post(&format!("/stock/{product}/adjustments")).header("idempotency-key", key).json(&body)).await
    }
}
