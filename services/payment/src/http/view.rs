//! A payment in JSON.

use chrono::{DateTime, Utc};
use livemart_contracts::money::Currency;
use livemart_contracts::{Money, OrderId, PaymentId};
use schemars::JsonSchema;
use sea_orm::DbErr;
use serde::Serialize;

use crate::store::payments::ShownPayment;

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Payment")]
pub struct PaymentView {
    pub id: PaymentId,
    order_id: OrderId,
    status: String,
    amount: Money,
    captured: Money,
    refunded: Money,
    provider: String,
    failure: Option<FailureView>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "PaymentFailure")]
struct FailureView {
    code: String,
    detail: String,
}

impl TryFrom<ShownPayment> for PaymentView {
    type Error = DbErr;

    fn try_from(payment: ShownPayment) -> Result<Self, DbErr> {
        let currency = Currency::from_code(&payment.currency);
        let currency = currency.ok_or_else(|| DbErr::Type(format!("no currency {}", payment.currency)))?;
        let detail = payment.failure_detail.unwrap_or_default();
        Ok(Self {
            id: payment.payment_id.into(),
            order_id: payment.order_id.into(),
            status: payment.status,
            amount: Money::new(payment.amount, currency),
            captured: Money::new(payment.captured, currency),
            refunded: Money::new(payment.refunded, currency),
            provider: payment.provider,
            failure: payment.failure_code.map(|code| FailureView { code, detail }),
            created_at: payment.created_at,
            updated_at: payment.updated_at,
            version: payment.version,
        })
    }
}
