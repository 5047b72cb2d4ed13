//! How much there is of a product, and how much of that is set aside.

use std::collections::BTreeMap;

use livemart_contracts::ProductId;
use livemart_contracts::events::Shortage;

use super::Lines;

/// The stock of one product. `0 <= reserved <= on_hand`, always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Level {
    pub on_hand: i64,
    /// Set aside for orders that are not decided; part of `on_hand`.
    pub reserved: i64,
}

/// What is added to a level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    pub on_hand: i64,
    pub reserved: i64,
}

impl std::ops::AddAssign for Change {
    fn add_assign(&mut self, other: Self) {
        self.on_hand += other.on_hand;
        self.reserved += other.reserved;
    }
}

impl Change {
    /// What it adds to [`Level::available`].
    pub fn available(self) -> i64 {
        self.on_hand - self.reserved
    }
}

impl Level {
    /// What can still be sold.
    pub fn available(self) -> i64 {
        self.on_hand - self.reserved
    }

    /// The level after `change`; `None` when it would sell what is not there, or free what is not set aside.
    pub fn after(self, change: Change) -> Option<Self> {
        let after = Self { on_hand: self.on_hand + change.on_hand, reserved: self.reserved + change.reserved };
        (0..=after.on_hand).contains(&after.reserved).then_some(after)
    }
}

/// The levels that a batch of orders sees. Orders are served in turn: what one took, the next no longer finds.
#[derive(Debug, Clone, Default)]
pub struct Levels(BTreeMap<ProductId, Level>);

impl FromIterator<(ProductId, Level)> for Levels {
    fn from_iter<I: IntoIterator<Item = (ProductId, Level)>>(levels: I) -> Self {
        Self(levels.into_iter().collect())
    }
}

impl Levels {
    /// Sets all of `lines` aside, or nothing and says what is short. Of a product that nobody has heard of there is none.
    pub fn reserve(&mut self, lines: &Lines) -> Result<(), Vec<Shortage>> {
        let shortages: Vec<Shortage> = lines
            .iter()
            .filter_map(|(product_id, requested)| {
                let available = self.0.get(&product_id).copied().unwrap_or_default().available();
                let short = i64::from(requested) > available;
                let available = u32::try_from(available).unwrap_or(u32::MAX);
                short.then_some(Shortage { product_id, requested, available })
            })
            .collect();
        if !shortages.is_empty() {
            return Err(shortages);
        }
        for (product_id, quantity) in lines.iter() {
            self.0.entry(product_id).or_default().reserved += i64::from(quantity);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;
    use livemart_contracts::events::Line;

    use super::*;

    fn products() -> (ProductId, ProductId) {
        (Clock::default().new_id(), Clock::default().new_id())
    }

    fn lines(wanted: &[(ProductId, u32)]) -> Lines {
        wanted.iter().map(|&(product_id, quantity)| Line { product_id, quantity }).collect()
    }

    #[test]
    fn an_order_gets_all_of_its_lines_or_none_and_hears_of_every_shortage() {
        let (plenty, scarce) = products();
        let unheard_of = Clock::default().new_id();
        let level = |on_hand| Level { on_hand, reserved: 0 };
        let mut levels = Levels::from_iter([(plenty, level(10)), (scarce, level(1))]);

        let shortages =
            levels.reserve(&lines(&[(plenty, 1), (scarce, 2), (unheard_of, 1)])).expect_err("two are short");
        let mut short: Vec<_> =
            shortages.iter().map(|short| (short.product_id, short.requested, short.available)).collect();
        short.sort_unstable();
        let mut expected = vec![(scarce, 2, 1), (unheard_of, 1, 0)];
        expected.sort_unstable();
        assert_eq!(short, expected);
        assert_eq!(levels.reserve(&lines(&[(plenty, 10), (scarce, 1)])), Ok(()), "the refused order took nothing");
    }

    #[test]
    fn orders_of_one_batch_are_served_in_turn() {
        let (product, _) = products();
        let mut levels = Levels::from_iter([(product, Level { on_hand: 3, reserved: 0 })]);
        let served: Vec<bool> = (0..3).map(|_| levels.reserve(&lines(&[(product, 2)])).is_ok()).collect();
        assert_eq!(served, [true, false, false]);
    }

    #[test]
    fn lines_of_one_product_are_wanted_together() {
        let (product, _) = products();
        let mut levels = Levels::from_iter([(product, Level { on_hand: 3, reserved: 0 })]);
        let shortages = levels.reserve(&lines(&[(product, 2), (product, 2)])).expect_err("four of three");
        assert_eq!(shortages, [Shortage { product_id: product, requested: 4, available: 3 }]);
    }

    #[test]
    fn a_change_that_breaks_the_level_has_no_level_after_it() {
        let level = Level { on_hand: 5, reserved: 3 };
        let after = |on_hand, reserved| level.after(Change { on_hand, reserved });
        assert_eq!(after(-2, 0), Some(Level { on_hand: 3, reserved: 3 }));
        assert_eq!(after(-3, 0), None);
        assert_eq!(after(0, 3), None);
        assert_eq!(after(0, -4), None);
    }
}
