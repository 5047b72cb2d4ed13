//! Money that was taken, and what went back of it.

use livemart_contracts::Money;
use livemart_contracts::money::Currency;
use schemars::JsonSchema;
use serde::Serialize;

/// In one currency: nothing here adds up what cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Takings {
    gross: Money,
    cancelled: Money,
    refunded: Money,
    net: Money,
}

impl Takings {
    pub fn new(currency: Currency, gross: i64, cancelled: i64, refunded: i64) -> Self {
        let money = |amount| Money::new(amount, currency);
        Self {
            gross: money(gross),
            cancelled: money(cancelled),
            refunded: money(refunded),
            net: money(gross - cancelled - refunded),
        }
    }
}
