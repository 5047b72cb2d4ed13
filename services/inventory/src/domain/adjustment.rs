//! What the staff may change: counted, bought, broken.

use super::{Change, Kind, Level};

/// Units in one adjustment. More in one step is a slip of the hand.
pub const LARGEST_DELTA: i64 = 1_000_000;
/// Characters of the reason that the ledger keeps.
pub const LONGEST_REASON: usize = 200;
/// Units of one product. Quantities in events are 32-bit numbers; this leaves room for what comes back from orders.
pub const LARGEST_ON_HAND: i64 = 1_000_000_000;

/// A change by hand, with the reason for the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    pub delta: i64,
    pub reason: String,
}

/// Why an adjustment cannot be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{on_hand} are on hand and {reserved} of them reserved for orders: at most {} can go", .on_hand - .reserved)]
    BelowReserved { on_hand: i64, reserved: i64 },
    #[error("{on_hand} are on hand, and the stock of one product holds at most {LARGEST_ON_HAND}")]
    TooMuch { on_hand: i64 },
}

impl Adjustment {
    pub fn change(&self) -> Change {
        Kind::Adjustment.change(self.delta)
    }

    /// Whether it can be made to `level`.
    pub fn check(&self, level: Level) -> Result<(), Refused> {
        let Level { on_hand, reserved } = level;
        match level.after(self.change()) {
            None => Err(Refused::BelowReserved { on_hand, reserved }),
            Some(after) if after.on_hand > LARGEST_ON_HAND && self.delta > 0 => Err(Refused::TooMuch { on_hand }),
            Some(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stock_cannot_go_below_what_orders_were_promised_nor_above_what_can_be_counted() {
        let adjust = |delta, on_hand, reserved| {
            Adjustment { delta, reason: "counted".to_owned() }.check(Level { on_hand, reserved })
        };
        assert_eq!(adjust(-2, 5, 3), Ok(()));
        assert_eq!(adjust(-3, 5, 3), Err(Refused::BelowReserved { on_hand: 5, reserved: 3 }));
        assert_eq!(adjust(-1, 0, 0), Err(Refused::BelowReserved { on_hand: 0, reserved: 0 }));
        assert_eq!(adjust(1, LARGEST_ON_HAND - 1, 0), Ok(()));
        assert_eq!(adjust(1, LARGEST_ON_HAND, 0), Err(Refused::TooMuch { on_hand: LARGEST_ON_HAND }));
        assert_eq!(adjust(-1, LARGEST_ON_HAND + 2, 0), Ok(()), "less is always possible");
    }
}
