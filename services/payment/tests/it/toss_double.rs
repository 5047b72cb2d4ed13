//! Toss Payments, as far as this shop uses it: payments that a browser authenticated are confirmed and cancelled.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};
use serde_json::{Value, json};

use crate::double::{Books, Call, Double, KEY};

#[derive(Debug, Clone)]
pub struct TossPayment {
    pub status: &'static str,
    pub amount: i64,
    pub method: &'static str,
    pub cancels: Vec<(i64, String)>,
    pub at: DateTime<FixedOffset>,
}

#[derive(Debug, Default)]
pub struct TossBooks {
    /// By payment key.
    pub payments: BTreeMap<String, TossPayment>,
    /// What the next confirmation is refused for.
    pub refuses: Option<(u16, &'static str)>,
}

pub type TossDouble = Double<TossBooks>;

fn seoul() -> FixedOffset {
    FixedOffset::east_opt(9 * 3_600).unwrap()
}

impl TossBooks {
    /// A customer's browser authenticated it.
    pub fn authenticated(&mut self, key: &str, amount: i64) {
        let at = Utc::now().with_timezone(&seoul());
        let payment = TossPayment { status: "IN_PROGRESS", amount, method: "카드", cancels: Vec::new(), at };
        self.payments.insert(key.to_owned(), payment);
    }

    fn show(&self, key: &str) -> (u16, Value) {
        let Some(payment) = self.payments.get(key) else { return refusal(404, "NOT_FOUND_PAYMENT") };
        let cancelled: i64 = payment.cancels.iter().map(|(amount, _)| amount).sum();
        let cancels: Vec<Value> = payment
            .cancels
            .iter()
            .map(|(amount, why)| json!({ "cancelAmount": amount, "cancelReason": why, "cancelStatus": "DONE" }))
            .collect();
        let shown = json!({
            "paymentKey": key, "orderId": format!("browser-{key}"), "status": payment.status, "currency": "KRW",
            "method": payment.method, "totalAmount": payment.amount, "balanceAmount": payment.amount - cancelled,
            "requestedAt": payment.at.to_rfc3339(), "approvedAt": payment.at.to_rfc3339(),
            "cancels": if cancels.is_empty() { Value::Null } else { json!(cancels) },
        });
        (200, shown)
    }
}

fn refusal(status: u16, code: &str) -> (u16, Value) {
    (status, json!({ "code": code, "message": "왜냐하면" }))
}

impl Books for TossBooks {
    fn lets_in(headers: &HeaderMap) -> bool {
        let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("{KEY}:")));
        headers.get("authorization").is_some_and(|value| *value == expected)
    }

    fn answer(&mut self, call: &Call) -> (u16, Value) {
        let path: Vec<&str> = call.path.trim_start_matches("/v1/").split('/').collect();
        match (&call.method, path.as_slice()) {
            (&Method::POST, ["payments", "confirm"]) => self.confirm(&call.json()),
            (&Method::POST, ["payments", key, "cancel"]) => self.cancel(key, &call.json()),
            (&Method::GET, ["payments", key]) => self.show(key),
            (&Method::GET, ["transactions"]) => {
                let time = |name: &str| {
                    let local = NaiveDateTime::parse_from_str(&call.query[name], "%Y-%m-%dT%H:%M:%S").unwrap();
                    local.and_local_timezone(seoul()).unwrap()
                };
                let (since, until) = (time("startDate"), time("endDate"));
                let moved = |(_, payment): &(&String, &TossPayment)| {
                    (since..=until).contains(&payment.at) && payment.status != "IN_PROGRESS"
                };
                let listed: Vec<Value> = self
                    .payments
                    .iter()
                    .filter(moved)
                    .map(|(key, payment)| json!({ "transactionKey": format!("tx-{key}"), "paymentKey": key, "status": payment.status }))
                    .collect();
                (200, json!(listed))
            }
            _ => refusal(404, "NOT_FOUND"),
        }
    }
}

impl TossBooks {
    fn confirm(&mut self, asked: &Value) -> (u16, Value) {
        if let Some((status, code)) = self.refuses.take() {
            return refusal(status, code);
        }
        let key = asked["paymentKey"].as_str().unwrap();
        let Some(payment) = self.payments.get_mut(key) else { return refusal(404, "NOT_FOUND_PAYMENT") };
        assert_eq!((&asked["orderId"], &asked["amount"]), (&json!(format!("browser-{key}")), &json!(payment.amount)));
        if payment.status != "IN_PROGRESS" {
            return refusal(400, "ALREADY_PROCESSED_PAYMENT");
        }
        payment.status = "DONE";
        self.show(key)
    }

    fn cancel(&mut self, key: &str, asked: &Value) -> (u16, Value) {
        let Some(payment) = self.payments.get_mut(key) else { return refusal(404, "NOT_FOUND_PAYMENT") };
        let left = payment.amount - payment.cancels.iter().map(|(amount, _)| amount).sum::<i64>();
        if left == 0 {
            return refusal(400, "ALREADY_CANCELED_PAYMENT");
        }
        let amount = asked["cancelAmount"].as_i64().unwrap_or(left);
        if amount > left {
            return refusal(403, "NOT_CANCELABLE_AMOUNT");
        }
        payment.cancels.push((amount, asked["cancelReason"].as_str().unwrap().to_owned()));
        payment.status = if amount == left { "CANCELED" } else { "PARTIAL_CANCELED" };
        self.show(key)
    }
}
