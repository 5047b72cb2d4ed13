//! What is ordered, and what becomes of it. The same seed chooses the same.

use livemart_contracts::ProductId;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom as _, index};
use rand::{Rng as _, SeedableRng as _};

const PERCENT: u32 = 100;

/// Which orders there are.
#[derive(Clone, Debug)]
pub(crate) struct Mix {
    pub(crate) seed: u64,
    /// Products in one order, of each one piece.
    pub(crate) lines: usize,
    pub(crate) goods: Goods,
    /// Payment methods, each as often as its weight among all of them.
    pub(crate) methods: Vec<(&'static str, u32)>,
    /// Of a hundred orders, how many also want what is sold out.
    pub(crate) short_percent: u32,
    /// Of a hundred orders, how many are cancelled as soon as they are placed.
    pub(crate) cancelled_percent: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goods {
    /// Each order takes other products.
    Spread,
    /// Every order has the same product among its lines.
    Hot,
}

/// One order, as it was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) products: Vec<ProductId>,
    pub(crate) method: &'static str,
    pub(crate) cancel: bool,
}

impl Choice {
    /// Whether it cannot be confirmed.
    pub(crate) fn fails(&self, sold_out: ProductId) -> bool {
        ["pm_card_declined", "pm_card_insufficient_funds"].contains(&self.method) || self.products.contains(&sold_out)
    }
}

impl Mix {
    /// Orders that all succeed.
    pub(crate) fn paid(lines: usize) -> Self {
        Self {
            seed: 1,
            lines,
            goods: Goods::Spread,
            methods: vec![("pm_card_visa", 1)],
            short_percent: 0,
            cancelled_percent: 0,
        }
    }

    /// A quarter of the orders is declined, another quarter short of a line.
    pub(crate) fn half_failing(lines: usize) -> Self {
        // Of what is not declined, a third is short.
        Self { methods: vec![("pm_card_visa", 3), ("pm_card_declined", 1)], short_percent: 33, ..Self::paid(lines) }
    }

    /// As a shop has them on a bad day: every payment method of the sandbox, shortages and second thoughts.
    pub(crate) fn motley(seed: u64) -> Self {
        Self {
            seed,
            methods: vec![
                ("pm_card_visa", 80),
                ("pm_card_declined", 6),
                ("pm_card_insufficient_funds", 4),
                ("pm_card_slow", 4),
                ("pm_card_flaky", 4),
                ("pm_card_timeout", 2),
            ],
            short_percent: 5,
            cancelled_percent: 10,
            ..Self::paid(2)
        }
    }

    /// The order with this number, of `products` that are there and one that is `sold_out`.
    pub(crate) fn choose(&self, number: u64, products: &[ProductId], sold_out: ProductId) -> Choice {
        let mut dice = StdRng::seed_from_u64(self.seed.wrapping_mul(u64::from(u32::MAX)).wrapping_add(number));
        let mut percent = |of: u32| dice.random_range(0..PERCENT) < of;
        let (short, cancel) = (percent(self.short_percent), percent(self.cancelled_percent));
        let hot = usize::from(self.goods == Goods::Hot);
        let others = self.lines.min(products.len()) - hot;
        let mut chosen: Vec<ProductId> = products[..hot].to_vec();
        chosen.extend(index::sample(&mut dice, products.len() - hot, others).iter().map(|at| products[hot + at]));
        if short && let Some(last) = chosen.last_mut() {
            *last = sold_out;
        }
        let method = self.methods.choose_weighted(&mut dice, |(_, weight)| *weight);
        Choice { products: chosen, method: method.map_or("pm_card_visa", |(method, _)| *method), cancel }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use livemart_contracts::Clock;

    use super::*;

    fn goods(count: usize) -> Vec<ProductId> {
        (0..count).map(|_| Clock::default().new_id()).collect()
    }

    #[test]
    fn an_order_has_different_products_and_is_the_same_whenever_it_is_chosen() {
        let (products, sold_out) = (goods(10), Clock::default().new_id());
        for number in 0..100 {
            let choice = Mix::paid(2).choose(number, &products, sold_out);
            assert_eq!(choice.products.iter().collect::<BTreeSet<_>>().len(), 2);
            assert_eq!(choice, Mix::paid(2).choose(number, &products, sold_out));
        }
    }

    #[test]
    fn a_hot_product_is_in_every_order_once() {
        let (products, sold_out) = (goods(10), Clock::default().new_id());
        let mix = Mix { goods: Goods::Hot, ..Mix::paid(2) };
        for number in 0..100 {
            let choice = mix.choose(number, &products, sold_out);
            assert_eq!(choice.products[0], products[0]);
            assert_ne!(choice.products[1], products[0]);
        }
    }

    #[test]
    fn half_of_the_failing_mix_fails_declined_or_short() {
        let (products, sold_out) = (goods(10), Clock::default().new_id());
        let mix = Mix::half_failing(2);
        let choices: Vec<Choice> = (0..10_000).map(|number| mix.choose(number, &products, sold_out)).collect();
        let declined = choices.iter().filter(|choice| choice.method == "pm_card_declined").count();
        let failing = choices.iter().filter(|choice| choice.fails(sold_out)).count();
        assert!((2_300..2_700).contains(&declined), "{declined}");
        assert!((4_700..5_300).contains(&failing), "{failing}");
    }
}
