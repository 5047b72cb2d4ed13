//! A rule that is broken, by whom, and how that shows.

use std::fmt;

use livemart_contracts::{OrderId, ProductId};
use serde::{Serialize, Serializer};

use crate::rules::Rule;

/// Who breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    Order(OrderId),
    Product(ProductId),
    /// No single one of them.
    Shop,
}

/// A rule that is broken. As JSON it is `{"rule","about","seen","remedy"}`, `about` an id or null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    #[serde(flatten)]
    pub rule: Rule,
    pub about: About,
    /// What the books say instead.
    pub seen: String,
}

impl Violation {
    pub fn of(order: OrderId, rule: Rule, seen: impl Into<String>) -> Self {
        Self { about: About::Order(order), rule, seen: seen.into() }
    }

    pub fn of_product(product: ProductId, rule: Rule, seen: impl Into<String>) -> Self {
        Self { about: About::Product(product), rule, seen: seen.into() }
    }

    /// About an order where one is known, else about the shop.
    pub fn about(order: Option<OrderId>, rule: Rule, seen: impl Into<String>) -> Self {
        Self { about: order.map_or(About::Shop, About::Order), rule, seen: seen.into() }
    }

    pub fn order(&self) -> Option<OrderId> {
        match self.about {
            About::Order(order) => Some(order),
            About::Product(_) | About::Shop => None,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.about {
            About::Order(order) => write!(f, "{order}: ")?,
            About::Product(product) => write!(f, "{product}: ")?,
            About::Shop => {}
        }
        write!(f, "{}: {}", self.rule.name, self.seen)
    }
}

impl Serialize for About {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Order(order) => order.serialize(serializer),
            Self::Product(product) => product.serialize(serializer),
            Self::Shop => serializer.serialize_none(),
        }
    }
}
