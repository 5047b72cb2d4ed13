//! The states of an order.
//!
//! ```text
//! pending -> confirmed -> shipped -> delivered
//!    |           |
//!    +-> failed  +-> cancelled
//!    +-> cancelled
//! ```

use std::fmt;

use livemart_contracts::events::OrderFailure;
use livemart_contracts::{OrderId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "OrderStatus")]
pub enum Status {
    Pending,
    Confirmed,
    Shipped,
    Delivered,
    Failed,
    Cancelled,
}

impl Status {
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Confirmed, Self::Shipped, Self::Delivered, Self::Failed, Self::Cancelled];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a legal step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    Changed,
    /// The order had taken this step before.
    Unchanged,
}

/// A step that an order in this state never takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a {from} order cannot become {to}")]
pub struct Illegal {
    pub from: Status,
    pub to: Status,
}

/// What decides about an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    pub customer_id: UserId,
    pub status: Status,
    pub failure: Option<OrderFailure>,
    pub cancel_reason: Option<String>,
    pub version: i64,
}

impl Order {
    /// Everything is held and reserved.
    pub fn confirm(&mut self) -> Result<Transition, Illegal> {
        match self.status {
            Status::Pending => self.become_(Status::Confirmed),
            Status::Confirmed | Status::Shipped | Status::Delivered => Ok(Transition::Unchanged),
            Status::Failed | Status::Cancelled => self.illegal(Status::Confirmed),
        }
    }

    /// Something is missing. A confirmed order no longer fails: it can only be cancelled.
    pub fn fail(&mut self, failure: OrderFailure) -> Result<Transition, Illegal> {
        match self.status {
            Status::Pending => {
                self.failure = Some(failure);
                self.become_(Status::Failed)
            }
            Status::Failed => Ok(Transition::Unchanged),
            Status::Confirmed | Status::Shipped | Status::Delivered | Status::Cancelled => self.illegal(Status::Failed),
        }
    }

    /// The customer changed their mind, which they may until the goods leave.
    pub fn cancel(&mut self, reason: &str) -> Result<Transition, Illegal> {
        match self.status {
            Status::Pending | Status::Confirmed => {
                self.cancel_reason = Some(reason.to_owned());
                self.become_(Status::Cancelled)
            }
            Status::Cancelled => Ok(Transition::Unchanged),
            Status::Shipped | Status::Delivered | Status::Failed => self.illegal(Status::Cancelled),
        }
    }

    pub fn ship(&mut self) -> Result<Transition, Illegal> {
        match self.status {
            Status::Confirmed => self.become_(Status::Shipped),
            Status::Shipped | Status::Delivered => Ok(Transition::Unchanged),
            Status::Pending | Status::Failed | Status::Cancelled => self.illegal(Status::Shipped),
        }
    }

    pub fn deliver(&mut self) -> Result<Transition, Illegal> {
        match self.status {
            Status::Shipped => self.become_(Status::Delivered),
            Status::Delivered => Ok(Transition::Unchanged),
            Status::Pending | Status::Confirmed | Status::Failed | Status::Cancelled => self.illegal(Status::Delivered),
        }
    }

    fn become_(&mut self, status: Status) -> Result<Transition, Illegal> {
        self.status = status;
        Ok(Transition::Changed)
    }

    fn illegal(&self, to: Status) -> Result<Transition, Illegal> {
        Err(Illegal { from: self.status, to })
    }
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;
    use livemart_contracts::events::FailureCode;

    use super::*;

    fn order(status: Status) -> Order {
        let clock = Clock::default();
        Order {
            id: clock.new_id(),
            customer_id: clock.new_id(),
            status,
            failure: None,
            cancel_reason: None,
            version: 1,
        }
    }

    type Step = fn(&mut Order) -> Result<Transition, Illegal>;

    /// Every step from every state: C changes, U leaves unchanged, - is illegal.
    #[test]
    fn the_table_of_steps_is_total() {
        let fail: Step = |order| order.fail(OrderFailure { code: FailureCode::OutOfStock, detail: String::new() });
        let cancel: Step = |order| order.cancel("changed my mind");
        //                          pending confirmed shipped delivered failed cancelled
        let table: [(&str, Step, &str); 5] = [
            ("confirm", Order::confirm, "CUUU--"),
            ("fail", fail, "C---U-"),
            ("cancel", cancel, "CC---U"),
            ("ship", Order::ship, "-CUU--"),
            ("deliver", Order::deliver, "--CU--"),
        ];
        for (name, step, expected) in table {
            let outcomes: String = Status::ALL
                .into_iter()
                .map(|status| {
                    let mut order = order(status);
                    let outcome = step(&mut order);
                    assert!(
                        outcome == Ok(Transition::Changed) || order.status == status,
                        "{name} moved a {status} order"
                    );
                    match outcome {
                        Ok(Transition::Changed) => 'C',
                        Ok(Transition::Unchanged) => 'U',
                        Err(_) => '-',
                    }
                })
                .collect();
            assert_eq!(outcomes, expected, "{name}");
        }
    }

    #[test]
    fn of_a_cancel_and_a_confirm_the_first_wins() {
        let mut cancelled_first = order(Status::Pending);
        assert_eq!(cancelled_first.cancel("too slow"), Ok(Transition::Changed));
        assert_eq!(cancelled_first.confirm(), Err(Illegal { from: Status::Cancelled, to: Status::Confirmed }));

        let mut confirmed_first = order(Status::Pending);
        assert_eq!(confirmed_first.confirm(), Ok(Transition::Changed));
        assert_eq!(confirmed_first.cancel("too late to save money"), Ok(Transition::Changed));
    }
}
