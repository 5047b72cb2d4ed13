//! What an order wants of each product.

use std::collections::BTreeMap;

use livemart_contracts::ProductId;
use livemart_contracts::events::Line;

/// Quantities by product: each once, none zero, in the order in which rows are locked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines(BTreeMap<ProductId, u32>);

impl FromIterator<Line> for Lines {
    /// Lines of one product are summed. A sum beyond any stock there can be stays at the largest number.
    fn from_iter<I: IntoIterator<Item = Line>>(lines: I) -> Self {
        let mut quantities = BTreeMap::<ProductId, u32>::new();
        for Line { product_id, quantity } in lines.into_iter().filter(|line| line.quantity > 0) {
            let sum = quantities.entry(product_id).or_default();
            *sum = sum.saturating_add(quantity);
        }
        Self(quantities)
    }
}

impl Lines {
    pub fn iter(&self) -> impl Iterator<Item = (ProductId, u32)> {
        self.0.iter().map(|(product_id, quantity)| (*product_id, *quantity))
    }

    pub fn products(&self) -> impl Iterator<Item = ProductId> {
        self.0.keys().copied()
    }

    /// Whether all of `other` is among these.
    pub fn covers(&self, other: &Self) -> bool {
        other.iter().all(|(product, quantity)| self.0.get(&product).is_some_and(|own| quantity <= *own))
    }

    /// What is left of these without `other`.
    pub fn without(&self, other: &Self) -> Self {
        let left = |(product_id, quantity): (ProductId, u32)| {
            let taken = other.0.get(&product_id).copied().unwrap_or_default();
            Line { product_id, quantity: quantity.saturating_sub(taken) }
        };
        self.iter().map(left).collect()
    }

    /// As events carry them.
    pub fn to_vec(&self) -> Vec<Line> {
        self.iter().map(|(product_id, quantity)| Line { product_id, quantity }).collect()
    }
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;

    use super::*;

    #[test]
    fn what_came_back_is_among_what_left_and_the_rest_is_still_gone() {
        let (pen, book): (ProductId, ProductId) = (Clock::default().new_id(), Clock::default().new_id());
        let lines = |wanted: &[(ProductId, u32)]| -> Lines {
            wanted.iter().map(|&(product_id, quantity)| Line { product_id, quantity }).collect()
        };
        let gone = lines(&[(pen, 3), (book, 1)]);
        assert!(gone.covers(&lines(&[(pen, 3)])) && gone.covers(&Lines::default()));
        assert!(!gone.covers(&lines(&[(pen, 4)])));
        assert_eq!(gone.without(&lines(&[(pen, 2), (book, 1)])), lines(&[(pen, 1)]));
    }
}
