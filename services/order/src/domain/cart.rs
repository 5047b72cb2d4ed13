//! What a customer puts aside before they order it.

use std::collections::HashMap;

use livemart_contracts::{Money, ProductId};
use serde::{Deserialize, Serialize};

use super::placing::{LARGEST_QUANTITY, MOST_LINES, Offer, OrderedLine};

/// The lines of a cart in the order in which they were put in, one of a product: what one order can take.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cart {
    lines: Vec<OrderedLine>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a cart holds at most {MOST_LINES} products")]
pub struct Full;

impl Cart {
    pub fn lines(&self) -> &[OrderedLine] {
        &self.lines
    }

    /// Puts so many pieces of a product in, instead of those that are there.
    pub fn put(&mut self, product_id: ProductId, quantity: u32) -> Result<(), Full> {
        debug_assert!((1..=LARGEST_QUANTITY).contains(&quantity), "{quantity} pieces were let in");
        if let Some(line) = self.lines.iter_mut().find(|line| line.product_id == product_id) {
            line.quantity = quantity;
            return Ok(());
        }
        if self.lines.len() >= MOST_LINES {
            return Err(Full);
        }
        self.lines.push(OrderedLine { product_id, quantity });
        Ok(())
    }

    /// Whether the product was there.
    pub fn take_out(&mut self, product_id: ProductId) -> bool {
        let before = self.lines.len();
        self.lines.retain(|line| line.product_id != product_id);
        self.lines.len() < before
    }

    /// What the catalogue says of each line now, and of all that can be bought together.
    pub fn price(&self, catalogue: &HashMap<ProductId, Offer>) -> PricedCart {
        let price = |line: &OrderedLine| {
            let standing = match catalogue.get(&line.product_id) {
                // A line beyond counting cannot be ordered either.
                Some(Offer::Sold(unit_price)) => match unit_price.times(line.quantity) {
                    Ok(total) => Standing::Available { unit_price: *unit_price, total },
                    Err(_) => Standing::Unavailable,
                },
                Some(Offer::NoLongerSold) => Standing::Unavailable,
                None => Standing::Unknown,
            };
            PricedCartLine { product_id: line.product_id, quantity: line.quantity, standing }
        };
        let lines: Vec<PricedCartLine> = self.lines.iter().map(price).collect();
        let mut totals = lines.iter().filter_map(PricedCartLine::total);
        let total = totals.next().and_then(|first| totals.try_fold(first, Money::plus).ok());
        PricedCart { lines, total }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedCart {
    pub lines: Vec<PricedCartLine>,
    /// Of the lines that are available; `None` without any, and where they cannot be summed.
    pub total: Option<Money>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedCartLine {
    pub product_id: ProductId,
    pub quantity: u32,
    pub standing: Standing,
}

impl PricedCartLine {
    fn total(&self) -> Option<Money> {
        match self.standing {
            Standing::Available { total, .. } => Some(total),
            Standing::Unavailable | Standing::Unknown => None,
        }
    }
}

/// Whether a line could be ordered now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Available {
        unit_price: Money,
        total: Money,
    },
    /// It is no longer sold.
    Unavailable,
    /// The catalogue has not told of it.
    Unknown,
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;
    use livemart_contracts::money::{Currency, MAX_AMOUNT};

    use super::*;

    fn product() -> ProductId {
        Clock::default().new_id()
    }

    fn won(amount: i64) -> Money {
        Money::new(amount, Currency::KRW)
    }

    #[test]
    fn a_product_stands_in_one_line_and_stays_where_it_was_put() {
        let (pen, mug) = (product(), product());
        let mut cart = Cart::default();
        for (product, quantity) in [(pen, 2), (mug, 1), (pen, 5)] {
            cart.put(product, quantity).expect("room");
        }
        assert_eq!(cart.lines.iter().map(|line| line.quantity).collect::<Vec<_>>(), [5, 1]);
        assert!(cart.take_out(pen));
        assert!(!cart.take_out(pen));
        assert_eq!(cart.lines.len(), 1);
    }

    #[test]
    fn a_full_cart_takes_more_of_what_it_has_and_nothing_new() {
        let mut cart = Cart::default();
        for _ in 0..MOST_LINES {
            cart.put(product(), 1).expect("room");
        }
        assert_eq!(cart.put(product(), 1), Err(Full));
        assert_eq!(cart.put(cart.lines[0].product_id, 7), Ok(()));
    }

    #[test]
    fn what_cannot_be_bought_stays_and_is_not_summed() {
        let (sold, gone, unheard_of, dear) = (product(), product(), product(), product());
        let mut cart = Cart::default();
        for product in [sold, gone, unheard_of, dear] {
            cart.put(product, 2).expect("room");
        }
        let catalogue = HashMap::from([
            (sold, Offer::Sold(won(1_500))),
            (gone, Offer::NoLongerSold),
            (dear, Offer::Sold(won(MAX_AMOUNT))),
        ]);
        let priced = cart.price(&catalogue);
        let available = Standing::Available { unit_price: won(1_500), total: won(3_000) };
        let standings: Vec<Standing> = priced.lines.iter().map(|line| line.standing).collect();
        assert_eq!(standings, [available, Standing::Unavailable, Standing::Unknown, Standing::Unavailable]);
        assert_eq!(priced.total, Some(won(3_000)));
    }

    #[test]
    fn nothing_and_what_cannot_be_added_have_no_total() {
        let (pen, book) = (product(), product());
        let mut cart = Cart::default();
        assert_eq!(cart.price(&HashMap::new()).total, None);
        for product in [pen, book] {
            cart.put(product, 1).expect("room");
        }
        let dollars = Offer::Sold(Money::new(100, Currency::USD));
        let catalogue = HashMap::from([(pen, Offer::Sold(won(1))), (book, dollars)]);
        assert_eq!(cart.price(&catalogue).total, None);
    }
}
