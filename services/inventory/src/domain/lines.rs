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

    /// As events carry them.
    pub fn to_vec(&self) -> Vec<Line> {
        self.iter().map(|(product_id, quantity)| Line { product_id, quantity }).collect()
    }
}
