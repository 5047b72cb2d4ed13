//! The ledger's entries: nothing changes a level without one, so the movements of a product add up to its level.

use std::collections::BTreeMap;

use livemart_contracts::{OrderId, ProductId};

use super::{Change, Lines};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The staff counted, bought or wrote off.
    Adjustment,
    /// Set aside for an order.
    Reserve,
    /// Left the stock with a confirmed order.
    Commit,
    /// No longer set aside: the order is over.
    Release,
    /// Came back from a confirmed order that was cancelled.
    Restock,
}

impl Kind {
    /// As the ledger writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Adjustment => "adjustment",
            Self::Reserve => "reserve",
            Self::Commit => "commit",
            Self::Release => "release",
            Self::Restock => "restock",
        }
    }

    /// What a movement of `quantity` adds to the level.
    pub const fn change(self, quantity: i64) -> Change {
        match self {
            Self::Adjustment | Self::Restock => Change { on_hand: quantity, reserved: 0 },
            Self::Reserve => Change { on_hand: 0, reserved: quantity },
            Self::Commit => Change { on_hand: -quantity, reserved: -quantity },
            Self::Release => Change { on_hand: 0, reserved: -quantity },
        }
    }
}

/// What an order did to one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    pub product_id: ProductId,
    pub order_id: OrderId,
    pub kind: Kind,
    pub change: Change,
}

impl Movement {
    /// The movements of all goods of an order.
    pub fn of(order_id: OrderId, kind: Kind, lines: &Lines) -> impl Iterator<Item = Self> {
        lines.iter().map(move |(product_id, quantity)| Self {
            product_id,
            order_id,
            kind,
            change: kind.change(i64::from(quantity)),
        })
    }
}

/// What `movements` add to each product, all together.
pub fn totals<'a>(movements: impl IntoIterator<Item = &'a Movement>) -> BTreeMap<ProductId, Change> {
    let mut totals = BTreeMap::<ProductId, Change>::new();
    for movement in movements {
        *totals.entry(movement.product_id).or_default() += movement.change;
    }
    totals
}
