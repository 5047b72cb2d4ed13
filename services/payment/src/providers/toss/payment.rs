//! A payment of Toss, as far as it is read. Unknown fields and statuses are Toss' to add.

use chrono::{DateTime, Utc};
use livemart_contracts::money::Currency;
use serde::Deserialize;
use serde_json::Number;

use crate::domain::Amounts;
use crate::providers::{Booked, ProviderError};

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Payment {
    pub(super) payment_key: String,
    pub(super) order_id: String,
    pub(super) status: String,
    total_amount: Number,
    balance_amount: Number,
    currency: String,
    method: Option<String>,
    requested_at: Option<DateTime<Utc>>,
    approved_at: Option<DateTime<Utc>>,
    #[serde(default)]
    cancels: Option<Vec<Cancel>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cancel {
    #[serde(default)]
    cancel_reason: String,
    cancel_status: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    NotAuthenticated,
    /// To be confirmed within ten minutes.
    Authenticated,
    WaitingForDeposit,
    /// Taken.
    Done,
    PartlyCanceled,
    Canceled,
    /// Never confirmed.
    Ended,
    /// A status that this program does not know.
    New,
}

impl Payment {
    pub(super) fn state(&self) -> State {
        match self.status.as_str() {
            "READY" => State::NotAuthenticated,
            "IN_PROGRESS" => State::Authenticated,
            "WAITING_FOR_DEPOSIT" => State::WaitingForDeposit,
            "DONE" => State::Done,
            "PARTIAL_CANCELED" => State::PartlyCanceled,
            "CANCELED" => State::Canceled,
            "ABORTED" | "EXPIRED" => State::Ended,
            _ => State::New,
        }
    }

    /// `None` where it is no whole number, as of other currencies than won.
    pub(super) fn total(&self) -> Option<i64> {
        whole(&self.total_amount)
    }

    pub(super) fn is_in_won(&self) -> bool {
        self.currency == Currency::KRW.code()
    }

    pub(super) fn is_virtual_account(&self) -> bool {
        matches!(self.method.as_deref(), Some("가상계좌" | "VIRTUAL_ACCOUNT"))
    }

    /// Whether money was given back under our `key`.
    pub(super) fn has_canceled(&self, key: &str) -> bool {
        let (mark, is_done) = (format!("[{key}]"), |status: &str| status == "DONE");
        self.cancels
            .iter()
            .flatten()
            .any(|cancel| cancel.cancel_reason.contains(&mark) && cancel.cancel_status.as_deref().is_none_or(is_done))
    }

    pub(super) fn booked(self) -> Result<Booked, ProviderError> {
        let unreadable =
            |what: &str| ProviderError::Unavailable(format!("{} has no readable {what}", self.payment_key));
        let currency = Currency::from_code(&self.currency).ok_or_else(|| unreadable("currency"))?;
        let amounts = match self.state() {
            State::Done | State::PartlyCanceled | State::Canceled => {
                let total = self.total().ok_or_else(|| unreadable("amount"))?;
                let kept = whole(&self.balance_amount).ok_or_else(|| unreadable("balance"))?;
                Amounts { captured: total, refunded: total - kept, ..Amounts::default() }
            }
            _ => Amounts::default(),
        };
        Ok(Booked {
            made_at: self.approved_at.or(self.requested_at).ok_or_else(|| unreadable("date"))?,
            // The browser chose it.
            order_reference: None,
            reference: self.payment_key,
            currency,
            amounts,
        })
    }
}

/// Toss writes whole won now as 1000, now as 1000.0.
fn whole(number: &Number) -> Option<i64> {
    let float = || number.as_f64().filter(|value| value.fract() == 0.0 && value.abs() < MOST_EXACT);
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small enough")]
    number.as_i64().or_else(|| float().map(|value| value as i64))
}

/// 2^53: whole numbers below it are exact.
const MOST_EXACT: f64 = 9_007_199_254_740_992.0;
