//! When the stock of a product is low.

use super::{Change, Level};

/// At so many pieces for sale, or fewer, stock is low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LowMark(pub i64);

impl LowMark {
    /// Whether `change`, which led to the level `after`, crossed the mark from above.
    ///
    /// Told from the change alone: between two crossings the stock rose above the mark, so nothing has to be remembered,
    /// and a product whose books are opened with nothing on hand has not fallen.
    pub fn is_crossed(self, change: Change, after: Level) -> bool {
        let before = after.available() - change.available();
        after.available() <= self.0 && self.0 < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the mark of five is crossed by each of these changes of what is for sale, one after the other, from zero.
    fn crossed<const N: usize>(changes: [i64; N]) -> [bool; N] {
        let mut level = Level::default();
        changes.map(|on_hand| {
            let change = Change { on_hand, reserved: 0 };
            level = level.after(change).expect("enough on hand");
            LowMark(5).is_crossed(change, level)
        })
    }

    #[test]
    fn stock_is_low_once_until_it_rose_above_the_mark() {
        assert_eq!(crossed([6, -1, -1, -1, 1]), [false, true, false, false, false]);
        assert_eq!(crossed([6, -6, 5, -5]), [false, true, false, false], "at the mark it has not risen above");
        assert_eq!(crossed([6, -1, 1, -1]), [false, true, false, true]);
    }

    #[test]
    fn goods_that_are_set_aside_are_no_longer_for_sale_and_count_once() {
        let held = Level { on_hand: 6, reserved: 2 };
        assert!(LowMark(5).is_crossed(Change { on_hand: 0, reserved: 2 }, held));
        let left = Level { on_hand: 4, reserved: 0 };
        assert!(!LowMark(5).is_crossed(Change { on_hand: -2, reserved: -2 }, left));
    }

    #[test]
    fn a_mark_of_zero_tells_of_what_is_sold_out() {
        let mark = LowMark(0);
        assert!(mark.is_crossed(Change { on_hand: -1, reserved: 0 }, Level::default()));
        assert!(!mark.is_crossed(Change::default(), Level::default()));
    }
}
