//! A refund that the staff asks for.

use std::collections::BTreeMap;

use livemart_contracts::events::Line;
use livemart_contracts::ids::RefundId;
use livemart_contracts::{Money, ProductId, UserId};

/// As it is asked for, and kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub id: RefundId,
    pub amount: Money,
    pub reason: String,
    /// Goods that came back and are for sale again.
    pub restock: Vec<Line>,
    pub asked_by: UserId,
}

/// Why money or goods cannot come back now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRefundable {
    #[error("nothing was taken of this payment, or its order is over and all of it goes back by itself")]
    NothingTaken,
    #[error("the payment is in {}", .paid_in.currency.code())]
    OtherCurrency { paid_in: Money },
    #[error("of {} that were taken, {} can still be refunded", .captured, .refundable)]
    TooMuch { captured: i64, refundable: i64 },
    #[error("of the product {product_id}, {left} pieces of this order can still come back")]
    NotOrdered { product_id: ProductId, left: u32 },
}

/// Whether `restock` can come back of what was `ordered`, when `returned` did before.
pub fn check_restock(
    ordered: &[Line],
    returned: impl IntoIterator<Item = Line>,
    restock: &[Line],
) -> Result<(), NotRefundable> {
    let mut left: BTreeMap<ProductId, u32> = BTreeMap::new();
    for line in ordered {
        *left.entry(line.product_id).or_default() += line.quantity;
    }
    for line in returned {
        let left = left.entry(line.product_id).or_default();
        *left = left.saturating_sub(line.quantity);
    }
    for line in restock {
        let left = left.entry(line.product_id).or_default();
        *left = left
            .checked_sub(line.quantity)
            .ok_or(NotRefundable::NotOrdered { product_id: line.product_id, left: *left })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;

    use super::*;

    #[test]
    fn what_was_ordered_comes_back_once() {
        let (pen, book): (ProductId, ProductId) = (Clock::default().new_id(), Clock::default().new_id());
        let line = |product_id, quantity| Line { product_id, quantity };
        let ordered = [line(pen, 3)];
        assert_eq!(check_restock(&ordered, [], &[line(pen, 3)]), Ok(()));
        assert_eq!(check_restock(&ordered, [line(pen, 2)], &[line(pen, 1)]), Ok(()));
        let too_many = NotRefundable::NotOrdered { product_id: pen, left: 1 };
        assert_eq!(check_restock(&ordered, [line(pen, 2)], &[line(pen, 2)]), Err(too_many));
        let never = NotRefundable::NotOrdered { product_id: book, left: 0 };
        assert_eq!(check_restock(&ordered, [], &[line(book, 1)]), Err(never));
    }
}
