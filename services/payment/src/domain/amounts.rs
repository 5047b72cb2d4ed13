//! Where the money of a payment is, as one side's books have it.

use schemars::JsonSchema;
use serde::Serialize;

use super::Status;

/// In minor units of the payment's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Amounts {
    /// Held, and neither taken nor released.
    pub held: i64,
    pub captured: i64,
    pub refunded: i64,
    /// Held once, and released.
    pub released: i64,
}

impl Amounts {
    /// Of a payment of `amount`.
    pub fn of(status: Status, amount: i64, captured: i64, refunded: i64) -> Self {
        match status {
            Status::Authorized => Self { held: amount, ..Self::default() },
            Status::Voided => Self { released: amount, ..Self::default() },
            Status::Captured | Status::PartiallyRefunded | Status::Refunded => {
                Self { captured, refunded, ..Self::default() }
            }
            Status::Pending | Status::Unknown | Status::Failed | Status::Tombstone => Self::default(),
        }
    }

    /// As a provider books it that has no holds: what is held is taken already, what was released was given back.
    pub fn taken_at_once(self) -> Self {
        let Self { held, captured, refunded, released } = self;
        Self { held: 0, captured: captured + held + released, refunded: refunded + released, released: 0 }
    }

    /// Whether both have the same money at the same place. What was released is nowhere.
    pub fn agree(&self, other: &Self) -> bool {
        (self.held, self.captured, self.refunded) == (other.held, other.captured, other.refunded)
    }

    /// Whether any money of the customer is held or kept.
    pub fn has_money(&self) -> bool {
        self.held > 0 || self.captured > self.refunded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_without_holds_books_a_hold_as_taken_and_its_release_as_given_back() {
        let held = Amounts { held: 100, ..Amounts::default() };
        assert_eq!(held.taken_at_once(), Amounts { captured: 100, ..Amounts::default() });
        let released = Amounts { released: 100, ..Amounts::default() };
        assert_eq!(released.taken_at_once(), Amounts { captured: 100, refunded: 100, ..Amounts::default() });
        let refunded = Amounts { captured: 100, refunded: 40, ..Amounts::default() };
        assert_eq!(refunded.taken_at_once(), refunded);
    }
}
