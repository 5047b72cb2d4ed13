//! Sums over orders: what each order adds is taken from its story, so a change of the story changes the sums by the
//! difference, and they are right whatever came in which order.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use livemart_contracts::{Money, OrderId};
use uuid::Uuid;

use super::order::Order;
use super::story::{Changed, Story};
use super::time::{day_of, hour_of};

/// Numbers that add up, by what they are about. None of them is zero throughout.
pub type Sums<K, const N: usize> = BTreeMap<K, [i64; N]>;

/// That an order came so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// `captured` of `payment.captured`.
    pub fact: &'static str,
    /// In which way; empty where there is one only.
    pub code: String,
    /// The money in it.
    pub amount: Option<Money>,
}

impl Figure {
    pub(super) fn of(fact: &'static str) -> Self {
        Self { fact, code: String::new(), amount: None }
    }

    pub(super) fn with_code(self, code: impl Into<String>) -> Self {
        Self { code: code.into(), ..self }
    }

    pub(super) fn with_amount(self, amount: Option<Money>) -> Self {
        Self { amount, ..self }
    }
}

/// What the figures of an hour are about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HourKey {
    pub hour: DateTime<Utc>,
    pub fact: &'static str,
    pub code: String,
    /// Empty where no money is in it.
    pub currency: &'static str,
}

/// What `changed` makes of the figures: orders, and their money.
pub fn hours<S: Story>(changed: &[Changed<S>]) -> Sums<HourKey, 2> {
    difference(changed, |order_id, story| {
        let hour = hour_of(order_id);
        let figure = |Figure { fact, code, amount }: Figure| {
            let currency = amount.map_or("", |amount| amount.currency.code());
            (HourKey { hour, fact, code, currency }, [1, amount.map_or(0, |amount| amount.amount)])
        };
        story.figures().into_iter().map(figure).collect()
    })
}

/// A product, in the currency and on the day that it was sold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProductKey {
    pub day: NaiveDate,
    pub product_id: Uuid,
    pub currency: &'static str,
}

/// What `changed` makes of the products that were sold: units, their amount, and of both what was cancelled.
pub fn product_days(changed: &[Changed<Order>]) -> Sums<ProductKey, 4> {
    difference(changed, |order_id, order| {
        let day = day_of(order_id);
        let sold = |(line, cancelled): (&super::Line, bool)| {
            let (units, amount) = (line.quantity, line.amount);
            if cancelled { [units, amount, units, amount] } else { [units, amount, 0, 0] }
        };
        let key = |line: &super::Line, currency| ProductKey { day, product_id: line.product_id, currency };
        let sales = order.sold();
        sales.map(|(line, currency, cancelled)| (key(line, currency), sold((line, cancelled)))).collect()
    })
}

/// What orders add now, less what they added before.
fn difference<S, K: Ord, const N: usize>(
    changed: &[Changed<S>],
    adds: impl Fn(OrderId, &S) -> Vec<(K, [i64; N])>,
) -> Sums<K, N> {
    let mut sums: Sums<K, N> = BTreeMap::new();
    let mut add = |entries: Vec<(K, [i64; N])>, sign: i64| {
        for (key, numbers) in entries {
            let sum = sums.entry(key).or_insert([0; N]);
            for (sum, number) in sum.iter_mut().zip(numbers) {
                *sum += sign * number;
            }
        }
    };
    for Changed { order_id, before, after } in changed {
        add(adds(*order_id, after), 1);
        if let Some(before) = before {
            add(adds(*order_id, before), -1);
        }
    }
    sums.retain(|_, numbers| *numbers != [0; N]);
    sums
}
