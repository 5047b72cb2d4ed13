//! A PaymentIntent, as far as it is read. Unknown fields and statuses are Stripe's to add.

use std::collections::HashMap;

use chrono::DateTime;
use livemart_contracts::money::Currency;
use serde::Deserialize;

use super::{ORDER, minor_units};
use crate::domain::Amounts;
use crate::providers::{Booked, ProviderError};

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    pub(super) status: String,
    amount: i64,
    #[serde(default)]
    amount_capturable: i64,
    #[serde(default)]
    pub(super) amount_received: i64,
    currency: String,
    created: i64,
    #[serde(default)]
    pub(super) metadata: HashMap<String, String>,
    latest_charge: Option<Charge>,
}

/// Asked for with `expand`, the charge itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Charge {
    Whole { amount_refunded: i64 },
    Name(#[expect(dead_code, reason = "tells that it was not expanded")] String),
}

impl Intent {
    pub(super) fn booked(self) -> Result<Booked, ProviderError> {
        let unreadable = |what: &str| ProviderError::Unavailable(format!("{} has no readable {what}", self.id));
        let currency = Currency::from_code(&self.currency.to_ascii_uppercase());
        let currency = currency.ok_or_else(|| unreadable("currency"))?;
        let made_at = DateTime::from_timestamp(self.created, 0).ok_or_else(|| unreadable("date"))?;
        let ours = |amount| minor_units::from_stripe(amount, currency);
        let amounts = match (self.status.as_str(), &self.latest_charge) {
            ("requires_capture", _) => Amounts { held: ours(self.amount_capturable), ..Amounts::default() },
            ("canceled", _) => Amounts { released: ours(self.amount), ..Amounts::default() },
            ("succeeded", Some(Charge::Whole { amount_refunded })) => {
                Amounts { captured: ours(self.amount_received), refunded: ours(*amount_refunded), ..Amounts::default() }
            }
            ("succeeded", _) => return Err(unreadable("charge")),
            // Declined, or not yet anything.
            _ => Amounts::default(),
        };
        Ok(Booked {
            reference: self.id,
            order_reference: self.metadata.get(ORDER).cloned(),
            currency,
            amounts,
            made_at,
        })
    }
}
