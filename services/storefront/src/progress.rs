//! The steps of an order, as a row that fills in.
//!
//! Which steps are done follows from the order itself, which is never behind; when they were done is told by its timeline, which may
//! be. A page that is open learns the times from the events.

use chrono::{DateTime, Utc};

use crate::api::{Order, Timeline};
use crate::texts::Words;

/// The events on which a page that is open looks again.
pub const SUBJECTS: [&str; 14] = [
    "order.created",
    "order.confirmed",
    "order.failed",
    "order.cancelled",
    "order.shipped",
    "order.delivered",
    "payment.authorized",
    "payment.failed",
    "payment.captured",
    "payment.voided",
    "payment.refunded",
    "stock.reserved",
    "stock.failed",
    "stock.committed",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Done,
    /// What is being waited for.
    Current,
    Waiting,
    Failed,
    /// Done, and taken back.
    Undone,
}

impl State {
    /// Its class in the style sheet.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Current => "current",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Undone => "undone",
        }
    }

    pub fn is_current(&self) -> bool {
        *self == Self::Current
    }

    /// For who does not see colours.
    pub fn text(&self, words: &Words) -> &'static str {
        match self {
            Self::Done => words.step_done,
            Self::Current => words.step_current,
            Self::Waiting => words.step_waiting,
            Self::Failed => words.step_failed,
            Self::Undone => words.step_undone,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub name: &'static str,
    pub state: State,
    /// The event that made it so.
    pub subject: &'static str,
    pub time: Option<DateTime<Utc>>,
}

/// The steps of `order`, in the order in which they come.
pub fn steps(order: &Order, timeline: &Timeline) -> Vec<Step> {
    let told = |subject: &str| timeline.events.iter().find(|event| event.subject == subject).map(|event| event.time);
    let happened = |subject: &str| told(subject).is_some();
    let status = order.status.as_str();
    let payment = order.payment_status.as_str();
    let step = |name, state, subject| Step { name, state, subject, time: told(subject) };

    let mut steps = vec![Step { time: Some(order.created_at), ..step("placed", State::Done, "order.created") }];
    let is_held = !matches!(payment, "pending" | "unknown" | "failed");
    let taken = matches!(payment, "captured" | "partially_refunded" | "refunded");
    match status {
        "failed" => {
            match order.failure.as_ref().map(|failure| failure.code.as_str()) {
                Some("payment-declined") => steps.push(step("declined", State::Failed, "payment.failed")),
                Some("out-of-stock") => {
                    steps.push(step("held", undone_if(payment == "voided"), "payment.authorized"));
                    steps.push(step("short", State::Failed, "stock.failed"));
                }
                _ if is_held => steps.push(step("held", undone_if(payment == "voided"), "payment.authorized")),
                _ => {}
            }
            steps.push(step("failed", State::Failed, "order.failed"));
        }
        "cancelled" => {
            if is_held {
                steps.push(step("held", undone_if(payment == "voided"), "payment.authorized"));
            }
            if happened("order.confirmed") || taken {
                steps.push(step("confirmed", State::Undone, "order.confirmed"));
            }
            if taken {
                steps.push(step("paid", undone_if(payment == "refunded"), "payment.captured"));
            }
            steps.push(step("cancelled", State::Failed, "order.cancelled"));
        }
        _ => {
            let confirmed = status != "pending";
            let shipped = matches!(status, "shipped" | "delivered");
            let row = [
                ("held", is_held || confirmed, "payment.authorized"),
                ("reserved", happened("stock.reserved") || confirmed, "stock.reserved"),
                ("confirmed", confirmed, "order.confirmed"),
                ("paid", taken, "payment.captured"),
                ("shipped", shipped, "order.shipped"),
                ("delivered", status == "delivered", "order.delivered"),
            ];
            // The first that is not done is what is waited for; parcels take days, and nobody waits at the page for them.
            let current = row.iter().position(|(_, done, _)| !done).filter(|place| *place < 4);
            steps.extend(row.into_iter().enumerate().map(|(place, (name, done, subject))| {
                let state = match done {
                    true => State::Done,
                    false if current == Some(place) => State::Current,
                    false => State::Waiting,
                };
                step(name, state, subject)
            }));
        }
    }
    // The way of the money back, once the order is over.
    if matches!(status, "failed" | "cancelled") {
        match payment {
            "voided" => steps.push(step("released", State::Done, "payment.voided")),
            "authorized" | "unknown" => steps.push(step("released", State::Current, "payment.voided")),
            "refunded" => steps.push(step("refunded", State::Done, "payment.refunded")),
            "captured" | "partially_refunded" => steps.push(step("refunded", State::Current, "payment.refunded")),
            _ => {}
        }
    } else if payment == "refunded" {
        steps.push(step("refunded", State::Done, "payment.refunded"));
    }
    steps
}

fn undone_if(undone: bool) -> State {
    if undone { State::Undone } else { State::Done }
}

/// Whether more is to be expected within moments.
pub fn moves(steps: &[Step]) -> bool {
    steps.iter().any(|step| step.state == State::Current)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(status: &str, payment: &str, failure: Option<&str>) -> Order {
        let order = serde_json::json!({
            "id": "ord_01h455vb4pex5vsknk084sn02q", "status": status, "lines": [],
            "total": { "amount": 1, "currency": "KRW" }, "payment_method": "pm_card_visa", "payment_status": payment,
            "failure": failure.map(|code| serde_json::json!({ "code": code, "detail": "" })),
            "shipping_address": null, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        });
        serde_json::from_value(order).expect("an order")
    }

    fn row(status: &str, payment: &str, failure: Option<&str>) -> Vec<(&'static str, State)> {
        let steps = steps(&order(status, payment, failure), &Timeline::default());
        steps.into_iter().map(|step| (step.name, step.state)).collect()
    }

    #[test]
    fn a_row_fills_in_from_the_left_and_one_step_is_what_is_waited_for() {
        use State::{Current, Done, Waiting};
        let begun = row("pending", "pending", None);
        assert_eq!(begun[..3], [("placed", Done), ("held", Current), ("reserved", Waiting)]);
        let held = row("pending", "authorized", None);
        assert_eq!(held[1..4], [("held", Done), ("reserved", Current), ("confirmed", Waiting)]);
        let confirmed = row("confirmed", "authorized", None);
        assert_eq!(confirmed[3..5], [("confirmed", Done), ("paid", Current)]);
        let paid = steps(&order("confirmed", "captured", None), &Timeline::default());
        assert!(!moves(&paid), "a parcel is not waited for at the page: {paid:?}");
        assert!(row("delivered", "captured", None).iter().all(|(_, state)| *state == Done));
    }

    #[test]
    fn an_order_that_fails_ends_with_the_reason_and_the_way_of_the_money() {
        use State::{Current, Done, Failed, Undone};
        let declined = row("failed", "failed", Some("payment-declined"));
        assert_eq!(declined, [("placed", Done), ("declined", Failed), ("failed", Failed)]);
        let short = row("failed", "voided", Some("out-of-stock"));
        assert_eq!(short[1..], [("held", Undone), ("short", Failed), ("failed", Failed), ("released", Done)]);
        let short = row("failed", "authorized", Some("out-of-stock"));
        assert_eq!(short.last(), Some(&("released", Current)));
        let timed_out = row("failed", "unknown", Some("timed-out"));
        assert_eq!(timed_out, [("placed", Done), ("failed", Failed), ("released", Current)]);
    }

    #[test]
    fn a_cancelled_order_gives_back_what_it_took() {
        use State::{Current, Done};
        let paid = row("cancelled", "captured", None);
        assert_eq!(paid.last(), Some(&("refunded", Current)));
        let given_back = row("cancelled", "refunded", None);
        assert_eq!(given_back.last(), Some(&("refunded", Done)));
        assert_eq!(row("cancelled", "pending", None).last().map(|(name, _)| *name), Some("cancelled"));
    }
}
