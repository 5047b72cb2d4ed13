//! The payment provider: the sandbox's own books, behind a line that fails as lines do.

use livemart_contracts::Money;
use livemart_payment::domain::Decline;
use livemart_payment::providers::sandbox::ledger::{Entry, Ledger, Posted};
use livemart_payment::providers::{Hold, NewHold, ProviderError};

use super::payments::{Call, Request};

/// How often `pm_card_flaky` fails first, as in the sandbox.
const FLAKY_FAILURES: u32 = 2;

/// The cards that customers of a simulated shop pay with.
pub const METHODS: [&str; 6] =
    ["pm_card_visa", "pm_card_visa", "pm_card_visa", "pm_card_declined", "pm_card_timeout", "pm_card_flaky"];

/// What the provider did with a call that reached it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Held(Hold),
    Declined(Decline),
    /// Captured, voided or refunded.
    Done,
    Unavailable,
    /// It acted and does not say so.
    Silent,
    /// It took the call for a mistake, which none of ours is.
    Refused(String),
}

#[derive(Debug, Default)]
pub struct Provider {
    pub ledger: Ledger,
}

impl Provider {
    /// Takes a call. `attempt` counts from 1, as in `services/payment/src/effects/authorize.rs`.
    pub fn take(&mut self, key: &str, request: &Request, attempt: u32) -> Answer {
        let (key, reference) = (key.to_owned(), request.reference.clone());
        let Money { amount, .. } = request.amount;
        match request.call {
            Call::Authorize => self.authorize(key, request, attempt),
            Call::Capture => self.operate(Entry::Capture { key, reference, amount }),
            Call::Void => self.operate(Entry::Void { key, reference }),
            Call::Refund => self.operate(Entry::Refund { key, reference, amount }),
        }
    }

    fn authorize(&mut self, key: String, request: &Request, attempt: u32) -> Answer {
        if attempt > 1
            && let Ok(Posted { hold: Some(hold), .. }) = self.ledger.post(&Entry::LookUp { key: key.clone() })
        {
            return Answer::Held(hold);
        }
        match request.method.as_str() {
            "pm_card_declined" => {
                let (code, detail) = ("card-declined".to_owned(), "the card was declined".to_owned());
                Answer::Declined(Decline { code, detail })
            }
            "pm_card_flaky" => {
                let tries = self.ledger.attempts.entry(key.clone()).or_default();
                *tries += 1;
                if *tries <= FLAKY_FAILURES { Answer::Unavailable } else { self.hold(key, request) }
            }
            "pm_card_timeout" => {
                self.hold(key, request);
                Answer::Silent
            }
            _ => self.hold(key, request),
        }
    }

    fn hold(&mut self, key: String, request: &Request) -> Answer {
        let hold = NewHold {
            order_reference: super::orders::id(request.order).to_string(),
            amount: request.amount,
            method: request.method.clone(),
        };
        match self.ledger.post(&Entry::Hold { key, hold }) {
            Ok(Posted { hold: Some(hold), .. }) => Answer::Held(hold),
            Ok(_) => Answer::Refused("a hold without a reference".to_owned()),
            Err(error) => Answer::Refused(error.to_string()),
        }
    }

    fn operate(&mut self, entry: Entry) -> Answer {
        match self.ledger.post(&entry) {
            Ok(_) => Answer::Done,
            Err(ProviderError::Unavailable(_)) => Answer::Unavailable,
            Err(error) => Answer::Refused(error.to_string()),
        }
    }
}
