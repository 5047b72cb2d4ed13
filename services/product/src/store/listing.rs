//! Pages of the catalogue, read by key: a page starts right after the last product of the one before, however much was
//! added or removed in between.

use livemart_contracts::ProductId;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use serde::{Deserialize, Serialize};

use super::row::{COLUMNS, Offer, Row, TABLES};

/// Which products, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    pub category: Option<String>,
    pub in_stock: Option<bool>,
    pub min_price: Option<i64>,
    pub max_price: Option<i64>,
    pub sort: Sort,
}

/// Ties are broken by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// Newest first: ids are in the order of their creation.
    #[default]
    Created,
    CheapestFirst,
    DearestFirst,
    /// By the Korean name: the code points of Hangul are in the order of a dictionary.
    Name,
}

/// Where a page ended. Each order has a place of its own kind, so one cannot be taken for another's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Created(ProductId),
    CheapestFirst(i64, ProductId),
    DearestFirst(i64, ProductId),
    Name(String, ProductId),
}

impl Sort {
    /// Where `offer` stands in this order.
    pub fn place(self, Offer { product, .. }: &Offer) -> Place {
        let amount = product.details.price.amount;
        match self {
            Self::Created => Place::Created(product.id),
            Self::CheapestFirst => Place::CheapestFirst(amount, product.id),
            Self::DearestFirst => Place::DearestFirst(amount, product.id),
            Self::Name => Place::Name(product.details.name.ko.clone(), product.id),
        }
    }

    fn clause(self) -> &'static str {
        match self {
            Self::Created => "p.id DESC",
            Self::CheapestFirst => "p.price_amount, p.id",
            Self::DearestFirst => "p.price_amount DESC, p.id DESC",
            Self::Name => "p.name_ko, p.id",
        }
    }
}

impl Place {
    pub fn sort(&self) -> Sort {
        match self {
            Self::Created(_) => Sort::Created,
            Self::CheapestFirst(..) => Sort::CheapestFirst,
            Self::DearestFirst(..) => Sort::DearestFirst,
            Self::Name(..) => Sort::Name,
        }
    }
}

/// The conditions of a query, joined by AND; `?` stands for the next value.
struct Conditions {
    text: String,
    values: Vec<Value>,
}

impl Conditions {
    fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.text.push_str(" AND ");
        let mut values = values.into_iter();
        for character in condition.chars() {
            match character {
                '?' => {
                    self.values.extend(values.next());
                    self.text.push_str(&format!("${}", self.values.len()));
                }
                other => self.text.push(other),
            }
        }
    }
}

fn conditions(listing: &Listing, after: Option<&Place>) -> Conditions {
    let mut conditions = Conditions { text: "p.deleted_at IS NULL".to_owned(), values: Vec::new() };
    if let Some(category) = &listing.category {
        conditions.and("p.category = ?", [category.as_str().into()]);
    }
    match listing.in_stock {
        Some(true) => conditions.and("s.available > 0", []),
        Some(false) => conditions.and("coalesce(s.available, 0) <= 0", []),
        None => {}
    }
    if let Some(price) = listing.min_price {
        conditions.and("p.price_amount >= ?", [price.into()]);
    }
    if let Some(price) = listing.max_price {
        conditions.and("p.price_amount <= ?", [price.into()]);
    }
    match after {
        Some(Place::Created(id)) => conditions.and("p.id < ?", [id.uuid().into()]),
        Some(Place::CheapestFirst(amount, id)) => {
            conditions.and("(p.price_amount, p.id) > (?, ?)", [(*amount).into(), id.uuid().into()]);
        }
        Some(Place::DearestFirst(amount, id)) => {
            conditions.and("(p.price_amount, p.id) < (?, ?)", [(*amount).into(), id.uuid().into()]);
        }
        Some(Place::Name(name, id)) => {
            conditions.and("(p.name_ko, p.id) > (?, ?)", [name.as_str().into(), id.uuid().into()]);
        }
        None => {}
    }
    conditions
}

/// At most `rows` products of `listing` that come after the place `after`.
pub async fn list(
    db: &impl ConnectionTrait,
    listing: &Listing,
    after: Option<&Place>,
    rows: i64,
) -> Result<Vec<Offer>, DbErr> {
    let Conditions { text, values } = conditions(listing, after);
    let order = listing.sort.clause();
    // `rows` is a number of ours: the planner should see it.
    let query = format!("SELECT {COLUMNS} FROM {TABLES} WHERE {text} ORDER BY {order} LIMIT {rows}");
    Row::find_by_statement(sql(&query, values)).all(db).await?.into_iter().map(Offer::try_from).collect()
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;

    use super::*;

    #[test]
    fn every_filter_takes_a_parameter_of_its_own() {
        let listing = Listing {
            category: Some("audio".to_owned()),
            in_stock: Some(true),
            min_price: Some(1),
            max_price: Some(2),
            sort: Sort::DearestFirst,
        };
        let place = Place::DearestFirst(2, Clock::default().new_id());
        let Conditions { text, values } = conditions(&listing, Some(&place));
        assert_eq!(
            text,
            "p.deleted_at IS NULL AND p.category = $1 AND s.available > 0 AND p.price_amount >= $2 \
             AND p.price_amount <= $3 AND (p.price_amount, p.id) < ($4, $5)"
        );
        assert_eq!(values.len(), 5);
    }
}
