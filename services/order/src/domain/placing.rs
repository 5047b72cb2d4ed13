//! What may be ordered, and what it costs. Prices come from the catalogue alone, never from the customer.

use std::collections::{HashMap, HashSet};

use livemart_contracts::events::PricedLine;
use livemart_contracts::money::MoneyError;
use livemart_contracts::{Money, ProductId};
use livemart_web::{Address, Violations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lines of one order: beyond it an event would no longer fit into one message with room to spare.
pub const MOST_LINES: usize = 100;
/// Pieces of one product: beyond it somebody talks to a person first.
pub const LARGEST_QUANTITY: u32 = 1_000;
/// The length of a payment method's name.
const LONGEST_METHOD: usize = 200;

/// The body of `POST /orders`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    #[schemars(length(min = 1, max = MOST_LINES))]
    pub lines: Vec<OrderedLine>,
    #[schemars(length(min = 1, max = LONGEST_METHOD), example = &"pm_card_visa")]
    pub payment_method: String,
    #[serde(default)]
    pub shipping_address: Option<Address>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderedLine {
    pub product_id: ProductId,
    #[schemars(range(min = 1, max = LARGEST_QUANTITY))]
    pub quantity: u32,
}

impl NewOrder {
    /// Checks all that can be known without the catalogue.
    pub fn validate(&self) -> Result<(), Violations> {
        let mut wrong = Violations::default();
        wrong.require(!self.lines.is_empty(), "/lines", "required", "an order has at least one line");
        wrong.require(
            self.lines.len() <= MOST_LINES,
            "/lines",
            "too-many",
            format!("an order has at most {MOST_LINES} lines"),
        );
        let mut products = HashSet::new();
        // Past the bound one error says it all.
        for (place, line) in self.lines.iter().enumerate().take(MOST_LINES) {
            wrong.require(
                (1..=LARGEST_QUANTITY).contains(&line.quantity),
                format!("/lines/{place}/quantity"),
                "out-of-range",
                format!("a quantity is a number from 1 to {LARGEST_QUANTITY}"),
            );
            wrong.require(
                products.insert(line.product_id),
                format!("/lines/{place}/product_id"),
                "duplicate",
                "a product stands in one line only",
            );
        }
        wrong.require(
            !self.payment_method.is_empty() && self.payment_method.len() <= LONGEST_METHOD,
            "/payment_method",
            "length",
            format!("a payment method has 1 to {LONGEST_METHOD} characters"),
        );
        if let Some(address) = &self.shipping_address {
            address.validate("/shipping_address", &mut wrong);
        }
        wrong.check()
    }
}

/// What the catalogue says of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    Sold(Money),
    NoLongerSold,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unpriceable {
    #[error("there is no product {0}")]
    UnknownProduct(ProductId),
    #[error("the product {0} is no longer sold")]
    ProductUnavailable(ProductId),
    #[error("the order has no total: {0}")]
    NoTotal(#[from] MoneyError),
}

/// Prices `lines` from `catalogue`.
pub fn price(
    lines: &[OrderedLine],
    catalogue: &HashMap<ProductId, Offer>,
) -> Result<(Vec<PricedLine>, Money), Unpriceable> {
    let mut priced = Vec::with_capacity(lines.len());
    let mut total: Option<Money> = None;
    for OrderedLine { product_id, quantity } in lines {
        let unit_price = match catalogue.get(product_id) {
            Some(Offer::Sold(price)) => *price,
            Some(Offer::NoLongerSold) => return Err(Unpriceable::ProductUnavailable(*product_id)),
            None => return Err(Unpriceable::UnknownProduct(*product_id)),
        };
        let line = unit_price.times(*quantity)?;
        total = Some(match total {
            Some(sum) => sum.plus(line)?,
            None => line,
        });
        priced.push(PricedLine { product_id: *product_id, quantity: *quantity, unit_price });
    }
    let total = total.unwrap_or_else(|| unreachable!("an order without lines is not valid"));
    Ok((priced, total))
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;
    use livemart_contracts::money::{Currency, MAX_AMOUNT};

    use super::*;

    fn won(amount: i64) -> Offer {
        Offer::Sold(Money::new(amount, Currency::KRW))
    }

    fn line(quantity: u32) -> OrderedLine {
        OrderedLine { product_id: Clock::default().new_id(), quantity }
    }

    #[test]
    fn a_total_is_the_sum_of_the_catalogues_prices() {
        let lines = [line(2), line(1)];
        let catalogue = HashMap::from([(lines[0].product_id, won(1_500)), (lines[1].product_id, won(700))]);
        let (priced, total) = price(&lines, &catalogue).expect("both are sold");
        assert_eq!(total, Money::new(3_700, Currency::KRW));
        assert_eq!(priced[0].unit_price, Money::new(1_500, Currency::KRW));
    }

    #[test]
    fn what_is_unknown_withdrawn_foreign_or_beyond_counting_has_no_price() {
        let lines = [line(2)];
        let product_id = lines[0].product_id;
        let priced = |offer| price(&lines, &HashMap::from([(product_id, offer)])).map(|_| ());
        assert_eq!(price(&lines, &HashMap::new()).map(|_| ()), Err(Unpriceable::UnknownProduct(product_id)));
        assert_eq!(priced(Offer::NoLongerSold), Err(Unpriceable::ProductUnavailable(product_id)));
        assert_eq!(priced(won(MAX_AMOUNT)), Err(Unpriceable::NoTotal(MoneyError::TooLarge)));

        let mixed = [line(1), line(1)];
        let dollars = Offer::Sold(Money::new(100, Currency::USD));
        let catalogue = HashMap::from([(mixed[0].product_id, won(1)), (mixed[1].product_id, dollars)]);
        assert!(matches!(price(&mixed, &catalogue), Err(Unpriceable::NoTotal(MoneyError::Currencies(..)))));
    }

    #[test]
    fn every_violation_is_reported_at_once_and_a_long_list_in_one_line() {
        let order = |lines| NewOrder { lines, payment_method: String::new(), shipping_address: None };
        let two_wrong = order(vec![line(0), line(LARGEST_QUANTITY + 1)]).validate().expect_err("quantities");
        assert_eq!(format!("{two_wrong:?}").matches("out-of-range").count(), 2);
        let twice = line(1);
        assert!(format!("{:?}", order(vec![twice.clone(), twice]).validate()).contains("duplicate"));
        let long = order((0..5_000).map(|_| line(1)).collect()).validate().expect_err("too many");
        assert!(format!("{long:?}").len() < 1_000);
    }
}
