//! Stripe, as far as this shop uses it: PaymentIntents with manual capture, and refunds.

use std::collections::{BTreeMap, HashMap};

use axum::http::{HeaderMap, Method};
use chrono::Utc;
use serde_json::{Value, json};

use crate::double::{Books, Call, Double, KEY};

#[derive(Debug, Clone)]
pub struct Intent {
    pub id: String,
    pub status: &'static str,
    pub amount: i64,
    pub received: i64,
    pub refunded: i64,
    pub currency: String,
    pub created: i64,
    pub metadata: HashMap<String, String>,
}

#[derive(Debug, Default)]
pub struct StripeBooks {
    pub intents: BTreeMap<String, Intent>,
    pub refunds: Vec<Value>,
    /// Whether the index of the search lags, and finds nothing.
    pub index_lags: bool,
}

pub type StripeDouble = Double<StripeBooks>;

impl Intent {
    fn show(&self) -> Value {
        let capturable = if self.status == "requires_capture" { self.amount } else { 0 };
        json!({
            "id": self.id, "object": "payment_intent", "status": self.status, "amount": self.amount,
            "amount_capturable": capturable, "amount_received": self.received, "currency": self.currency,
            "created": self.created, "metadata": self.metadata,
            "latest_charge": { "id": "ch_1", "object": "charge", "amount_refunded": self.refunded },
        })
    }
}

impl Books for StripeBooks {
    fn lets_in(headers: &HeaderMap) -> bool {
        let version = headers.get("stripe-version").is_some();
        headers.get("authorization").is_some_and(|value| *value == format!("Bearer {KEY}")) && version
    }

    fn answer(&mut self, call: &Call) -> (u16, Value) {
        let path: Vec<&str> = call.path.trim_start_matches("/v1/").split('/').collect();
        match (&call.method, path.as_slice()) {
            (&Method::POST, ["payment_intents"]) => self.hold(&call.form()),
            (&Method::POST, ["payment_intents", id, "capture"]) => self.capture(id, &call.form()),
            (&Method::POST, ["payment_intents", id, "cancel"]) => self.cancel(id),
            (&Method::POST, ["refunds"]) => self.refund(&call.form()),
            (&Method::GET, ["payment_intents", "search"]) => self.search(&call.query["query"]),
            (&Method::GET, ["payment_intents", id]) => match self.intents.get(*id) {
                Some(intent) => (200, intent.show()),
                None => missing("intent"),
            },
            (&Method::GET, ["payment_intents"]) => self.list(&call.query),
            (&Method::GET, ["refunds"]) => {
                let of = |refund: &&Value| refund["payment_intent"] == call.query["payment_intent"].as_str();
                let refunds: Vec<&Value> = self.refunds.iter().filter(of).collect();
                (200, json!({ "object": "list", "data": refunds, "has_more": false }))
            }
            _ => (404, json!({ "error": { "type": "invalid_request_error" } })),
        }
    }
}

fn missing(param: &str) -> (u16, Value) {
    let error = json!({ "type": "invalid_request_error", "code": "resource_missing", "param": param });
    (if param == "intent" { 404 } else { 400 }, json!({ "error": error }))
}

fn unexpected_state() -> (u16, Value) {
    (400, json!({ "error": { "type": "invalid_request_error", "code": "payment_intent_unexpected_state" } }))
}

fn card_error(code: &str, decline_code: &str) -> (u16, Value) {
    (402, json!({ "error": { "type": "card_error", "code": code, "decline_code": decline_code } }))
}

fn metadata(form: &HashMap<String, String>) -> HashMap<String, String> {
    let entry = |(name, value): (&String, &String)| {
        Some((name.strip_prefix("metadata[")?.strip_suffix(']')?.to_owned(), value.clone()))
    };
    form.iter().filter_map(entry).collect()
}

impl StripeBooks {
    fn hold(&mut self, form: &HashMap<String, String>) -> (u16, Value) {
        assert_eq!((form["capture_method"].as_str(), form["confirm"].as_str()), ("manual", "true"));
        match form["payment_method"].as_str() {
            "pm_card_visa" => {}
            "pm_card_chargeDeclined" => return card_error("card_declined", "generic_decline"),
            "pm_card_chargeDeclinedInsufficientFunds" => return card_error("card_declined", "insufficient_funds"),
            "pm_card_authenticationRequired" => return card_error("authentication_required", ""),
            _ => return missing("payment_method"),
        }
        let intent = Intent {
            id: format!("pi_{}", self.intents.len() + 1),
            status: "requires_capture",
            amount: form["amount"].parse().unwrap(),
            received: 0,
            refunded: 0,
            currency: form["currency"].clone(),
            created: Utc::now().timestamp(),
            metadata: metadata(form),
        };
        let shown = intent.show();
        self.intents.insert(intent.id.clone(), intent);
        (200, shown)
    }

    fn capture(&mut self, id: &str, form: &HashMap<String, String>) -> (u16, Value) {
        let Some(intent) = self.intents.get_mut(id) else { return missing("intent") };
        if intent.status != "requires_capture" {
            return unexpected_state();
        }
        (intent.status, intent.received) = ("succeeded", form["amount_to_capture"].parse().unwrap());
        (200, intent.show())
    }

    fn cancel(&mut self, id: &str) -> (u16, Value) {
        let Some(intent) = self.intents.get_mut(id) else { return missing("intent") };
        if intent.status != "requires_capture" {
            return unexpected_state();
        }
        intent.status = "canceled";
        (200, intent.show())
    }

    fn refund(&mut self, form: &HashMap<String, String>) -> (u16, Value) {
        let id = &form["payment_intent"];
        let amount: i64 = form["amount"].parse().unwrap();
        let Some(intent) = self.intents.get_mut(id) else { return missing("intent") };
        if intent.refunded + amount > intent.received {
            let error = json!({ "type": "invalid_request_error", "code": "charge_already_refunded" });
            return (400, json!({ "error": error }));
        }
        intent.refunded += amount;
        let refund = json!({
            "id": format!("re_{}", self.refunds.len() + 1), "object": "refund", "payment_intent": id,
            "amount": amount, "status": "succeeded", "metadata": metadata(form),
        });
        self.refunds.push(refund.clone());
        (200, refund)
    }

    fn search(&self, query: &str) -> (u16, Value) {
        let found: Vec<Value> = self
            .intents
            .values()
            .filter(|intent| !self.index_lags && query.contains(&format!("'{}'", intent.metadata["livemart_key"])))
            .map(Intent::show)
            .collect();
        (200, json!({ "object": "search_result", "data": found, "has_more": false }))
    }

    /// The newest first, as Stripe lists them.
    fn list(&self, query: &HashMap<String, String>) -> (u16, Value) {
        let number = |name: &str| query[name].parse::<i64>().unwrap();
        let (since, until, limit) = (number("created[gte]"), number("created[lte]"), number("limit") as usize);
        let mut found: Vec<&Intent> =
            self.intents.values().filter(|intent| (since..=until).contains(&intent.created)).collect();
        found.sort_by_key(|intent| (-intent.created, intent.id.clone()));
        if let Some(after) = query.get("starting_after") {
            let place = found.iter().position(|intent| intent.id == *after).unwrap();
            found.drain(..=place);
        }
        let page: Vec<Value> = found.iter().take(limit).map(|intent| intent.show()).collect();
        (200, json!({ "object": "list", "data": page, "has_more": found.len() > limit }))
    }
}
