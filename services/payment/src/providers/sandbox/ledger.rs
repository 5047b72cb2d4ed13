//! The sandbox's bookkeeping, without I/O: what an entry does to the holds that it is about.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use crate::providers::{Hold, NewHold, ProviderError};

/// What a client asks of the books.
#[derive(Debug, Clone)]
pub enum Entry {
    Hold {
        key: String,
        hold: NewHold,
    },
    Capture {
        key: String,
        reference: String,
        amount: i64,
    },
    Void {
        key: String,
        reference: String,
    },
    Refund {
        key: String,
        reference: String,
        amount: i64,
    },
    LookUp {
        key: String,
    },
    /// Counts a try of an unreliable card.
    Attempt {
        key: String,
    },
}

impl Entry {
    pub fn key(&self) -> &str {
        match self {
            Self::Hold { key, .. }
            | Self::Capture { key, .. }
            | Self::Void { key, .. }
            | Self::Refund { key, .. }
            | Self::LookUp { key }
            | Self::Attempt { key } => key,
        }
    }

    pub fn reference(&self) -> Option<&str> {
        match self {
            Self::Capture { reference, .. } | Self::Void { reference, .. } | Self::Refund { reference, .. } => {
                Some(reference)
            }
            Self::Hold { .. } | Self::LookUp { .. } | Self::Attempt { .. } => None,
        }
    }
}

/// What an entry answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Posted {
    pub hold: Option<Hold>,
    pub attempts: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldStatus {
    Held,
    Captured,
    Voided,
}

impl HoldStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Captured => "captured",
            Self::Voided => "voided",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedHold {
    pub reference: String,
    pub key: String,
    pub order_reference: String,
    pub method: String,
    pub amount: i64,
    pub currency: String,
    pub status: HoldStatus,
    pub captured: i64,
    pub refunded: i64,
}

/// A capture, a void or a refund, by its idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    pub key: String,
    pub reference: String,
    pub kind: &'static str,
    pub amount: i64,
}

/// The part of the books that some entries are about.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By reference.
    pub holds: BTreeMap<String, BookedHold>,
    /// Keys of operations that were done.
    pub done: HashSet<String>,
    pub attempts: HashMap<String, u32>,
    /// What this ledger changed.
    pub changed: HashSet<String>,
    pub operations: Vec<Operation>,
}

impl Ledger {
    pub fn post(&mut self, entry: &Entry) -> Result<Posted, ProviderError> {
        match entry {
            Entry::Hold { key, hold } => Ok(self.hold(key, hold)),
            Entry::LookUp { key } => Ok(Posted { hold: self.find(key), attempts: 0 }),
            Entry::Attempt { key } => Ok(Posted { hold: None, attempts: self.attempts.get(key).copied().unwrap_or(0) }),
            Entry::Capture { key, reference, amount } => self.operate(key, reference, "capture", *amount, |hold| {
                (hold.status == HoldStatus::Held && *amount <= hold.amount).then(|| {
                    hold.status = HoldStatus::Captured;
                    hold.captured = *amount;
                })
            }),
            Entry::Void { key, reference } => self.operate(key, reference, "void", 0, |hold| {
                (hold.status == HoldStatus::Held).then(|| hold.status = HoldStatus::Voided)
            }),
            Entry::Refund { key, reference, amount } => self.operate(key, reference, "refund", *amount, |hold| {
                let possible = hold.status == HoldStatus::Captured && hold.refunded + amount <= hold.captured;
                possible.then(|| hold.refunded += amount)
            }),
        }
    }

    fn find(&self, key: &str) -> Option<Hold> {
        let booked = self.holds.values().find(|hold| hold.key == key)?;
        Some(Hold { reference: booked.reference.clone() })
    }

    fn hold(&mut self, key: &str, hold: &NewHold) -> Posted {
        if let Some(hold) = self.find(key) {
            return Posted { hold: Some(hold), attempts: 0 };
        }
        let reference = format!("sandbox_{}", Uuid::new_v4().simple());
        let booked = BookedHold {
            reference: reference.clone(),
            key: key.to_owned(),
            order_reference: hold.order_reference.clone(),
            method: hold.method.clone(),
            amount: hold.amount.amount,
            currency: hold.amount.currency.code().to_owned(),
            status: HoldStatus::Held,
            captured: 0,
            refunded: 0,
        };
        self.holds.insert(reference.clone(), booked);
        self.changed.insert(reference.clone());
        Posted { hold: Some(Hold { reference }), attempts: 0 }
    }

    fn operate(
        &mut self,
        key: &str,
        reference: &str,
        kind: &'static str,
        amount: i64,
        change: impl FnOnce(&mut BookedHold) -> Option<()>,
    ) -> Result<Posted, ProviderError> {
        if self.done.contains(key) {
            return Ok(Posted::default());
        }
        let hold = self.holds.get_mut(reference);
        let hold = hold.ok_or_else(|| ProviderError::Refused(format!("there is no hold {reference}")))?;
        if change(hold).is_none() {
            return Err(ProviderError::Refused(format!("a {} hold takes no {kind} of {amount}", hold.status.as_str())));
        }
        self.changed.insert(reference.to_owned());
        self.done.insert(key.to_owned());
        self.operations.push(Operation { key: key.to_owned(), reference: reference.to_owned(), kind, amount });
        Ok(Posted::default())
    }
}

#[cfg(test)]
mod tests {
    use livemart_contracts::money::{Currency, Money};

    use super::*;

    fn held(ledger: &mut Ledger) -> String {
        let hold = NewHold {
            order_reference: "ord_1".to_owned(),
            amount: Money::new(1_000, Currency::KRW),
            method: "pm_card_visa".to_owned(),
        };
        let posted = ledger.post(&Entry::Hold { key: "hold".to_owned(), hold }).expect("a hold");
        posted.hold.expect("a reference").reference
    }

    fn capture(key: &str, reference: &str) -> Entry {
        Entry::Capture { key: key.to_owned(), reference: reference.to_owned(), amount: 1_000 }
    }

    #[test]
    fn the_same_key_holds_and_captures_once() {
        let mut ledger = Ledger::default();
        let reference = held(&mut ledger);
        assert_eq!(held(&mut ledger), reference);
        assert!(ledger.post(&capture("capture", &reference)).is_ok());
        assert!(ledger.post(&capture("capture", &reference)).is_ok());
        assert_eq!(ledger.operations.len(), 1);
        assert!(ledger.post(&capture("another key", &reference)).is_err());
    }

    #[test]
    fn what_was_captured_is_refunded_once_and_not_voided() {
        let mut ledger = Ledger::default();
        let reference = held(&mut ledger);
        let refund = |key: &str| Entry::Refund { key: key.to_owned(), reference: reference.clone(), amount: 1_000 };
        assert!(ledger.post(&refund("early")).is_err());
        assert!(ledger.post(&capture("capture", &reference)).is_ok());
        assert!(ledger.post(&Entry::Void { key: "void".to_owned(), reference: reference.clone() }).is_err());
        assert!(ledger.post(&refund("first")).is_ok());
        assert!(ledger.post(&refund("second")).is_err());
        assert_eq!(ledger.holds[&reference].refunded, 1_000);
    }
}
