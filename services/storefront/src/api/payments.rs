//! Payments and refunds.

use livemart_contracts::{Money, OrderId, PaymentId, ProductId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Api, Page, Refusal, done, read};

#[derive(Debug, Clone, Deserialize)]
pub struct Payment {
    pub id: PaymentId,
    pub status: String,
    pub captured: Money,
    pub refunded: Money,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Refund {
    pub amount: Money,
    pub reason: String,
    pub status: String,
}

/// Goods that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restock {
    pub product_id: ProductId,
    pub quantity: u32,
}

impl Api {
    pub async fn payment_of(&self, order: OrderId) -> Result<Option<Payment>, Refusal> {
        let page: Page<Payment> = read(self.get("/payments").query(&[("order_id", order.to_string())])).await?;
        Ok(page.data.into_iter().next())
    }

    pub async fn refunds(&self, payment: PaymentId) -> Result<Vec<Refund>, Refusal> {
        let page: Page<Refund> = read(self.get(&format!("/payments/{payment}/refunds"))).await?;
        Ok(page.data)
    }

    /// `amount`, or all that is left.
    pub async fn give_back(
        &self,
        payment: PaymentId,
        key: &str,
        amount: Option<Money>,
        reason: &str,
        restock: &[Restock],
    ) -> Result<(), Refusal> {
        let mut body = json!({ "reason": reason, "restock": restock });
        if let Some(amount) = amount {
            body["amount"] = json!(amount);
        }
        done(self.post(&format!("/payments/{payment}/refunds")).header("idempotency-key", key).json(&body)).await
    }
}
